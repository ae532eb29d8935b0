# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What was asked, as the command line put it."""

from dataclasses import dataclass, field
from typing import Dict, Optional, Tuple

ACTIONS = ("pull", "push", "delete", "metadata-read", "metadata-write", "catalog", "view", "manage")
CLIENTS = ("auto", "docker", "podman", "none")


@dataclass(frozen=True)
class Cloud:
    """The CLI's active cloud.

    registry_suffix: of its login servers, with the leading dot; None when the cloud has none.
    other_suffixes: login server suffix to cloud name, for every other cloud that the CLI knows.
    """

    name: str
    registry_suffix: Optional[str]
    authority: str
    resource_manager: str
    resource_manager_audience: str
    graph: Optional[str]
    log_analytics: Optional[str]
    registry_audience: str
    other_suffixes: Dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """The question, as the command line put it. `judge` functions see this and evidence, nothing else.

    in_pipeline: this is a step of Azure Pipelines or GitHub Actions.
    from_symptom: what no option gave and was read from the symptom, by its keys in the report.
    """

    name: str
    cloud: Cloud
    resource_group: Optional[str] = None
    suffix: Optional[str] = None
    repository: Optional[str] = None
    actions: Tuple[str, ...] = ("pull",)
    username: Optional[str] = None
    assignee: Optional[str] = None
    client: str = "auto"
    symptom: Optional[str] = None
    login_events: bool = False
    timeout_seconds: float = 10.0
    in_cloud_shell: bool = False
    in_pipeline: bool = False
    from_symptom: Tuple[str, ...] = ()
