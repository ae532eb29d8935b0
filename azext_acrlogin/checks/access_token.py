# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What does the registry itself grant? An access token for the repository says so, action by action."""

import base64
from typing import Optional, Sequence
from urllib.parse import urlencode

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import (
    UNREACHED, common_refusal, fit_for_secrets, for_support, no_answer, roles_of_either_mode)
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.credentials import kind_of_user_name
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of
from azext_acrlogin.protocol.registry_errors import error_text
from azext_acrlogin.protocol.scopes import CATALOG_SCOPE, access_shown, granted_actions, repository_scope
from azext_acrlogin.protocol.text import excerpt, shown

# Without a repository the registry is asked about one that nobody has. Granted there means granted for the whole
# registry; refused there proves nothing, since a condition may allow other repositories.
PROBE_REPOSITORY = "login-diagnose/probe"


def gather(context: Context, inputs: Inputs) -> AccessTokenEvidence:
    """One request for all actions on the repository, and for the catalog when that was asked about.

    The CLI's login asks with its refresh token; the credentials of --username ask as docker does, by Basic
    authentication (OCI Distribution, token authentication).
    """
    host, repository = inputs.of(RegistryEvidence).login_server or "", inputs.of(NameEvidence).repository
    catalog = "catalog" in context.asked.actions
    scopes = [repository_scope(repository or PROBE_REPOSITORY)] + ([CATALOG_SCOPE] if catalog else [])
    answer = request_token(context, inputs.get(RefreshTokenEvidence), host, scopes)
    if answer is None:
        return AccessTokenEvidence(host, repository or PROBE_REPOSITORY, repository is None)
    evidence = read_answer(answer, host, repository, catalog)
    evidence.signed_in_by = "credentials" if context.asked.username else "refreshToken"
    return evidence


def request_token(context: Context, exchange: Optional[RefreshTokenEvidence], host: str,
                  scopes: Sequence[str]) -> Optional[Answer]:
    """Ask for an access token for scopes; None where there is nothing to sign in with."""
    url, wanted = f"https://{host}/oauth2/token", [("service", host), *(("scope", scope) for scope in scopes)]
    if context.asked.username:
        return context.http.patient_request("GET", f"{url}?{urlencode(wanted)}", headers={
            "Authorization": basic(context.asked.username, context.password or Secret(""))})
    if exchange is None or not exchange.refresh_token:
        return None
    return context.http.patient_request("POST", url, form=[
        ("grant_type", "refresh_token"), *wanted, ("refresh_token", exchange.refresh_token.reveal())])


def basic(user_name: str, secret: Secret) -> str:
    """The Authorization header for a user name and a secret."""
    return "Basic " + base64.b64encode(f"{user_name}:{secret.reveal()}".encode()).decode()


def read_answer(answer: Answer, host: str, repository: Optional[str], catalog: bool) -> AccessTokenEvidence:
    """The token endpoint's answer as evidence; without a repository only what is granted counts."""
    evidence = AccessTokenEvidence(host, repository or PROBE_REPOSITORY, repository is None, answer.status,
                                   answer=answer)
    if answer.failure:
        evidence.failure = answer.failure.text
        return evidence
    if answer.status != 200:
        evidence.server_text = error_text(answer.json)
        return evidence
    token = text_member(answer.json, "access_token") or text_member(answer.json, "token")
    claims = claims_of(token)
    if claims is None:
        return evidence
    evidence.issued, evidence.access_token = True, Secret(token)
    granted = granted_actions(claims, evidence.repository, catalog)
    evidence.granted = {action: allowed for action, allowed in granted.items()
                        if allowed or repository is not None or action == "catalog"}
    evidence.access = [shown(entry, 300) for entry in access_shown(claims)]
    return evidence


def judge(asked: Question, evidence: AccessTokenEvidence, inputs: Inputs) -> Judgement:
    """An action that was asked about and is not granted fails here; why is for the roles to say."""
    registry, url = inputs.of(RegistryEvidence), f"https://{evidence.host}/oauth2/token"
    if evidence.signed_in_by is None:
        return Judgement("No access token was requested: the registry issued no refresh token.",
                         skipped=Because("The check 'refresh-token' did not pass", check="refresh-token"))
    answer = evidence.answer or Answer(evidence.host, "/oauth2/token", evidence.status)
    if answer.failure:
        return no_answer(evidence.host, url, answer.failure, inputs.get(ConnectionEvidence))
    lacking = [action for action in asked.actions if evidence.granted.get(action) is False]
    refused = not evidence.issued and evidence.status == 401
    facts: Facts = {
        **for_support(answer.correlation_id), "where": url, "login_server": evidence.host, "host": evidence.host,
        "repository": evidence.repository,
        "registry": registry.name, "subscription": registry.subscription_id if registry.resource_id else None,
        "lacking": ", ".join(lacking) if evidence.issued else None, "granted": "; ".join(evidence.access),
        "limited_token": _token_name(asked, registry) if evidence.issued else None,
        "given_user_name": shown(asked.username, 300) if asked.username and refused else None,
        "status": str(evidence.status), "shared_user": _shared_user(asked, registry),
        "said": excerpt(evidence.server_text) if evidence.server_text else None,
        **(roles_of_either_mode(asked, registry) if not asked.username and (evidence.issued or refused) else Facts())}
    finding = common_refusal(answer, url, facts, registry)
    if finding is None and not evidence.issued:
        finding = Finding.of("CONNECTIVITY_ACCESS_TOKEN_ERROR", facts,
                             "no-token" if evidence.status == 200 else "status")
    elif finding is None and lacking:
        finding = Finding.of("CONNECTIVITY_ACCESS_TOKEN_ERROR", facts, "lacking")
    if finding:
        return Judgement.of(finding, correlation_id=answer.correlation_id)
    about = f"repository '{evidence.repository}' in " if not evidence.repository_is_probe else ""
    return Judgement(f"The registry issued an access token for {about}{evidence.host}",
                     correlation_id=answer.correlation_id)


def _token_name(asked: Question, registry: RegistryEvidence) -> Optional[str]:
    """The name of a repository-scoped token, whose scope map decides; roles decide for everybody else."""
    kind = kind_of_user_name(asked.username, registry.name or "") if asked.username else None
    return shown(asked.username, 300) if kind == "name" else None


def _shared_user(asked: Question, registry: RegistryEvidence) -> Optional[str]:
    """The admin user, by its name: all who use it share its limit."""
    same = bool(asked.username) and (asked.username or "").lower() == (registry.name or "").lower()
    return registry.name if same else None


CHECK = Check(
    name="access-token", category=Category.TOKEN, title="Access token", evidence=AccessTokenEvidence, gather=gather,
    judge=judge, needs=(DnsEvidence, NameEvidence, RegistryEvidence), reads=(RefreshTokenEvidence,),
    judges_with=(ConnectionEvidence,), takes_guess=fit_for_secrets,
    codes=("CONNECTIVITY_ACCESS_TOKEN_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
           "CONNECTIVITY_SERVER_ERROR", *sorted(set(UNREACHED.values()))))
