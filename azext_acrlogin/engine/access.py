# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the identity may do, action by action, and by which evidence: the registry's own word before the roles'."""

from dataclasses import dataclass
from typing import Any, Dict, List, Optional

from azext_acrlogin.engine.question import ACTIONS, Question
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS


@dataclass(frozen=True)
class Access:
    """One action. granted: None when it is not known.

    source: accessToken, roleAssignments, scopeMap, permissions or anonymous.  by: what decides, in words.
    """

    action: str
    asked: bool
    granted: Optional[bool] = None
    source: Optional[str] = None
    by: Optional[str] = None


def access(asked: Question, evidence: Dict[str, Any]) -> List[Access]:
    """All actions in the order of the help. `evidence` is by check name."""
    decided = {**_by_roles(evidence), **_by_refusal(asked, evidence), **_by_token(evidence)}
    return [Access(action, action in asked.actions, *decided.get(action, (None, None, None))) for action in ACTIONS]


def _by_roles(evidence: Dict[str, Any]) -> Dict[str, tuple]:
    roles = evidence.get("role-assignments")
    if roles is None:
        return {}
    return {entry.action: (entry.granted, entry.source, entry.by) for entry in roles.access_by_roles
            if entry.granted is not None}


def _by_refusal(asked: Question, evidence: Dict[str, Any]) -> Dict[str, tuple]:
    """Whom the registry refuses to sign in, it gives nothing."""
    asked_registry = [evidence.get(name) for name in ("refresh-token", "access-token")]
    if asked.assignee or asked.username or not any(one is not None and one.status == 401 for one in asked_registry):
        return {}
    return dict.fromkeys(CONTENT_ACTIONS, (False, "accessToken", "the registry refuses to sign this identity in"))


def _by_token(evidence: Dict[str, Any]) -> Dict[str, tuple]:
    credential, roles = evidence.get("credential"), _by_roles(evidence)
    token = evidence.get("access-token")
    if token is None or not token.issued:
        return {}
    source = credential.access_source if credential and credential.access_source else "accessToken"
    return {action: (granted, source, _reason(action, granted, token, roles, credential))
            for action, granted in token.granted.items()}


def _reason(action: str, granted: bool, token: Any, roles: Dict[str, tuple], credential: Any) -> str:
    agreeing = roles.get(action)
    if agreeing and agreeing[0] == granted and agreeing[2]:
        return agreeing[2]
    if credential and credential.access_by:
        return credential.access_by
    about = "the registry" if token.repository_is_probe or action == "catalog" else f"repository {token.repository}"
    return f"the access token for {about}"
