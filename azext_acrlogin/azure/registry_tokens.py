# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Repository-scoped tokens and their scope maps, as Resource Manager knows them (no secret among it)."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.text import shown


@dataclass
class RegistryToken:
    """A repository-scoped token.

    listed: the registry's tokens could be read.  exists: one has this name; the rest describes it.
    password_expiries: RFC 3339, an empty text for a password that never expires; None when no passwords are shown.
    scope_map_actions: `repositories/NAME/content/read` and the like; None when the scope map could not be read.
    """

    listed: bool = False
    exists: bool = False
    status: Optional[str] = None
    password_expiries: Optional[List[str]] = None
    scope_map: Optional[str] = None
    scope_map_actions: Optional[List[str]] = None


def read_token(arm: Arm, account: Account, registry_id: str, name: str) -> RegistryToken:
    """Find the token `name` among the registry's, and read its scope map."""
    answer = arm.tokens(account, registry_id)
    found = RegistryToken(listed=answer.ok)
    entry = next((entry for entry in answer.items if text_member(entry, "name").lower() == name.lower()), None)
    if entry is None:
        return found
    found.exists = True
    found.status = shown(text_member(entry, "properties", "status"), 40) or None
    passwords = member(entry, "properties", "credentials", "passwords")
    if isinstance(passwords, list):
        found.password_expiries = [_expiry(password) for password in objects(passwords)]
    scope_map_id = text_member(entry, "properties", "scopeMapId")
    found.scope_map = shown(scope_map_id.rpartition("/")[2], 60) or None
    if scope_map_id.lower().startswith(registry_id.lower() + "/"):
        scope_map = arm.scope_map(account, registry_id, scope_map_id.rpartition("/")[2])
        if scope_map.ok:
            found.scope_map_actions = [shown(action, 300) for action in
                                       texts(member(scope_map.value, "properties", "actions"))][:500]
    return found


def _expiry(password: Dict[str, Any]) -> str:
    expiry = member(password, "expiry")
    return "" if expiry is None else shown(expiry, 40)
