# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a diagnosis works with: what was asked, and the doors to the outside world."""

from dataclasses import dataclass, field
from typing import Dict, Optional, Tuple

from azext_acrlogin.diagnosis.model import Secret
from azext_acrlogin.outside.arm import Arm
from azext_acrlogin.outside.azure_login import AzureLogin
from azext_acrlogin.outside.http import Http
from azext_acrlogin.outside.traffic import Traffic

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
class Asked:
    """The question, as the command line put it. `judge` functions see this and evidence, nothing else."""

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


@dataclass(frozen=True)
class Context:
    """The question and the doors. Only `gather` functions get it."""

    asked: Asked
    http: Http
    login: AzureLogin
    arm: Arm
    traffic: Traffic
    password: Optional[Secret] = None  # of asked.username
