# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check challenge observed."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.challenge import host_of


@dataclass
class ChallengeEvidence(Evidence):
    """The answer to GET /v2/ and the challenge in it."""

    host: str
    status: int
    schemes: List[str]
    realm: Optional[str]
    service: Optional[str]
    content_type: Optional[str]
    server: Optional[str]
    location_host: Optional[str]
    server_text: Optional[str]
    answer: Answer = unpublished()

    @property
    def realm_host(self) -> Optional[str]:
        """Where the challenge sends for tokens."""
        return host_of(self.realm)

    @property
    def is_a_page(self) -> bool:
        """Whether a page for people answers, as that of a network that wants a sign-in first."""
        return not self.schemes and "html" in (self.content_type or "")
