# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Credentials given by --username: what are they, and why does the registry refuse them?

The registry answers nearly every wrong credential with the same 401. What tells them apart is the form of user name
and secret, what Resource Manager says of the admin user and of tokens, and what Entra says of an application.
"""

import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.azure.client_credentials import client_credentials
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.azure.registry_tokens import RegistryToken, read_token
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.checks.access_token import AccessTokenEvidence
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.identity import IdentityEvidence
from azext_acrlogin.checks.registry import RegistryEvidence
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.protocol.credentials import REGISTRY_ISSUER, kind_of_secret, kind_of_user_name
from azext_acrlogin.protocol.entra_errors import NUMBERS, code_of, number_shown
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of, text_claim, time_claim
from azext_acrlogin.protocol.scope_maps import held_nowhere, widening
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.three_valued import Truth, all_of
from azext_acrlogin.protocol.times import epoch_of, utc_text


@dataclass
class CredentialEvidence(Evidence):
    """The credentials by their form, and what was learned about them. The secret itself is not kept.

    token_passwords_expired: whether every password of the token is past its expiry; None when that cannot be told.
    object_type: what the directory calls the object whose id (not application id) the user name is.
    """

    not_asked: Optional[str] = None
    user_name: Optional[str] = None
    user_name_kind: Optional[str] = None
    secret_kind: Optional[str] = None
    secret_audience: Optional[str] = None
    secret_expires_at: Optional[str] = None
    secret_expired: Optional[bool] = None
    issued_by_registry: Optional[bool] = None
    admin_user_enabled: Optional[bool] = None
    token: Optional[RegistryToken] = None
    token_passwords_expired: Optional[bool] = None
    entra_accepts: Optional[bool] = None
    entra_error_codes: List[int] = field(default_factory=list)
    server_text: Optional[str] = None
    object_type: Optional[str] = None
    application_id_of_object: Optional[str] = None
    tenant_id: Optional[str] = None
    access_source: Optional[str] = None
    access_by: Optional[str] = None
    identity: IdentityEvidence = unpublished(default_factory=IdentityEvidence)
    entra_answer: Optional[TokenAnswer] = unpublished(default=None)

    @property
    def token_unread(self) -> bool:
        """The user name can only be a repository-scoped token's, and the registry's tokens could not be read."""
        return self.user_name_kind == "name" and (self.token is None or not self.token.listed)


def gather(context: Context, found: Inputs) -> CredentialEvidence:
    """Look at the form; then ask Resource Manager or Entra, whichever knows such a user name."""
    asked, registry = context.asked, found["registry"]
    if not asked.username:
        return CredentialEvidence("no --username was given")
    secret = context.password.reveal() if context.password else ""
    now = time.time()
    evidence = CredentialEvidence(
        user_name=shown(asked.username, 300), user_name_kind=kind_of_user_name(asked.username, registry.name or ""),
        secret_kind=kind_of_secret(secret), admin_user_enabled=registry.admin_user_enabled)
    _describe_token(evidence, claims_of(secret), now)
    evidence.identity.name = evidence.user_name
    if evidence.user_name_kind == "name" and registry.found:
        _read_registry_token(context, evidence, registry, now)
    elif evidence.user_name_kind == "registryName":
        evidence.identity.type = "adminUser"
    elif evidence.user_name_kind == "guid" and evidence.secret_kind == "password":
        _ask_entra(context, evidence, found)
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


def _read_registry_token(context: Context, evidence: CredentialEvidence, registry: RegistryEvidence,
                         now: float) -> None:
    token = read_token(context.arm, registry.account, registry.resource_id or "", context.asked.username or "")
    evidence.token = token
    if not token.exists:
        return
    evidence.identity.type = "token"
    if token.password_expiries is not None:
        evidence.token_passwords_expired = all_of(_expired(expiry, now) for expiry in token.password_expiries)
    evidence.access_source, evidence.access_by = "scopeMap", f"scope map {token.scope_map}"


def _expired(expiry: str, now: float) -> Truth:
    """Whether a password is past its expiry, an empty one for a password that has none; None for what is no time."""
    if not expiry:
        return False
    expires = epoch_of(expiry)
    return None if expires is None else expires <= now


def _ask_entra(context: Context, evidence: CredentialEvidence, found: Inputs) -> None:
    """An application's id and secret: Entra says what is wrong with them, the registry does not."""
    login, registry = found["login"], found["registry"]
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
            status, value = graph.get(login.account, f"directoryObjects/{context.asked.username}")
            if status == 200:
                evidence.object_type = shown(text_member(value, "@odata.type").rpartition(".")[2], 40) or "object"
                evidence.application_id_of_object = shown(text_member(value, "appId"), 80) or None


def judge(asked: Question, evidence: CredentialEvidence, found: Inputs) -> Judgement:
    """Refused credentials are told apart by form first, then by what ARM and Entra know."""
    if evidence.not_asked:
        return Judgement("The CLI's own login is what is diagnosed.",
                         skipped=Because(evidence.not_asked, by_choice=True))
    answer: Optional[AccessTokenEvidence] = found["access-token"]
    if answer is None or answer.status is None:
        return Judgement("The registry could not be asked about these credentials.",
                         unknown=Because("the registry did not answer", check="access-token"))
    facts = _facts(evidence, found)
    if answer.issued:
        finding = _scope_map(asked, evidence, found, facts)
        if finding:
            return Judgement(finding.message, (finding,))
        return Judgement(f"Credentials of '{evidence.user_name}' : OK")
    if answer.status not in (400, 401):
        return Judgement(f"The registry answers {answer.status} whatever the credentials are.",
                         unknown=Because("see the check 'access-token'", check="access-token"))
    findings = _refused(evidence, facts)
    if findings and _of_a_guessed_tenant(findings[0], answer, found):
        return Judgement(f"Entra's tenant {evidence.tenant_id} does not know '{evidence.user_name}', and whether that "
                         "is the registry's tenant cannot be read.",
                         unknown=Because("the registry's tenant is not known", check="registry"))
    if findings:
        return Judgement(findings[0].message, tuple(findings))
    if evidence.entra_accepts:
        return Judgement(f"Entra accepts the secret of application {evidence.user_name}; what the registry misses is a "
                         "role, then : OK")
    return Judgement(f"The registry refuses '{evidence.user_name}', and what would tell why cannot be read.",
                     unknown=_untold(evidence, found))


def _untold(evidence: CredentialEvidence, found: Inputs) -> Because:
    """What would have told why the registry refuses the credentials."""
    if not found["registry"].found:
        return Because("the registry's settings cannot be read",
                       permission="Microsoft.ContainerRegistry/registries/read")
    if evidence.token is not None and evidence.token.exists:
        return Because("Resource Manager does not show whether the token is enabled, or when its passwords expire")
    return Because("nothing that can be read tells why the registry refuses them")


def _of_a_guessed_tenant(finding: Finding, answer: AccessTokenEvidence, found: Inputs) -> bool:
    """Another tenant than the registry's may have been asked: unless the registry says so too, it proves nothing.

    Nothing but its words tells: "Application not registered with AAD" and "Invalid clientid or client secret" are both
    a 401 without a code of their own (Azure/acr#366, azure-cli#29659).
    """
    said = (answer.server_text or "").lower()
    return (finding.code == "AAD_APPLICATION_NOT_FOUND_ERROR" and not found["registry"].tenant_id
            and "not registered" not in said)


def _refused(evidence: CredentialEvidence, facts: Dict[str, str]) -> List[Finding]:
    if evidence.secret_kind == "token":
        return _refused_token(evidence, facts)
    by_kind = {"nullGuid": _null_guid, "userPrincipalName": _user, "registryName": _admin, "guid": _application,
               "name": _named_token}
    finding = by_kind[evidence.user_name_kind or "name"](evidence, facts)
    return [finding] if finding else []


def _refused_token(evidence: CredentialEvidence, facts: Dict[str, str]) -> List[Finding]:
    findings = []
    if evidence.secret_expired:
        findings.append(Finding("CREDENTIAL_EXPIRED_ERROR", "The password is a token that expired at "
                                f"{evidence.secret_expires_at}.", facts))
    if evidence.user_name_kind != "nullGuid":
        findings.append(Finding("CREDENTIAL_USERNAME_ERROR", f"The password is a token, and '{evidence.user_name}' is "
                                "not the user name that goes with one: that is the all-zero GUID.", facts))
    host = facts["login_server"]
    if not findings and evidence.secret_audience and evidence.secret_audience.lower() != host:
        findings.append(Finding("CREDENTIAL_PASSWORD_ERROR", f"The password is a token for {evidence.secret_audience}, "
                                f"and this is {host}.", facts))
    return findings


def _null_guid(_evidence: CredentialEvidence, facts: Dict[str, str]) -> Finding:
    return Finding("CREDENTIAL_USERNAME_ERROR", "The all-zero GUID is the user name for tokens, and the password given "
                   "is no token.", facts)


def _user(evidence: CredentialEvidence, facts: Dict[str, str]) -> Finding:
    return Finding("CREDENTIAL_USERNAME_ERROR", f"'{evidence.user_name}' is a user of Entra; registries accept no "
                   "user's own password. Such a user signs in with az acr login.", facts)


def _admin(evidence: CredentialEvidence, facts: Dict[str, str]) -> Optional[Finding]:
    if evidence.admin_user_enabled is False:
        return Finding("ADMIN_USER_DISABLED_ERROR", f"'{evidence.user_name}' is the admin user's name, and the "
                       "registry's admin user is disabled.", facts)
    if evidence.admin_user_enabled:
        return Finding("CREDENTIAL_PASSWORD_ERROR", "The admin user is enabled, and the password given is neither of "
                       "its two.", facts)
    return None


def _application(evidence: CredentialEvidence, facts: Dict[str, str]) -> Optional[Finding]:
    answer = evidence.entra_answer
    if answer is None or answer.refusal is None:
        return None
    if not answer.refusal.error_codes or answer.refusal.error in ("temporarily_unavailable", "server_error"):
        return None  # throttled, or out of order (RFC 6749, 4.1.2.1)
    if evidence.application_id_of_object:
        return Finding("CREDENTIAL_USERNAME_ERROR", f"{evidence.user_name} is the object id of the "
                       f"{evidence.object_type} with application id {evidence.application_id_of_object}; the user name "
                       "must be the latter.",
                       {**facts, "application_id": evidence.application_id_of_object})
    if evidence.object_type:
        return Finding("CREDENTIAL_USERNAME_ERROR", f"{evidence.user_name} is the object id of a "
                       f"{evidence.object_type}; the user name that goes with a client secret is an application's id.",
                       facts)
    return Finding(code_of(answer.refusal), f"Entra refuses application {evidence.user_name} "
                   f"({number_shown(answer.refusal) or 'no error code'}): {shown(answer.refusal.description, 300)}",
                   {**facts, "application_id": evidence.user_name or "", "tenant": evidence.tenant_id or ""})


def _named_token(evidence: CredentialEvidence, facts: Dict[str, str]) -> Optional[Finding]:
    token = evidence.token
    name = evidence.user_name
    if token is None or evidence.token_unread:
        return Finding("CREDENTIAL_USERNAME_ERROR", f"The registry does not take '{name}' with this password; it is "
                       "neither an application's id nor the registry's admin user, and the registry's tokens cannot be "
                       "read.", facts)
    if not token.exists:
        return Finding("TOKEN_NOT_FOUND_ERROR", f"The registry has no token named '{name}'.", facts)
    if (token.status or "").lower() == "disabled":
        return Finding("TOKEN_DISABLED_ERROR", f"The token '{name}' is disabled.", facts)
    if evidence.token_passwords_expired:
        last = max((epoch_of(expiry) or 0 for expiry in token.password_expiries or ()), default=None)
        passwords = (f"The token '{name}' has no password." if last is None else
                     f"Every password of the token '{name}' has expired, the last at {utc_text(last)}.")
        return Finding("TOKEN_PASSWORD_EXPIRED_ERROR", passwords, facts)
    if token.status is None or evidence.token_passwords_expired is None:
        return None
    return Finding("CREDENTIAL_PASSWORD_ERROR", f"The token '{name}' is enabled, and the password given is none of its "
                   "passwords in force.", facts)


def _scope_map(asked: Question, evidence: CredentialEvidence, found: Inputs, facts: Dict[str, str]) -> Optional[Finding]:
    """A repository-scoped token that is accepted and lacks what was asked for."""
    answer = found["access-token"]
    if evidence.token_unread:
        return _unread_scope_map(asked, evidence, answer, facts)
    is_token = evidence.token is not None and evidence.token.exists
    nowhere = held_nowhere(evidence.token.scope_map_actions) if is_token and answer.repository_is_probe else ()
    lacking = [action for action in asked.actions if answer.granted.get(action) is False or action in nowhere]
    if not lacking or not is_token:
        return None
    allowed = evidence.token.scope_map_actions
    holds = f" It allows: {', '.join(allowed[:8])}." if allowed else ""
    where = "" if answer.repository_is_probe else f" on repository '{answer.repository}'"
    return Finding("SCOPE_MAP_ERROR", f"The scope map '{evidence.token.scope_map}' of token '{evidence.user_name}' "
                   f"does not allow {', '.join(lacking)}{where}.{holds}",
                   {**facts, **widening(evidence.token.scope_map, lacking,
                                        None if answer.repository_is_probe else answer.repository)})


def _unread_scope_map(asked: Question, evidence: CredentialEvidence, answer: AccessTokenEvidence,
                      facts: Dict[str, str]) -> Optional[Finding]:
    """Accepted under a name that is no application's, no user's and not the registry's: it is a token all the same."""
    lacking = [action for action in asked.actions if answer.granted.get(action) is False]
    if not lacking or answer.repository_is_probe:
        return None
    return Finding("SCOPE_MAP_ERROR", f"The registry accepts the token '{evidence.user_name}' and does not grant it "
                   f"{', '.join(lacking)} on repository '{answer.repository}'; its scope map cannot be read.", facts)


def _facts(evidence: CredentialEvidence, found: Inputs) -> Dict[str, str]:
    registry: RegistryEvidence = found["registry"]
    token = evidence.token
    facts = {"registry": registry.name, "login_server": registry.login_server, "host": registry.login_server,
             "registry_id": registry.resource_id, "subscription": registry.subscription_id,
             "resource_group": registry.resource_group, "user_name": evidence.user_name,
             "tenant": evidence.tenant_id or registry.tenant_id}
    if token is not None and token.exists:
        facts["token_name"] = evidence.user_name
    return {name: value for name, value in facts.items() if value}


CHECK = Check(
    name="credential", category=Category.TOKEN, title="Credentials given", evidence=CredentialEvidence, gather=gather,
    judge=judge, needs=("name", "registry"), reads=("login",), judges_with=("access-token",),
    codes=("CREDENTIAL_EXPIRED_ERROR", "CREDENTIAL_USERNAME_ERROR", "CREDENTIAL_PASSWORD_ERROR",
           "ADMIN_USER_DISABLED_ERROR", "TOKEN_DISABLED_ERROR", "TOKEN_PASSWORD_EXPIRED_ERROR", "TOKEN_NOT_FOUND_ERROR",
           "SCOPE_MAP_ERROR", *NUMBERS, "AAD_TOKEN_ERROR"))
