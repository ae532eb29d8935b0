# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check assignee observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.azure.assignees import Assignee
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.identity import IdentityEvidence


@dataclass
class AssigneeEvidence(Evidence):
    """Who --assignee stands for."""

    not_asked: Optional[str] = None
    assignee: Optional[Assignee] = None
    identity: IdentityEvidence = unpublished(default_factory=IdentityEvidence)
