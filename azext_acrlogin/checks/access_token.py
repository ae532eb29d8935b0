# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What does the registry itself grant? An access token for the repository says so, action by action."""

import base64
from dataclasses import dataclass, field
from typing import Dict, List, Optional
from urllib.parse import urlencode

from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.checks._refusals import UNREACHED, common_refusal, mode_not_known, no_answer
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry import RegistryEvidence
from azext_acrlogin.engine.model import Because, Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of
from azext_acrlogin.protocol.registry_errors import error_text
from azext_acrlogin.protocol.scopes import CATALOG_SCOPE, access_shown, granted_actions, repository_scope
from azext_acrlogin.protocol.text import shown

# Without a repository the registry is asked about one that nobody has. Granted there means granted for the whole
# registry; refused there proves nothing, since a condition may allow other repositories.
PROBE_REPOSITORY = "login-diagnose/probe"


@dataclass
class AccessTokenEvidence(Evidence):
    """The answer to POST /oauth2/token. `granted` holds only the actions that it decides."""

    host: str
    repository: str
    repository_is_probe: bool
    status: Optional[int] = None
    granted: Dict[str, bool] = field(default_factory=dict)
    access: List[str] = field(default_factory=list)
    server_text: Optional[str] = None
    failure: Optional[str] = None
    issued: bool = False
    signed_in_by: Optional[str] = None
    access_token: Optional[Secret] = unpublished(default=None)
    answer: Optional[Answer] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.access_token is not None


def gather(context: Context, found: Inputs) -> AccessTokenEvidence:
    """One request for all actions on the repository, and for the catalog when that was asked about.

    The CLI's login asks with its refresh token; the credentials of --username ask as docker does, by Basic
    authentication (OCI Distribution, token authentication).
    """
    host, repository = found["registry"].login_server, found["name"].repository
    catalog = "catalog" in context.asked.actions
    scopes = [repository_scope(repository or PROBE_REPOSITORY)] + ([CATALOG_SCOPE] if catalog else [])
    url, exchange = f"https://{host}/oauth2/token", found["refresh-token"]
    if context.asked.username:
        query = urlencode([("service", host), *(("scope", scope) for scope in scopes)])
        answer = context.http.request("GET", f"{url}?{query}", headers={"Authorization": _basic(context)})
        evidence = read_answer(answer, host, repository, catalog)
        evidence.signed_in_by = "credentials"
    elif exchange is not None and exchange.refresh_token:
        answer = context.http.request("POST", url, form=[
            ("grant_type", "refresh_token"), ("service", host), *(("scope", scope) for scope in scopes),
            ("refresh_token", exchange.refresh_token.reveal())])
        evidence = read_answer(answer, host, repository, catalog)
        evidence.signed_in_by = "refreshToken"
    else:
        evidence = AccessTokenEvidence(host, repository or PROBE_REPOSITORY, repository is None)
    return evidence


def _basic(context: Context) -> str:
    pair = f"{context.asked.username}:{context.password.reveal() if context.password else ''}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


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


def judge(asked: Question, evidence: AccessTokenEvidence, found: Inputs) -> Judgement:
    """An action that was asked about and is not granted fails here; why is for the roles to say."""
    registry: Optional[RegistryEvidence] = found["registry"]
    where = f"https://{evidence.host}/oauth2/token"
    if evidence.signed_in_by is None:
        return Judgement("There is no refresh token to ask with.",
                         skipped=Because("The check 'refresh-token' did not pass", check="refresh-token"))
    if evidence.failure:
        return no_answer(evidence.host, where, evidence.answer.failure, found["connection"])
    correlation_id = evidence.answer.correlation_id
    facts = {"login_server": evidence.host, "host": evidence.host, "repository": evidence.repository,
             "registry": registry.name if registry else ""}
    if evidence.issued:
        facts["lacking"] = ", ".join(action for action in asked.actions if evidence.granted.get(action) is False)
    elif asked.username and evidence.status == 401:
        facts["given_user_name"] = shown(asked.username, 300)
    if registry and registry.resource_id:
        facts["registry_id"], facts["subscription"] = registry.resource_id, registry.subscription_id or ""
    refusal = common_refusal(evidence.answer, where, facts, registry.public_network_access if registry else None)
    if refusal:
        return Judgement(refusal.message, (refusal,), correlation_id=correlation_id)
    message = _complaint(asked, evidence, where)
    if message and not asked.username and (evidence.issued or evidence.status == 401):
        message += mode_not_known(registry)
    if message:
        finding = Finding("CONNECTIVITY_ACCESS_TOKEN_ERROR", message, facts)
        return Judgement(message, (finding,), correlation_id=correlation_id)
    about = f"repository '{evidence.repository}' in " if not evidence.repository_is_probe else ""
    return Judgement(f"Fetch access token for {about}registry '{evidence.host}' : OK", correlation_id=correlation_id)


def _complaint(asked: Question, evidence: AccessTokenEvidence, where: str) -> Optional[str]:
    if not evidence.issued:
        words = f" It says: {evidence.server_text}" if evidence.server_text else ""
        what = "answers 200 without a readable access token" if evidence.status == 200 else f"answers {evidence.status}"
        return f"{where} {what}.{words}"
    refused = [action for action in asked.actions if evidence.granted.get(action) is False]
    if refused:
        return (f"The access token for repository '{evidence.repository}' does not grant {', '.join(refused)}; it "
                f"grants: {'; '.join(evidence.access) or 'nothing'}.")
    return None


CHECK = Check(
    name="access-token", category=Category.TOKEN, title="Access token", evidence=AccessTokenEvidence, gather=gather,
    judge=judge, needs=("dns", "name", "registry"), reads=("refresh-token",), judges_with=("connection",),
    codes=("CONNECTIVITY_ACCESS_TOKEN_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR",
           "CONNECTIVITY_SERVER_ERROR", *sorted(set(UNREACHED.values()))))
