# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check client-config observed."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence


@dataclass
class ClientConfigEvidence(Evidence):
    """
    client: docker or podman: whose rules were followed.
    files: where that client looks, in its order; `file` is the first that exists, or the first of all.
    fault, line, column: why `file` cannot be used, and where in it.
    variable: the credentials come from DOCKER_AUTH_CONFIG first.
    configs: the content of each file that could be read, by its path, in that order.
    """

    client: str = "docker"
    files: List[str] = field(default_factory=list)
    file: Optional[str] = None
    exists: bool = False
    size: Optional[int] = None
    fault: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None
    variable: bool = False
    configs: Dict[str, Dict[str, Any]] = unpublished(default_factory=dict, repr=False)
    variable_config: Optional[Dict[str, Any]] = unpublished(default=None, repr=False)

    @property
    def usable(self) -> bool:
        return self.file is not None and self.fault is None
