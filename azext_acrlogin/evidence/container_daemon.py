# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check container-daemon observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.evidence import Evidence


@dataclass
class ContainerDaemonEvidence(Evidence):
    """
    answered: the client's `ps` ended with status 0; what it says on standard error then is a notice.
    endpoint: where docker reaches its engine; read when it does not answer.
    docker_host, docker_context: the environment variables DOCKER_HOST and DOCKER_CONTEXT.
    configured_context: the context that docker's configuration names instead.
    context_exists: whether docker has the context that it is set to; None where that cannot be told.
    socket: how a local socket answers this user: accepts, permissionDenied, missing or refused.
    default_socket: how the one answers that docker uses when no variable and no context names another.
    """

    answered: bool = False
    exit_status: Optional[int] = None
    timed_out: bool = False
    text: Optional[str] = None
    endpoint: Optional[str] = None
    docker_host: Optional[str] = None
    docker_context: Optional[str] = None
    configured_context: Optional[str] = None
    context_exists: Optional[bool] = None
    socket: Optional[str] = None
    default_socket: Optional[str] = None
    socket_group: Optional[str] = None
    user_name: Optional[str] = None
    systemd: bool = False
    podman: Optional[str] = None
    socket_refused: bool = False

    @property
    def usable(self) -> bool:
        return self.answered
