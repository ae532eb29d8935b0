# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check cache-rule observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.azure.cache_rules import CacheRule
from azext_acrlogin.evidence import Evidence


@dataclass
class CacheRuleEvidence(Evidence):
    """The cache rule that the repository belongs to, if any. `readable`: the registry's rules could be read."""

    repository: Optional[str] = None
    readable: bool = False
    rule: Optional[CacheRule] = None
    registry: Optional[str] = None

    @property
    def unhealthy(self) -> bool:
        """The rule's credentials do not get in at its source."""
        return self.rule is not None and (self.rule.credential_health or "").lower() == "unhealthy"
