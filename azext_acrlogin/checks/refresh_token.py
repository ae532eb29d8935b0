# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry exchange the Entra token for a refresh token of its own? That is what signing in means."""

from typing import Optional

from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import (
    UNREACHED, common_refusal, fit_for_secrets, for_support, no_answer, roles_of_either_mode)
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer, Failure
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of, time_claim
from azext_acrlogin.protocol.registry_errors import error_codes, error_text
from azext_acrlogin.protocol.text import excerpt, shown

RESOURCE_MANAGER = "797f4846-ba00-4fd7-ba43-dac1f8f63013"  # its application id, the audience of tokens of version 2


def gather(context: Context, inputs: Inputs) -> RefreshTokenEvidence:
    """Exchange, at the login server itself: wherever a challenge points, the token goes nowhere else."""
    host, token = inputs.of(RegistryEvidence).login_server or "", inputs.of(EntraTokenEvidence)
    answer = context.http.patient_request("POST", f"https://{host}/oauth2/exchange", form=[
        ("grant_type", "access_token"), ("service", host), *([("tenant", token.tenant_id)] if token.tenant_id else []),
        ("access_token", token.token.reveal() if token.token else "")])
    evidence = RefreshTokenEvidence(host, answer.status, answer=answer)
    if answer.failure:
        evidence.failure_kind, evidence.failure = answer.failure.kind, answer.failure.text
        return evidence
    if answer.status == 200:
        refresh_token = text_member(answer.json, "refresh_token")
        evidence.issued = bool(refresh_token)
        evidence.refresh_token = Secret(refresh_token) if refresh_token else None
        evidence.lifetime_seconds = _lifetime(refresh_token)
        return evidence
    evidence.error_codes = ", ".join(shown(code, 40) for code in error_codes(answer.json)) or None
    evidence.server_text = error_text(answer.json)
    return evidence


def _lifetime(token: str) -> Optional[int]:
    claims = claims_of(token)
    issued, expires = time_claim(claims, "iat"), time_claim(claims, "exp")
    return round(expires - issued) if issued is not None and expires is not None else None


def judge(asked: Question, evidence: RefreshTokenEvidence, inputs: Inputs) -> Judgement:
    """A refusal that nothing here explains stays generic; the verdict replaces it when the roles explain it."""
    url = f"https://{evidence.host}/oauth2/exchange"
    if evidence.failure:
        failure = Failure(evidence.failure_kind or "malformed", evidence.failure)
        return no_answer(evidence.host, url, failure, inputs.get(ConnectionEvidence))
    answer = evidence.answer or Answer(evidence.host, "/oauth2/exchange", evidence.status)
    if evidence.issued:
        return Judgement(f"Signed in to {evidence.host} (refresh token issued)", correlation_id=answer.correlation_id)
    registry, token = inputs.of(RegistryEvidence), inputs.of(EntraTokenEvidence)
    identity = inputs.get(IdentityEvidence)
    facts: Facts = {
        **registry.facts(), **for_support(answer.correlation_id), "where": url, "host": evidence.host,
        "login_server": evidence.host,
        "tenant": token.tenant_id, "user_name": identity.name if identity else None, "object_id": token.object_id,
        "audience": token.token_audience,
        "said": excerpt(evidence.server_text) if evidence.server_text else None,
        "odd_status": str(evidence.status) if evidence.status not in (None, 401) else None}
    return Judgement.of(common_refusal(answer, url, facts, registry) or
                        _refused(asked, evidence, registry, token, facts), correlation_id=answer.correlation_id)


def _refused(asked: Question, evidence: RefreshTokenEvidence, registry: RegistryEvidence, token: EntraTokenEvidence,
             facts: Facts) -> Finding:
    if evidence.status == 401 and registry.authentication_as_arm == "disabled" and not _for_registries(token):
        return Finding.of("AAD_ARM_AUDIENCE_ERROR", facts)
    if evidence.status == 200:
        return Finding.of("CONNECTIVITY_REFRESH_TOKEN_ERROR", facts, "no-token")
    known: Facts = {**facts, **(roles_of_either_mode(asked, registry) if evidence.status == 401 else Facts())}
    if not registry.found:
        unseen = (" Azure Resource Manager does not show the registry: either this identity has no role on it, or the "
                  "registry trusts another tenant.")
        if registry.similar_name:
            unseen += f" It shows {registry.similar_name}: did you mean that one?"
        known["unseen"] = unseen
    return Finding.of("CONNECTIVITY_REFRESH_TOKEN_ERROR", known,
                      "refused" if evidence.status == 401 else "odd-status")


def _for_registries(token: EntraTokenEvidence) -> bool:
    """Whether the token's audience is the registries' own. Its claim may be a URI or an application id."""
    audience = (token.token_audience or "").lower()
    return "management" not in audience and audience != RESOURCE_MANAGER


CHECK = Check(
    name="refresh-token", category=Category.TOKEN, title="Refresh token", evidence=RefreshTokenEvidence,
    gather=gather, judge=judge, needs=(DnsEvidence, EntraTokenEvidence, RegistryEvidence),
    judges_with=(ConnectionEvidence, IdentityEvidence), takes_guess=fit_for_secrets,
    codes=("CONNECTIVITY_REFRESH_TOKEN_ERROR", "AAD_ARM_AUDIENCE_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
           "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR",
           *sorted(set(UNREACHED.values()))))
