# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does Entra issue this login a token for registries?"""

from typing import Optional
from urllib.parse import urlsplit

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.protocol.entra_errors import NUMBERS, code_of, number_shown
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.text import shown

REGISTRY_AUDIENCE = "https://containerregistry.azure.net"  # what the CLI asks for unless it is told otherwise
CERTIFICATE_NOT_LISTED = 700027


def gather(context: Context, inputs: Inputs) -> EntraTokenEvidence:
    """Ask as `az acr login` does: the registries' audience, as the identity of the current account."""
    login: LoginEvidence = inputs.of(LoginEvidence)
    audience = context.asked.cloud.registry_audience
    if context.asked.username or context.asked.assignee:
        option = "--username" if context.asked.username else "--assignee"
        return EntraTokenEvidence(audience, f"{option} asks about another identity than the CLI's login")
    return describe(context.login.token(audience, login.account), audience)


def describe(answer: TokenAnswer, audience: str) -> EntraTokenEvidence:
    """The outcome of a token request as evidence."""
    evidence = EntraTokenEvidence(audience, None, token=answer.token, claims=answer.claims or {}, token_answer=answer)
    if answer.token:
        evidence.issued, evidence.tenant_id = True, answer.tenant_id
        evidence.token_audience = _claim(answer, "aud")
        evidence.object_id = _claim(answer, "oid")
        evidence.identity_provider = _claim(answer, "idp")
    if answer.refusal:
        refusal = answer.refusal
        evidence.error, evidence.error_codes = refusal.error, list(refusal.error_codes)
        evidence.suberror, evidence.server_text, evidence.trace_id = (
            refusal.suberror, refusal.description, refusal.trace_id)
    if answer.failure:
        evidence.failure_kind, evidence.failure_text = answer.failure.kind, answer.failure.text
    if answer.signed_out:
        evidence.server_text = answer.signed_out
    return evidence


def _claim(answer: TokenAnswer, name: str) -> Optional[str]:
    value = text_claim(answer.claims, name)
    return shown(value, 200) if value else None


def judge(asked: Question, evidence: EntraTokenEvidence, inputs: Inputs) -> Judgement:
    """A refusal is told apart by its numbers; silence by whose it is."""
    if evidence.not_asked:
        return Judgement("No token is needed.", skipped=Because(evidence.not_asked))
    if evidence.issued:
        return Judgement(f"Fetch Entra token for {evidence.audience}")
    pinned = None if evidence.audience == REGISTRY_AUDIENCE else evidence.audience
    return judge_token(evidence.token_answer, inputs.of(LoginEvidence), evidence.audience, asked.cloud.authority, pinned)


def judge_token(answer: TokenAnswer, login: LoginEvidence, audience: str, authority: str,
                pinned_audience: Optional[str] = None) -> Judgement:
    """What it means that no token for `audience` was issued to the identity of `login`.

    :param authority: the cloud's sign-in endpoint.
    :param pinned_audience: the audience, where a setting of the CLI names it.
    """
    facts = {"tenant": login.tenant_id or "", "user_name": login.user_name or "",
             "pinned_audience": pinned_audience or ""}
    if login.user_type == "servicePrincipal":
        facts["application_id"] = login.user_name or ""
    if login.account and (login.account.assigned_identity or "").startswith("MSIClient-"):
        facts["identity_client_id"] = login.account.assigned_identity.partition("-")[2]
    facts = {name: value for name, value in facts.items() if value}
    if answer.refusal:
        code = code_of(answer.refusal)
        if code == "AAD_ACCOUNT_ERROR" and "application_id" in facts:
            facts["disabled_principal"] = facts["application_id"]
        if CERTIFICATE_NOT_LISTED in answer.refusal.error_codes and "application_id" in facts:
            facts["certificate_application"] = facts["application_id"]
        who = "The managed identity endpoint" if answer.refusal.by_identity_endpoint else "Entra"
        message = (f"{who} refuses '{login.user_name}' a token for {audience} "
                   f"({number_shown(answer.refusal) or 'no error code'}): {shown(answer.refusal.description, 300)}")
        return Judgement(message, (Finding(code, message, facts),), correlation_id=answer.refusal.correlation_id)
    if answer.signed_out:
        message = f"The Azure CLI holds no usable login for '{login.user_name}': {answer.signed_out}"
        return Judgement(message, (Finding("LOGIN_REQUIRED_ERROR", message, facts),))
    failure = answer.failure
    if failure is None:
        return Judgement("No token was asked for.", unknown=Because("nobody is signed in"))
    managed = login.user_type == "managedIdentity" or login.in_cloud_shell and login.user_type != "servicePrincipal"
    code = "PROXY_ERROR" if failure.kind == "proxy" else (
        "AAD_MANAGED_IDENTITY_ERROR" if managed else "AAD_CONNECTIVITY_ERROR")
    facts["untrusted_host" if failure.kind == "tls" else "host"] = urlsplit(authority).hostname or authority
    message = f"No token for {audience} could be had: {failure.text}."
    return Judgement(message, (Finding(code, message, facts),))


CHECK = Check(
    name="entra-token", category=Category.IDENTITY, title="Entra token", evidence=EntraTokenEvidence, gather=gather,
    judge=judge, needs=(NameEvidence, LoginEvidence),
    codes=(*NUMBERS, "AAD_MANAGED_IDENTITY_ERROR", "AAD_TOKEN_ERROR", "AAD_CONNECTIVITY_ERROR", "PROXY_ERROR",
           "LOGIN_REQUIRED_ERROR"))
