# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Credentials given by --username: what are they, and why does the registry refuse them?

The registry answers nearly every wrong credential with the same 401. What tells them apart is the form of user name
and secret, what Resource Manager says of the admin user and of tokens, and what Entra says of an application.
"""

import time
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.applications import read_object
from azext_acrlogin.azure.client_credentials import client_credentials
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.azure.registry_tokens import RegistryToken
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.entra_refusals import refused
from azext_acrlogin.checks.refused_user_names import read_registry_token, refused_admin_user, refused_token
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.credentials import REGISTRY_ISSUER, kind_of_secret, kind_of_user_name, oddity_of
from azext_acrlogin.protocol.entra_errors import NUMBERS, code_of, kind_of
from azext_acrlogin.protocol.jwt import claims_of, text_claim, time_claim
from azext_acrlogin.protocol.scope_maps import ACTIONS, SYSTEM_SCOPE_MAPS, held_nowhere, needed_for
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.times import utc_text


def gather(context: Context, inputs: Inputs) -> CredentialEvidence:
    """Look at the form; then ask Resource Manager or Entra, whichever knows such a user name."""
    asked, registry = context.asked, inputs.of(RegistryEvidence)
    if not asked.username:
        return CredentialEvidence(not_asked="--username was not given")
    secret = context.password.reveal() if context.password else ""
    evidence = CredentialEvidence(
        user_name=shown(asked.username, 300), user_name_kind=kind_of_user_name(asked.username, registry.name or ""),
        secret_kind=kind_of_secret(secret), secret_oddity=oddity_of(secret),
        admin_user_enabled=registry.admin_user_enabled)
    _describe_token(evidence, claims_of(secret), time.time())
    evidence.identity.name = evidence.user_name
    read_registry_token(evidence, asked.username, registry, context.arm)
    if evidence.token is not None:
        _describe_registry_token(evidence, evidence.token)
    elif evidence.user_name_kind == "registryName":
        evidence.identity.type = "adminUser"
    elif evidence.user_name_kind == "guid" and evidence.secret_kind == "password":
        _ask_entra(context, evidence, inputs)
    return evidence


def _describe_token(evidence: CredentialEvidence, claims: Optional[Dict[str, Any]], now: float) -> None:
    if claims is None:
        return
    audience, expires = text_claim(claims, "aud"), time_claim(claims, "exp")
    evidence.secret_audience = shown(audience, 253) if audience else None
    evidence.issued_by_registry = text_claim(claims, "iss") == REGISTRY_ISSUER
    if expires is not None:
        evidence.secret_expires_at = utc_text(expires)
        evidence.secret_expired = expires <= now


def _describe_registry_token(evidence: CredentialEvidence, token: RegistryToken) -> None:
    if token.exists:
        evidence.identity.type = "token"
        evidence.access_source, evidence.access_by = "scopeMap", f"scope map {token.scope_map}"


def _ask_entra(context: Context, evidence: CredentialEvidence, inputs: Inputs) -> None:
    """An application's id and secret: Entra says what is wrong with them, the registry does not."""
    login, registry = inputs.get(LoginEvidence), inputs.of(RegistryEvidence)
    tenant = registry.tenant_id or (login.tenant_id if login else None)
    if not tenant or context.password is None:
        return
    evidence.tenant_id = tenant
    answer = client_credentials(context.http, context.asked.cloud.authority, tenant, context.asked.username or "",
                                context.password, context.asked.cloud.registry_audience)
    evidence.entra_answer = answer
    if answer.token:
        evidence.entra_accepts = True
        evidence.identity = IdentityEvidence(
            "servicePrincipal", evidence.user_name, text_claim(answer.claims, "oid"), evidence.user_name, tenant)
    elif answer.refusal:
        evidence.entra_accepts = False
        evidence.entra_error_codes = list(answer.refusal.error_codes)
        evidence.server_text = answer.refusal.description
        evidence.identity = IdentityEvidence("servicePrincipal", evidence.user_name, None, evidence.user_name, tenant)
        if code_of(answer.refusal) == "AAD_APPLICATION_NOT_FOUND_ERROR" and login and login.account:
            graph = Graph(context.http, context.login, context.asked.cloud.graph)
            found = read_object(graph, login.account, context.asked.username or "")
            if found:
                evidence.object_type, evidence.application_id_of_object = found.type, found.application_id


def judge(asked: Question, evidence: CredentialEvidence, inputs: Inputs) -> Judgement:
    """Refused credentials are told apart by form first, then by what ARM and Entra know."""
    if evidence.not_asked:
        return Judgement("The diagnosis is about the CLI's own login.",
                         skipped=Because(evidence.not_asked, by_choice=True))
    answer = inputs.get(AccessTokenEvidence)
    if answer is None or answer.status is None:
        return Judgement("Could not try these credentials: the registry did not answer.",
                         unknown=Because("the registry did not answer", check="access-token"))
    facts = _facts(evidence, inputs)
    if answer.issued:
        finding = _scope_map(asked, evidence, answer, facts)
        if finding:
            return Judgement.of(finding)
        return Judgement(f"The registry accepts the credentials of '{evidence.user_name}'")
    if answer.status not in (400, 401):
        return Judgement(f"The registry returned {answer.status}, which does not depend on the credentials.",
                         unknown=Because("see the check 'access-token'", check="access-token"))
    findings = _refused(evidence, facts)
    if findings and _of_a_guessed_tenant(findings[0], answer, inputs):
        return Judgement(f"Tenant {evidence.tenant_id} does not know '{evidence.user_name}', but whether it is the "
                         "registry's tenant cannot be read.",
                         unknown=Because("the registry's tenant is unknown", check="registry"))
    if findings:
        return Judgement.of(*findings)
    if evidence.entra_accepts:
        return Judgement(f"Entra accepts the secret of application {evidence.user_name}, so what is missing is a role "
                         "on the registry")
    return Judgement(f"The registry refuses '{evidence.user_name}', and the reason cannot be determined.",
                     unknown=_untold(evidence, inputs))


def _untold(evidence: CredentialEvidence, inputs: Inputs) -> Because:
    """What would have told why the registry refuses the credentials."""
    if not inputs.of(RegistryEvidence).found:
        return Because("the registry's settings cannot be read",
                       permission="Microsoft.ContainerRegistry/registries/read")
    if evidence.token is not None and evidence.token.exists:
        return Because("Azure Resource Manager does not show whether the token is enabled, or when its passwords "
                       "expire")
    return Because("nothing that could be read explains the refusal")


def _of_a_guessed_tenant(finding: Finding, answer: AccessTokenEvidence, inputs: Inputs) -> bool:
    """Another tenant than the registry's may have been asked: unless the registry says so too, it proves nothing.

    Nothing but its words tells: "Application not registered with AAD" and "Invalid clientid or client secret" are both
    a 401 without a code of their own (Azure/acr#366, azure-cli#29659).
    """
    said = (answer.server_text or "").lower()
    return (finding.code == "AAD_APPLICATION_NOT_FOUND_ERROR" and not inputs.of(RegistryEvidence).tenant_id
            and "not registered" not in said)


def _refused(evidence: CredentialEvidence, facts: Facts) -> List[Finding]:
    if evidence.secret_kind == "token":
        return _refused_token(evidence, facts)
    by_kind = {"nullGuid": _null_guid, "userPrincipalName": _user, "registryName": refused_admin_user,
               "guid": _application, "name": _named_token}
    finding = by_kind[evidence.user_name_kind or "name"](evidence, facts)
    return [finding] if finding else []


def _refused_token(evidence: CredentialEvidence, facts: Facts) -> List[Finding]:
    findings = []
    if evidence.secret_expired:
        findings.append(Finding.of("CREDENTIAL_EXPIRED_ERROR", {**facts, "expired_at": evidence.secret_expires_at}))
    if evidence.user_name_kind != "nullGuid":
        findings.append(Finding.of("CREDENTIAL_USERNAME_ERROR", facts, "token"))
    audience = evidence.secret_audience
    if not findings and audience and audience.lower() != facts.get("login_server"):
        findings.append(Finding.of("CREDENTIAL_PASSWORD_ERROR", {
            **facts, "audience": audience, "token_registry": facts.get("login_server")}, "other-audience"))
    return findings


def _null_guid(_evidence: CredentialEvidence, facts: Facts) -> Optional[Finding]:
    return Finding.of("CREDENTIAL_USERNAME_ERROR", facts, "no-token")


def _user(_evidence: CredentialEvidence, facts: Facts) -> Optional[Finding]:
    return Finding.of("CREDENTIAL_USERNAME_ERROR", facts, "user")


def _application(evidence: CredentialEvidence, facts: Facts) -> Optional[Finding]:
    answer = evidence.entra_answer
    if answer is None or answer.refusal is None:
        return None
    if not answer.refusal.error_codes or kind_of(answer.refusal) == "transient":
        return None  # throttled, or a server error
    of_object: Facts = {**facts, "object_type": evidence.object_type,
                        "application_id": evidence.application_id_of_object}
    if evidence.application_id_of_object:
        return Finding.of("CREDENTIAL_USERNAME_ERROR", of_object, "application-object")
    if evidence.object_type:
        return Finding.of("CREDENTIAL_USERNAME_ERROR", of_object, "object")
    return refused(answer.refusal, f"a token to application {evidence.user_name}",
                   {**facts, "application_id": evidence.user_name, "tenant": evidence.tenant_id})


def _named_token(evidence: CredentialEvidence, facts: Facts) -> Optional[Finding]:
    if evidence.token_unread:
        return Finding.of("CREDENTIAL_USERNAME_ERROR", facts, "tokens-unread")
    return refused_token(evidence, facts)


def _scope_map(asked: Question, evidence: CredentialEvidence, answer: AccessTokenEvidence,
               facts: Facts) -> Optional[Finding]:
    """A repository-scoped token that is accepted and lacks what was asked for.

    One whose entry cannot be read is accepted under a name that is no application's, no user's and not the registry's:
    it is a token all the same.
    """
    token, repository = evidence.token, None if answer.repository_is_probe else answer.repository
    needed = needed_for(asked.actions)
    lacking = [action for action in needed if answer.granted.get(action) is False]
    if evidence.token_unread:
        return Finding.of("SCOPE_MAP_ERROR", {**facts, "lacking": ", ".join(lacking), "repository": repository},
                          "unread") if lacking and repository else None
    if token is None or not token.exists:
        return None
    held = token.scope_map_actions
    nowhere = held_nowhere(held) if repository is None else ()
    lacking = [action for action in needed if action in lacking or action in nowhere]
    if not lacking:
        return None
    return Finding.of("SCOPE_MAP_ERROR", {
        **facts, "token_scope_map": token.scope_map, "lacking": ", ".join(lacking), "repository": repository,
        "allowed": ", ".join(held[:8]) if held else None,
        **_widening(token.scope_map, lacking, repository)}, "read")


def _facts(evidence: CredentialEvidence, inputs: Inputs) -> Facts:
    registry, token = inputs.of(RegistryEvidence), evidence.token
    return {**registry.facts(), "user_name": evidence.user_name, "tenant": evidence.tenant_id or registry.tenant_id,
            "registry_to_sign_in_to": registry.name, "secret_oddity": evidence.secret_oddity,
            "token_name": evidence.user_name if token is not None and token.exists else None}


def _widening(scope_map: Optional[str], lacking: List[str], repository: Optional[str]) -> Facts:
    """Values for the catalogue's fixes that let a token do what it lacks; empty when none of them would.

    A system scope map cannot be changed; the token gets a wider one. No scope map gives the action `catalog`.

    :param repository: the one in question, None when it is not known.
    """
    wanted = [ACTIONS[action] for action in lacking if action in ACTIONS]
    if len(wanted) < len(lacking) or not scope_map:
        return {}
    if scope_map in SYSTEM_SCOPE_MAPS:
        needed = SYSTEM_SCOPE_MAPS[scope_map] | set(wanted)
        wider = next(name for name, actions in SYSTEM_SCOPE_MAPS.items() if actions >= needed)
        return {"system_scope_map": scope_map, "wider_scope_map": wider}
    if not repository:
        return {}
    first, second, third, fourth, fifth = [*wanted, None, None, None, None][:len(ACTIONS)]
    return {"scope_map": scope_map, "repository": repository, "scope_map_action": first,
            "second_scope_map_action": second, "third_scope_map_action": third, "fourth_scope_map_action": fourth,
            "fifth_scope_map_action": fifth}


CHECK = Check(
    name="credential", category=Category.TOKEN, title="Credentials given", evidence=CredentialEvidence, gather=gather,
    judge=judge, needs=(NameEvidence, RegistryEvidence), reads=(LoginEvidence,), judges_with=(AccessTokenEvidence,),
    codes=("CREDENTIAL_EXPIRED_ERROR", "CREDENTIAL_USERNAME_ERROR", "CREDENTIAL_PASSWORD_ERROR",
           "ADMIN_USER_DISABLED_ERROR", "TOKEN_DISABLED_ERROR", "TOKEN_PASSWORD_EXPIRED_ERROR", "TOKEN_NOT_FOUND_ERROR",
           "SCOPE_MAP_ERROR", *NUMBERS))
