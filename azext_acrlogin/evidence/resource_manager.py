# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check resource-manager observed."""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Failure


@dataclass
class ResourceManagerEvidence(Evidence):
    """What Resource Manager answered while the registry was looked for."""

    endpoint: str
    statuses: List[int] = field(default_factory=list)
    error_text: Optional[str] = None
    failure_text: Optional[str] = None
    failure_kind: Optional[str] = None
    retry_after: Optional[str] = None
    unreachable: bool = False
    token_refused: bool = False
    claims_challenge: Optional[str] = None  # in base64, as `az login --claims-challenge` takes it
    token_answer: Optional[TokenAnswer] = unpublished(default=None)
    failure: Optional[Failure] = unpublished(default=None)
