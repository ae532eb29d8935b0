# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the registry exchange the Entra token for a refresh token of its own? That is what signing in means."""

from dataclasses import dataclass
from typing import Dict, Optional

from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.checks._refusals import UNREACHED, common_refusal, mode_not_known, no_answer
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.entra_token import EntraTokenEvidence
from azext_acrlogin.checks.registry import RegistryEvidence
from azext_acrlogin.engine.model import Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.net.http import Answer, Failure
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.jwt import claims_of, time_claim
from azext_acrlogin.protocol.registry_errors import error_codes, error_text
from azext_acrlogin.protocol.text import shown

PERSONAL_ACCOUNT = "live.com"  # the identity provider of personal Microsoft accounts
RESOURCE_MANAGER = "797f4846-ba00-4fd7-ba43-dac1f8f63013"  # its application id, the audience of tokens of version 2

# Of no use to an account that can never sign in to a registry: whichever takes its place needs its own.
ROLES = ("ROLE_ASSIGNMENT_MISSING_ERROR", "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", "ROLE_ASSIGNMENT_MODE_ERROR",
         "ROLE_ASSIGNMENT_CONDITION_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR", "ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
         "ROLE_NOT_ACTIVATED_ERROR")


@dataclass
class RefreshTokenEvidence(Evidence):
    """The answer to POST /oauth2/exchange."""

    host: str
    status: Optional[int] = None
    error_codes: Optional[str] = None
    server_text: Optional[str] = None
    failure_kind: Optional[str] = None
    failure: Optional[str] = None
    issued: bool = False
    lifetime_seconds: Optional[int] = None
    refresh_token: Optional[Secret] = unpublished(default=None)
    answer: Optional[Answer] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.refresh_token is not None


def gather(context: Context, found: Inputs) -> RefreshTokenEvidence:
    """Exchange, at the login server itself: wherever a challenge points, the token goes nowhere else."""
    host, token = found["registry"].login_server, found["entra-token"]
    answer = context.http.request("POST", f"https://{host}/oauth2/exchange", form=[
        ("grant_type", "access_token"), ("service", host), ("tenant", token.tenant_id),
        ("access_token", token.token.reveal())])
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


def judge(_asked: Question, evidence: RefreshTokenEvidence, found: Inputs) -> Judgement:
    """A refusal that nothing here explains stays generic; the verdict replaces it when the roles explain it."""
    registry: RegistryEvidence = found["registry"]
    where = f"https://{evidence.host}/oauth2/exchange"
    if evidence.failure:
        failure = Failure(evidence.failure_kind or "malformed", evidence.failure)
        return no_answer(evidence.host, where, failure, found["connection"])
    correlation_id = evidence.answer.correlation_id
    if evidence.issued:
        return Judgement(f"Fetch refresh token for registry '{evidence.host}' : OK", correlation_id=correlation_id)
    facts = _facts(evidence, found)
    finding = common_refusal(evidence.answer, where, facts, registry.public_network_access) or _refused(
        evidence, registry, found["entra-token"], where, facts)
    return Judgement(finding.message, (finding,), correlation_id=correlation_id)


def _refused(evidence: RefreshTokenEvidence, registry: RegistryEvidence, token: EntraTokenEvidence, where: str,
             facts: Dict[str, str]) -> Finding:
    words = f" It says: {evidence.server_text}" if evidence.server_text else ""
    if evidence.status == 401 and token.identity_provider == PERSONAL_ACCOUNT:
        return Finding("AAD_ACCOUNT_ERROR", f"{where} refuses a personal Microsoft account (the token's identity "
                       f"provider is {PERSONAL_ACCOUNT}); registries accept work, school and application identities "
                       f"only.{words}", facts, explains=ROLES)
    if evidence.status == 401 and registry.authentication_as_arm == "disabled" and not _for_registries(token):
        return Finding("AAD_ARM_AUDIENCE_ERROR", f"{where} refuses a token for {token.token_audience}: the registry's "
                       f"policy accepts tokens for registries only.{words}", facts)
    if evidence.status == 200:
        return Finding("CONNECTIVITY_REFRESH_TOKEN_ERROR", f"{where} answers 200 without a refresh token.", facts)
    unseen = mode_not_known(registry) if evidence.status == 401 else ""
    if not registry.found:
        unseen = (" Resource Manager does not show the registry: either this identity has no role on it, or the "
                  "registry trusts another tenant.")
    what = (f"refuses the Entra token of object {token.object_id} (status 401)" if evidence.status == 401 else
            f"answers {evidence.status} instead of a refresh token")
    return Finding("CONNECTIVITY_REFRESH_TOKEN_ERROR", f"{where} {what}.{words}{unseen}", facts)


def _for_registries(token: EntraTokenEvidence) -> bool:
    """Whether the token's audience is the registries' own. Its claim may be a URI or an application id."""
    audience = (token.token_audience or "").lower()
    return "management" not in audience and audience != RESOURCE_MANAGER


def _facts(evidence: RefreshTokenEvidence, found: Inputs) -> Dict[str, str]:
    registry, token = found["registry"], found["entra-token"]
    facts = {"host": evidence.host, "login_server": evidence.host, "registry": registry.name,
             "registry_id": registry.resource_id, "subscription": registry.subscription_id,
             "tenant": token.tenant_id, "object_id": token.object_id}
    if evidence.status not in (None, 401):
        facts["odd_status"] = str(evidence.status)
    return {name: value for name, value in facts.items() if value}


CHECK = Check(
    name="refresh-token", category=Category.TOKEN, title="Refresh token", evidence=RefreshTokenEvidence,
    gather=gather, judge=judge, needs=("dns", "entra-token"), reads=("registry",), judges_with=("connection",),
    codes=("CONNECTIVITY_REFRESH_TOKEN_ERROR", "AAD_ACCOUNT_ERROR", "AAD_ARM_AUDIENCE_ERROR",
           "CONNECTIVITY_FORBIDDEN_ERROR", "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR",
           *sorted(set(UNREACHED.values()))))
