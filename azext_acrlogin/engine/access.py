# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the identity may do, action by action, and by which evidence: the registry's own word before the roles'."""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from azext_acrlogin.engine.model import Inputs
from azext_acrlogin.engine.question import ACTIONS, Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.cache_rule import CacheRuleEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.data_endpoint import DataEndpointEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS


Decided = Tuple[Optional[bool], Optional[str], Optional[str]]  # granted, source, by; as in Access


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


def access(asked: Question, evidence: Inputs) -> List[Access]:
    """All actions in the order of the help. :param evidence: of all checks."""
    decided = {**_by_roles(evidence), **_by_registry(evidence), **_by_refusal(asked, evidence), **_by_token(evidence)}
    decided.update({action: (None, "accessToken", words) for action, words in _withheld(evidence).items()
                    if decided.get(action, (None,))[0]})
    return [Access(action, action in asked.actions, *decided.get(action, (None, None, None))) for action in ACTIONS]


def _by_roles(evidence: Inputs) -> Dict[str, Decided]:
    roles = evidence.get(RoleAssignmentsEvidence)
    if roles is None:
        return {}
    return {entry.action: (entry.granted, entry.source, entry.by) for entry in roles.access_by_roles
            if entry.granted is not None}


def _by_registry(evidence: Inputs) -> Dict[str, Decided]:
    """A registry without ABAC gives its own tasks access to its content."""
    found = evidence.get(AssigneeEvidence)
    if found is None or found.assignee is None or not found.assignee.built_in_access:
        return {}
    return dict.fromkeys(("pull", "push", "delete"), (True, None, "the registry's own access for its tasks"))


def _by_refusal(asked: Question, evidence: Inputs) -> Dict[str, Decided]:
    """Whom the registry refuses to sign in, it gives nothing."""
    refused = [one is not None and one.status == 401
               for one in (evidence.get(RefreshTokenEvidence), evidence.get(AccessTokenEvidence))]
    credential = evidence.get(CredentialEvidence)
    if asked.assignee or not any(refused) or asked.username and not (credential and credential.entra_accepts):
        return {}  # what is refused may be the secret alone, and that another one is, says nothing of the identity
    return dict.fromkeys(CONTENT_ACTIONS, (False, "accessToken", "the registry refuses to sign this identity in"))


def _by_token(evidence: Inputs) -> Dict[str, Decided]:
    credential, roles = evidence.get(CredentialEvidence), _by_roles(evidence)
    token = evidence.get(AccessTokenEvidence)
    if token is None or not token.issued:
        return {}
    source = credential.access_source if credential and credential.access_source else "accessToken"
    return {action: (granted, source, _reason(action, granted, token, roles, credential))
            for action, granted in token.granted.items()}


def _withheld(evidence: Inputs) -> Dict[str, str]:
    """What this run met with when it made use of its token; a token that grants an action is not the last word."""
    layers, image = evidence.get(DataEndpointEvidence), evidence.get(ImageEvidence)
    cache = evidence.get(CacheRuleEvidence)
    found = {**(layers.withheld if layers else {}), **(image.withheld if image else {})}
    if image and image.tags_status == 404 and "pull" in found and cache and cache.rule:
        found["pull"] = (f"'{image.repository}' has not been pulled yet: cache rule '{cache.rule.name}' fetches it at "
                         f"the first pull. {image.with_a_tag}")
    return found


def _reason(action: str, granted: bool, token: AccessTokenEvidence, roles: Dict[str, Decided],
            credential: Optional[CredentialEvidence]) -> str:
    agreeing = roles.get(action)
    if agreeing and agreeing[0] == granted and agreeing[2]:
        return agreeing[2]
    if credential and credential.access_by:
        return credential.access_by
    about = "the registry" if token.repository_is_probe or action == "catalog" else f"repository {token.repository}"
    return f"the access token for {about}"
