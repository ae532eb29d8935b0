# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry accept the credential that the container client stored?

It is sent once, as the client would send it: to the token endpoint of the registry that it is stored for.
"""

from dataclasses import dataclass, field
from typing import Dict, Optional
from urllib.parse import urlencode

from azext_acrlogin.azure.applications import Application, DirectoryObject, read_application, read_object
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.access_token import PROBE_REPOSITORY, basic, read_answer
from azext_acrlogin.checks.client.program import not_asked, skipped
from azext_acrlogin.checks.client.stored_credential import WAY_OF_SIGNING_IN, login_of, signs_in
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.refused_user_names import read_registry_token, refused_admin_user, refused_token
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.credential import KnownUserName
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.credentials import kind_of_user_name
from azext_acrlogin.protocol.docker_config import Stored
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.scopes import repository_scope
from azext_acrlogin.protocol.text import shown

REFUSALS = (400, 401)  # that are about the credential
# What makes it pointless or wrong to send it: the credential can only go to its own registry, and only if it is one.
NOT_THE_REGISTRY = Because("The login server does not ask for its own tokens", check="challenge")


@dataclass
class StoredSignInEvidence(KnownUserName, Evidence):
    """The registry's answer to the stored credential, and of a refused one what is known of its user name.

    granted: what the token allows that the registry issued, as far as it decides that.
    directory_object: what the user name stands for, where it is an object id instead of an application's.
    """

    login_server: Optional[str] = None
    status: Optional[int] = None
    failure: Optional[str] = None
    granted: Dict[str, bool] = field(default_factory=dict)
    server_text: Optional[str] = None
    application: Optional[Application] = None
    directory_object: Optional[DirectoryObject] = None
    answer: Optional[AccessTokenEvidence] = unpublished(default=None)


def gather(context: Context, inputs: Inputs) -> StoredSignInEvidence:
    """Send the credential once. Where it is refused, ask Resource Manager or the directory about its user name."""
    registry, found = inputs.of(RegistryEvidence), inputs.of(StoredCredentialEvidence)
    evidence, stored = StoredSignInEvidence(login_server=registry.login_server), found.stored
    if stored is None or _why_not(context.asked, inputs):
        return evidence
    repository = inputs.of(NameEvidence).repository
    sent = _send(context, registry.login_server or "", stored, repository or PROBE_REPOSITORY)
    answer = evidence.answer = read_answer(sent, registry.login_server or "", repository, False)
    evidence.status, evidence.failure, evidence.granted = answer.status, answer.failure, answer.granted
    evidence.server_text = answer.server_text
    if stored.kind == "password" and stored.user_name and not stored.looks_like_token:
        evidence.user_name = shown(stored.user_name, 300)
        evidence.user_name_kind = kind_of_user_name(stored.user_name, registry.name or "")
        if answer.status in REFUSALS:
            _ask_about_user(context, evidence, stored.user_name, registry)
    return evidence


def _send(context: Context, host: str, stored: Stored, repository: str) -> Answer:
    """As docker asks for a token to pull with: an identity token is a refresh token, all else goes by Basic."""
    url, asks = f"https://{host}/oauth2/token", [("service", host), ("scope", repository_scope(repository))]
    if stored.secret is None or stored.kind == "identityToken":
        return context.http.request("POST", url, verify=True, form=[
            ("grant_type", "refresh_token"), *asks,
            ("refresh_token", stored.secret.reveal() if stored.secret else "")])
    return context.http.request("GET", f"{url}?{urlencode(asks)}", verify=True,
                                headers={"Authorization": basic(stored.user_name or "", stored.secret)})


def _ask_about_user(context: Context, evidence: StoredSignInEvidence, user_name: str,
                    registry: RegistryEvidence) -> None:
    """The secret goes nowhere else: of an application, the directory knows when its secrets end."""
    evidence.admin_user_enabled = registry.admin_user_enabled
    read_registry_token(evidence, user_name, registry, context.arm)
    if evidence.user_name_kind == "guid" and registry.found and registry.account:  # it is in the registry's tenant
        graph = Graph(context.http, context.login, context.asked.cloud.graph)
        evidence.application = read_application(graph, registry.account, user_name)
        if evidence.application.exists is False:
            evidence.directory_object = read_object(graph, registry.account, user_name)


def _why_not(asked: Question, inputs: Inputs) -> Optional[Because]:
    """Why nothing is sent, None where it is."""
    found, challenge = inputs.of(StoredCredentialEvidence), inputs.of(ChallengeEvidence)
    registry = inputs.of(RegistryEvidence)
    because = not_asked(asked)
    if because:
        return because
    if asked.assignee or asked.username:
        return Because("This machine's stored login is not what was asked about", by_choice=True)
    if found.stored is None or found.stored.secret is None:
        return Because("No stored login was found", check="stored-credential")
    if found.never_works or found.expired or (found.spoiling_key and found.source != "variable"):
        return Because("The stored login cannot be used as it is", check="stored-credential")
    if challenge.status != 401 or challenge.realm_host not in (registry.host, registry.login_server):
        return NOT_THE_REGISTRY
    return None


def judge(asked: Question, evidence: StoredSignInEvidence, inputs: Inputs) -> Judgement:
    """A refusal is the credential's fault; whose user name it is may tell what has to be changed."""
    because, answer = _why_not(asked, inputs), evidence.answer
    if because or answer is None:
        return skipped(because or NOT_THE_REGISTRY)
    registry, found = inputs.of(RegistryEvidence), inputs.of(StoredCredentialEvidence)
    config = inputs.get(ClientConfigEvidence)
    client = config.client if config else "docker"
    stored = login_of(found, client)
    if answer.issued:
        lacking = [action for action in asked.actions if answer.granted.get(action) is False]
        own = inputs.get(AccessTokenEvidence)
        if lacking and found.source != "variable" and own and all(own.granted.get(action) for action in lacking):
            return Judgement.of(Finding.of("DOCKER_CREDENTIAL_LIMITED_WARNING", {
                **registry.facts(), **registry.sign_in_options, "stored": stored, "replaced_login": stored,
                "stored_user": _user_of(found), "lacking": ", ".join(lacking)}))
        if lacking:
            return Judgement(f"{evidence.login_server} accepts {stored}, but it does not allow {', '.join(lacking)}.",
                             unknown=Because(f"the stored login does not allow {', '.join(lacking)}"))
        return Judgement(f"{evidence.login_server} accepts {stored}")
    if answer.status not in REFUSALS:
        said = f"the registry returned {answer.status}" if answer.status else answer.failure or "no answer"
        return Judgement(f"Could not try {stored}: {said}.",
                         unknown=Because("the registry's answer does not depend on the stored login"))
    signing_in_works = signs_in(asked, inputs) is True
    if evidence.user_name is None and not signing_in_works:  # a token, which a sign-in that fails as well may explain
        return Judgement(f"{evidence.login_server} refuses {stored}, and signing in fails as well.",
                         unknown=Because("signing in fails as well; fix that first"))
    if signs_in(asked, inputs) is False and _is_own(evidence, inputs.get(IdentityEvidence)):
        return Judgement(f"{evidence.login_server} refuses {stored}, and signing in as the same application fails.",
                         unknown=Because("signing in as the same application fails as well; fix that first"))
    facts: Facts = {
        **registry.facts(), **registry.sign_in_options, "client": client, "stored": stored,
        "login_server": found.login_server, "user_name": evidence.user_name, "said": evidence.server_text,
        "expires_at": found.expires_at, "variable": found.location if found.source == "variable" else None}
    finding = _of_user(evidence, facts, signing_in_works) or Finding.of("DOCKER_CREDENTIAL_INVALID_ERROR", {
        **facts, **_remedy(evidence, facts, signing_in_works)}, _case(evidence))
    if registry.anonymous_pull_enabled:
        return Judgement.of(finding, Finding.of("ANONYMOUS_PULL_BLOCKED_WARNING", {
            **facts, "stored_key": found.key if found.source in ("file", "helper") else None}))
    return Judgement.of(finding)


def _user_of(found: StoredCredentialEvidence) -> Optional[str]:
    """Whom the stored login signs in: its user name, or the subject of its token."""
    if found.is_token:
        return shown(text_claim(found.stored.claims if found.stored else None, "sub") or "", 200) or None
    return found.user_name


def _is_own(evidence: StoredSignInEvidence, identity: Optional[IdentityEvidence]) -> bool:
    """Whether the stored user name is the application that the Azure CLI is signed in as."""
    own = identity.client_id if identity else None
    return bool(own and evidence.user_name) and str(own).lower() == str(evidence.user_name).lower()


def _case(evidence: StoredSignInEvidence) -> str:
    if evidence.user_name is None:
        return "token refused"
    return "user's password" if evidence.user_name_kind == "userPrincipalName" else "refused"


def _remedy(evidence: StoredSignInEvidence, facts: Facts, signing_in_works: bool) -> Facts:
    """What takes the place of a login that is refused: an own one where signing in works, else a valid password."""
    if facts["variable"]:
        return {}
    if signing_in_works:
        return {"replaced_login": facts["stored"]}
    return {"refused_user": evidence.user_name if evidence.user_name_kind != "userPrincipalName" else None}


def _of_user(evidence: StoredSignInEvidence, facts: Facts, signing_in_works: bool) -> Optional[Finding]:
    """What is known to be wrong with the user name, or with every secret that it has."""
    remedy = _remedy(evidence, facts, signing_in_works)
    if evidence.user_name_kind == "registryName":
        return refused_admin_user(evidence, {**facts, **remedy})
    if evidence.user_name_kind == "name":
        token = evidence.token
        exists = token is not None and token.exists
        return refused_token(evidence, {**facts, "token_name": evidence.user_name} if exists else {**facts, **remedy})
    application = evidence.application
    if application is None:
        return None
    known: Facts = {**facts, "application_id": evidence.user_name}
    meant = evidence.directory_object
    if meant:
        return Finding.of("CREDENTIAL_USERNAME_ERROR", {
            **facts, "object_type": meant.type, "application_id": meant.application_id},
            "application-object" if meant.application_id else "object")
    if application.exists is False:
        return Finding.of("AAD_APPLICATION_NOT_FOUND_ERROR", {**known, **remedy}, "stored")
    if application.enabled is False:
        return Finding.of("AAD_ACCOUNT_ERROR", {
            **known, **remedy, "assignee": application.name or evidence.user_name, "object_id": application.object_id,
            "disabled_principal": application.object_id}, "disabled")
    if application.secrets_expired_at:
        return Finding.of("AAD_CLIENT_SECRET_EXPIRED_ERROR", {
            **known, "expired_at": application.secrets_expired_at}, "stored")
    return None


CHECK = Check(
    name="stored-sign-in", category=Category.ENVIRONMENT, title="Sign-in with the stored credential",
    evidence=StoredSignInEvidence, gather=gather, judge=judge,
    needs=(NameEvidence, RegistryEvidence, StoredCredentialEvidence, ChallengeEvidence),
    judges_with=tuple(dict.fromkeys((ClientConfigEvidence, IdentityEvidence, RefreshTokenEvidence, AccessTokenEvidence,
                                     *(kind for kind in WAY_OF_SIGNING_IN if kind is not ChallengeEvidence)))),
    codes=("DOCKER_CREDENTIAL_INVALID_ERROR", "CREDENTIAL_USERNAME_ERROR", "ADMIN_USER_DISABLED_ERROR",
           "CREDENTIAL_PASSWORD_ERROR", "TOKEN_DISABLED_ERROR", "TOKEN_PASSWORD_EXPIRED_ERROR", "TOKEN_NOT_FOUND_ERROR",
           "AAD_APPLICATION_NOT_FOUND_ERROR", "AAD_ACCOUNT_ERROR", "AAD_CLIENT_SECRET_EXPIRED_ERROR",
           "DOCKER_CREDENTIAL_LIMITED_WARNING", "ANONYMOUS_PULL_BLOCKED_WARNING"))
