# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the login server answer /v2/ as a registry does: 401 and a challenge for a bearer token?"""

from typing import Dict, Optional

from azext_acrlogin.checks.registry_refusals import common_refusal
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.challenge import bearer, host_of, parse_challenges
from azext_acrlogin.protocol.registry_errors import error_text
from azext_acrlogin.protocol.text import shown


def gather(_context: Context, inputs: Inputs) -> ChallengeEvidence:
    """Read the answer that `connection` got; asks nobody."""
    answer: Answer = inputs.of(ConnectionEvidence).answer
    challenges = parse_challenges(answer.headers.get("www-authenticate", ""))
    asked_for = bearer(challenges)
    parameters = asked_for.parameters if asked_for else {}
    return ChallengeEvidence(
        host=answer.host, status=answer.status, schemes=[challenge.scheme for challenge in challenges][:5],
        realm=shown(parameters["realm"], 300) if asked_for else None,
        service=shown(parameters["service"], 253) if asked_for else None,
        content_type=_header(answer, "content-type"), server=_header(answer, "server"),
        location_host=host_of(answer.headers.get("location")), server_text=_said(answer), answer=answer)


def _header(answer: Answer, name: str) -> Optional[str]:
    value = answer.headers.get(name)
    return shown(value, 100) if value else None


def _said(answer: Answer) -> Optional[str]:
    return error_text(answer.json)


def judge(_asked: Question, evidence: ChallengeEvidence, inputs: Inputs) -> Judgement:
    """Everything but 401 with a bearer challenge of the registry's own is a finding."""
    registry: Optional[RegistryEvidence] = inputs.get(RegistryEvidence)
    where, facts = f"https://{evidence.host}/v2/", _facts(evidence, registry)
    correlation_id = evidence.answer.correlation_id
    refusal = common_refusal(evidence.answer, where, facts, registry.public_network_access if registry else None)
    if refusal:
        return Judgement(refusal.message, (refusal,), correlation_id=correlation_id)
    code, message = _conclusion(evidence, where, registry)
    if code:
        return Judgement(message, (Finding(code, message, facts),), correlation_id=correlation_id)
    return Judgement(message, correlation_id=correlation_id)


def _conclusion(evidence: ChallengeEvidence, where: str, registry: Optional[RegistryEvidence]):
    if evidence.status == 401 and evidence.realm:
        # A regional endpoint may send to the registry's login server, where its tokens come from.
        if evidence.realm_host and evidence.realm_host in (evidence.host, registry.login_server if registry else None):
            return None, f"Challenge endpoint {where}"
        if evidence.realm_host is None:
            return "CONNECTIVITY_CHALLENGE_ERROR", (f"{where} sends for tokens to '{evidence.realm}', which is no "
                                                    "address.")
        return "CONNECTIVITY_CHALLENGE_ERROR", (f"{where} sends for tokens to another host, {evidence.realm_host}; "
                                                "no token was sent there.")
    if evidence.status == 401 and evidence.schemes:
        return "CONNECTIVITY_AAD_LOGIN_ERROR", (f"{where} asks for '{', '.join(evidence.schemes)}' authentication, "
                                                "not for a bearer token, so no Entra login can be used there.")
    if evidence.status == 401:
        return "CONNECTIVITY_CHALLENGE_ERROR", f"{where} answers 401 without saying how to authenticate."
    if evidence.location_host:
        return "CONNECTIVITY_CHALLENGE_ERROR", f"{where} redirects ({evidence.status}) to {evidence.location_host}."
    return "CONNECTIVITY_CHALLENGE_ERROR", f"{where} answers {evidence.status} and no authentication challenge."


def _facts(evidence: ChallengeEvidence, registry: Optional[RegistryEvidence]) -> Dict[str, str]:
    facts = {"host": evidence.host, "login_server": evidence.host,
             "registry": registry.name if registry else None,
             "registry_id": registry.resource_id if registry else None,
             "subscription": registry.subscription_id if registry else None}
    return {name: value for name, value in facts.items() if value}


CHECK = Check(
    name="challenge", category=Category.NETWORK, title="Challenge", evidence=ChallengeEvidence, gather=gather,
    judge=judge, needs=(ConnectionEvidence,), reads=(RegistryEvidence,),
    codes=("CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
           "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR", "PROXY_ERROR"))
