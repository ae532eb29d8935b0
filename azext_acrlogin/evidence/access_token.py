# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check access-token observed."""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Answer


@dataclass
class AccessTokenEvidence(Evidence):
    """The answer to POST /oauth2/token. `granted` holds only the actions that it decides."""

    host: str
    repository: str
    repository_is_probe: bool
    status: Optional[int] = None
    granted: Dict[str, bool] = field(default_factory=dict)
    access: List[str] = field(default_factory=list)
    server_text: Optional[str] = None
    failure: Optional[str] = None
    issued: bool = False
    signed_in_by: Optional[str] = None
    access_token: Optional[Secret] = unpublished(default=None)
    answer: Optional[Answer] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.access_token is not None
