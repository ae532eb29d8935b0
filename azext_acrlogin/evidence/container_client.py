# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check container-client observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.evidence import Evidence


@dataclass
class ContainerClientEvidence(Evidence):
    """
    kind: docker or podman; podman may be installed under the name docker.
    other_client: what would be used without the variable DOCKER_COMMAND, where what it names cannot be run.
    runs: the executable could be started.
    timed_out: asked for its version, which has it ask its engine, it did not answer in time.
    wsl_distribution: the name of the WSL distribution that this is, None outside WSL.
    text: what it said on standard error, or printed instead of a version.
    """

    command: Optional[str] = None
    path: Optional[str] = None
    named_by_variable: bool = False
    in_current_directory: bool = False
    other_client: Optional[str] = None
    runs: bool = False
    timed_out: bool = False
    kind: Optional[str] = None
    version: Optional[str] = None
    server_version: Optional[str] = None
    context: Optional[str] = None
    wsl_distribution: Optional[str] = None
    text: Optional[str] = None

    @property
    def usable(self) -> bool:
        return self.runs and self.kind is not None
