# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does Entra issue this login a token for registries?"""

from typing import Optional
from urllib.parse import urlsplit

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.protocol.entra_errors import NUMBERS, Refusal, code_of, number_shown
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.text import excerpt, shown

REGISTRY_AUDIENCE = "https://containerregistry.azure.net"  # what the CLI asks for unless it is told otherwise
CERTIFICATE_NOT_LISTED = 700027


def gather(context: Context, inputs: Inputs) -> EntraTokenEvidence:
    """Ask as `az acr login` does: the registries' audience, as the identity of the current account."""
    account, audience = inputs.of(LoginEvidence).account, context.asked.cloud.registry_audience
    if context.asked.username or context.asked.assignee:
        option = "--username" if context.asked.username else "--assignee"
        return EntraTokenEvidence(audience, f"{option} asks about a different identity than the CLI's login")
    return describe(context.login.token(audience, account) if account else TokenAnswer(), audience)


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
        return Judgement("No Entra token is needed.", skipped=Because(evidence.not_asked))
    if evidence.issued:
        return Judgement(f"Entra issued a token for {evidence.audience}")
    pinned = None if evidence.audience == REGISTRY_AUDIENCE else evidence.audience
    answer = evidence.token_answer or TokenAnswer()
    return judge_token(answer, inputs.of(LoginEvidence), evidence.audience, asked.cloud.authority, pinned)


def judge_token(answer: TokenAnswer, login: LoginEvidence, audience: str, authority: str,
                pinned_audience: Optional[str] = None) -> Judgement:
    """What it means that no token for `audience` was issued to the identity of `login`.

    :param authority: the cloud's sign-in endpoint.
    :param pinned_audience: the audience, where a setting of the CLI names it.
    """
    facts: Facts = {"tenant": login.tenant_id, "user_name": login.user_name, "pinned_audience": pinned_audience,
                    "audience": audience}
    if login.user_type == "servicePrincipal":
        facts["application_id"] = login.user_name
    assigned = login.account.assigned_identity if login.account else None
    if assigned and assigned.startswith("MSIClient-"):
        facts["identity_client_id"] = assigned.partition("-")[2]
    if answer.refusal:
        application = facts.get("application_id")
        unlisted = CERTIFICATE_NOT_LISTED in answer.refusal.error_codes
        return Judgement.of(refused(answer.refusal, f"'{login.user_name}' a token for {audience}", {
            **facts, "disabled_principal": application, "certificate_application": application if unlisted else None,
        }), correlation_id=answer.refusal.correlation_id)
    if answer.signed_out:
        return Judgement.of(Finding.of("LOGIN_REQUIRED_ERROR", {**facts, "said": excerpt(answer.signed_out)},
                                       "signed-out"))
    failure = answer.failure
    if failure is None:
        return Judgement("No token was requested.", unknown=Because("nobody is signed in to the Azure CLI"))
    managed = login.user_type == "managedIdentity" or login.in_cloud_shell and login.user_type != "servicePrincipal"
    code = "PROXY_ERROR" if failure.kind == "proxy" else (
        "AAD_MANAGED_IDENTITY_ERROR" if managed else "AAD_CONNECTIVITY_ERROR")
    host = urlsplit(authority).hostname or authority
    return Judgement.of(Finding.of(code, {
        **facts, "failure": failure.text, "untrusted_host": host if failure.kind == "tls" else None,
        "host": None if failure.kind == "tls" else host}, "no-answer"))


def refused(refusal: Refusal, what: str, facts: Facts) -> Finding:
    """The finding for a refusal by Entra, or by an identity endpoint.

    :param what: who is refused, and what.
    """
    return Finding.of(code_of(refusal), {
        **facts, "refused": what, "error_number": number_shown(refusal),
        "refuser": "The managed identity endpoint" if refusal.by_identity_endpoint else "Entra",
        "said": excerpt(refusal.description)}, "refused")


CHECK = Check(
    name="entra-token", category=Category.IDENTITY, title="Entra token", evidence=EntraTokenEvidence, gather=gather,
    judge=judge, needs=(NameEvidence, LoginEvidence),
    codes=(*NUMBERS, "AAD_MANAGED_IDENTITY_ERROR", "AAD_TOKEN_ERROR", "AAD_CONNECTIVITY_ERROR", "PROXY_ERROR",
           "LOGIN_REQUIRED_ERROR"))
