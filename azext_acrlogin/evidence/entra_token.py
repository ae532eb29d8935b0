# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check entra-token observed."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.azure.sign_in_files import FileFault
from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.evidence import Evidence


@dataclass
class Assertion:
    """What the federated assertion that was refused says; `az login` keeps it."""

    issuer: Optional[str]
    subject: Optional[str]
    audience: Optional[str]


@dataclass
class EntraTokenEvidence(Evidence):
    """Entra's answer for the registries' audience, with the claims that matter here."""

    audience: str
    not_asked: Optional[str] = None
    issued: bool = False
    token_audience: Optional[str] = None
    tenant_id: Optional[str] = None
    object_id: Optional[str] = None
    identity_provider: Optional[str] = None
    error: Optional[str] = None
    error_codes: List[int] = field(default_factory=list)
    suberror: Optional[str] = None
    server_text: Optional[str] = None
    trace_id: Optional[str] = None
    assertion: Optional[Assertion] = None
    file_fault: Optional[FileFault] = None
    failure_kind: Optional[str] = None
    failure_text: Optional[str] = None
    token: Optional[Secret] = unpublished(default=None)
    claims: Dict[str, Any] = unpublished(default_factory=dict)
    token_answer: Optional[TokenAnswer] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.token is not None
