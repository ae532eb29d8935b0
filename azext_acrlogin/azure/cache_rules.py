# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Cache rules of a registry: which one fetches a repository from another registry, and whether it gets in there."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.protocol.cached_repositories import covers, source_of
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said, shown


@dataclass
class CacheRule:
    """A cache rule with its credential set, as far as they could be read.

    source, target: repositories; both may end in `*`.
    credential_health: Healthy or Unhealthy; None where no credentials are needed or their set cannot be read.
    by_identity: it signs in with a managed identity; api-versions before 2026-01-01-preview do not show that.
    """

    name: str
    source: str
    credential_set: Optional[str] = None
    credential_health: Optional[str] = None
    credential_error: Optional[str] = None
    target: str = ""
    by_identity: bool = False

    def source_of(self, repository: str) -> str:
        """What the rule asks its source for, when `repository` is pulled."""
        return source_of(self.source, self.target, repository)


def read_rule(arm: Arm, account: Account, registry_id: str, repository: str) -> Tuple[bool, Optional[CacheRule]]:
    """Whether the rules could be read, and the one that `repository` belongs to, with its credentials' health."""
    answer = arm.cache_rules(account, registry_id)
    entry = _best([rule for rule in answer.items if covers(text_member(rule, "properties", "targetRepository"),
                                                           repository)])
    if entry is None:
        return answer.ok, None
    rule = CacheRule(shown(text_member(entry, "name"), 80), shown(text_member(entry, "properties", "sourceRepository")),
                     target=shown(text_member(entry, "properties", "targetRepository")))
    rule.by_identity = bool(text_member(entry, "identity", "type"))
    credential_set = text_member(entry, "properties", "credentialSetResourceId").rpartition("/")[2]
    if credential_set:
        rule.credential_set = shown(credential_set, 80)
        health = _health(arm.credential_set(account, registry_id, credential_set).value)
        rule.credential_health = text_member(health, "status") or None
        rule.credential_error = said(text_member(health, "errorMessage") or text_member(health, "errorCode")) or None
    return True, rule


def _best(rules: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """The rule for this very repository goes before those with wildcards, a longer one of those before a shorter."""
    return max(rules, default=None, key=lambda rule: (
        "*" not in text_member(rule, "properties", "targetRepository"),
        len(text_member(rule, "properties", "targetRepository"))))


def _health(credential_set: Any) -> Dict[str, Any]:
    """The worst health among the credentials of a set."""
    healths = [member(credential, "credentialHealth") for credential in
               objects(member(credential_set, "properties", "authCredentials"))]
    healths = [health for health in healths if isinstance(health, dict)]
    return next((health for health in healths if text_member(health, "status").lower() == "unhealthy"),
                healths[0] if healths else {})
