# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Whose access is in question? Put together from what the other checks learned; asks nobody."""

from typing import Any, Dict, Optional

from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.text import shown


def gather(context: Context, inputs: Inputs) -> IdentityEvidence:
    """--assignee's identity, else that of --username, else the CLI's login."""
    asked = context.asked
    if asked.assignee:
        assignee = inputs.get(AssigneeEvidence)
        return assignee.identity if assignee else IdentityEvidence(name=shown(asked.assignee, 300))
    if asked.username:
        credential = inputs.get(CredentialEvidence)
        return credential.identity if credential else IdentityEvidence(name=shown(asked.username, 300))
    login = inputs.get(LoginEvidence)
    if login is None or login.account is None:
        return IdentityEvidence()
    token = inputs.get(EntraTokenEvidence)
    return _of_login(login, token.claims if token and token.claims else _arm_claims(context, login.account))


def _of_login(login: LoginEvidence, claims: Dict[str, Any]) -> IdentityEvidence:
    is_user = login.user_type == "user"
    client_id = text_claim(claims, "appid") or text_claim(claims, "azp")
    tenant_id = text_claim(claims, "tid") or login.tenant_id
    return IdentityEvidence(
        type=login.user_type if login.user_type in ("user", "servicePrincipal", "managedIdentity") else "unknown",
        name=login.user_name, object_id=_shown(text_claim(claims, "oid")),
        client_id=None if is_user else _shown(client_id) or login.user_name,
        tenant_id=_shown(tenant_id), home_tenant_id=login.home_tenant_id or None,
        guest=_is_guest(claims, tenant_id) if is_user and claims else None)


def _arm_claims(context: Context, account: Account) -> Dict[str, Any]:
    """The claims of the token for Resource Manager, which the registry's search has asked for already."""
    return context.login.token(context.asked.cloud.resource_manager_audience, account).claims or {}


def _is_guest(claims: Dict[str, Any], tenant_id: Optional[str]) -> bool:
    """A guest's token names the identity provider that vouches for the account: another tenant, or live.com.

    Source: access token claims reference, `idp`: absent when the account's home is the token's own tenant.
    """
    provider = text_claim(claims, "idp")
    return provider is not None and (tenant_id or "") not in provider


def _shown(value: Optional[str]) -> Optional[str]:
    return shown(value, 200) if value else None


def judge(asked: Question, evidence: IdentityEvidence, _inputs: Inputs) -> Judgement:
    """States who it is; not knowing the object id leaves the roles unknown."""
    if evidence.object_id:
        return Judgement(f"Identity: '{evidence.name}' ({evidence.type}, object id {evidence.object_id})")
    if evidence.type in ("adminUser", "token", "anonymous"):
        return Judgement(f"Identity: '{evidence.name}' ({evidence.type} of the registry)")
    if asked.assignee:
        return Judgement("The identity's object id is unknown.",
                         unknown=Because("--assignee did not lead to an object id", check="assignee"))
    return Judgement("The identity's object id is unknown.",
                     unknown=Because("neither a token nor the directory shows its object id"))


CHECK = Check(
    name="identity", category=Category.IDENTITY, title="Identity", evidence=IdentityEvidence, gather=gather,
    judge=judge, reads=(LoginEvidence, EntraTokenEvidence, CredentialEvidence, AssigneeEvidence, RegistryEvidence))
