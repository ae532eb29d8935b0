# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check refresh-token observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Answer


@dataclass
class RefreshTokenEvidence(Evidence):
    """The answer to POST /oauth2/exchange."""

    host: str
    status: Optional[int] = None
    error_codes: Optional[str] = None
    server_text: Optional[str] = None
    failure_kind: Optional[str] = None
    failure: Optional[str] = None
    issued: bool = False
    lifetime_seconds: Optional[int] = None
    refresh_token: Optional[Secret] = unpublished(default=None)
    answer: Optional[Answer] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.refresh_token is not None
