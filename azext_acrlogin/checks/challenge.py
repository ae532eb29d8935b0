# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the login server answer /v2/ as a registry does: 401 and a challenge for a bearer token?"""

from typing import Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import common_refusal, is_served, served_meanwhile
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.challenge import bearer, host_of, parse_challenges
from azext_acrlogin.protocol.registry_errors import error_text
from azext_acrlogin.protocol.text import shown


def gather(_context: Context, inputs: Inputs) -> ChallengeEvidence:
    """Read the answer that `connection` got; asks nobody."""
    connection = inputs.of(ConnectionEvidence)
    answer = connection.answer or Answer(connection.host, "/v2/", connection.status)
    challenges = parse_challenges(answer.headers.get("www-authenticate", ""))
    asked_for = bearer(challenges)
    parameters = asked_for.parameters if asked_for else {}
    return ChallengeEvidence(
        host=answer.host, status=answer.status or 0, schemes=[challenge.scheme for challenge in challenges][:5],
        realm=shown(parameters["realm"], 300) if asked_for else None,
        service=shown(parameters["service"], 253) if asked_for else None,
        content_type=_header(answer, "content-type"), server=_header(answer, "server"),
        location_host=host_of(answer.headers.get("location")), server_text=error_text(answer.json), answer=answer)


def _header(answer: Answer, name: str) -> Optional[str]:
    value = answer.headers.get(name)
    return shown(value, 100) if value else None


def judge(asked: Question, evidence: ChallengeEvidence, inputs: Inputs) -> Judgement:
    """Everything but 401 with a bearer challenge of the registry's own is a finding."""
    registry, where = inputs.get(RegistryEvidence), f"https://{evidence.host}/v2/"
    facts: Facts = {**(registry.facts() if registry else Facts()), "host": evidence.host, "login_server": evidence.host}
    finding = (common_refusal(evidence.answer, where, facts, registry)
               or _unfit(evidence, {**facts, "where": where}, registry))
    if finding and evidence.answer.was_lost and is_served(
            evidence.host, inputs.get(AccessTokenEvidence), inputs.get(ImageEvidence)):
        return served_meanwhile(evidence.host, f"status {evidence.status}")
    if finding and finding.code == "CONNECTIVITY_AAD_LOGIN_ERROR" and _accepts_what_was_given(asked, evidence, inputs):
        return Judgement(f"{finding.message} The credentials given get an access token there all the same.",
                         correlation_id=evidence.answer.correlation_id)
    if finding:
        return Judgement.of(finding, correlation_id=evidence.answer.correlation_id)
    return Judgement(f"Challenge endpoint {where}", correlation_id=evidence.answer.correlation_id)


def _accepts_what_was_given(asked: Question, evidence: ChallengeEvidence, inputs: Inputs) -> bool:
    """Whether the host issues an access token for --username, which needs no sign-in with Entra."""
    token = inputs.get(AccessTokenEvidence)
    return bool(asked.username) and token is not None and token.host == evidence.host and token.issued


def _unfit(evidence: ChallengeEvidence, facts: Facts, registry: Optional[RegistryEvidence]) -> Optional[Finding]:
    """What is wrong with the answer, None for a challenge of the registry's own."""
    def finding(case: str, location: Optional[str] = None) -> Finding:
        return Finding.of("CONNECTIVITY_CHALLENGE_ERROR", {
            **facts, "status": str(evidence.status), "realm": evidence.realm, "location": location,
            "page_host": evidence.host if case == "page" else None}, case)
    if evidence.status == 401 and evidence.realm:
        # A regional endpoint may send to the registry's login server, where its tokens come from.
        if evidence.realm_host and evidence.realm_host in (evidence.host, registry.login_server if registry else None):
            return None
        return finding("another host" if evidence.realm_host else "no address", evidence.realm_host)
    if evidence.status == 401 and evidence.schemes:
        is_registry = registry is not None and registry.found and registry.login_server == evidence.host
        return Finding.of("CONNECTIVITY_AAD_LOGIN_ERROR", {
            **facts, "schemes": ", ".join(evidence.schemes), "fronted_host": evidence.host if is_registry else None})
    if evidence.status == 401:
        return finding("silent")
    if evidence.location_host:
        return finding("redirect", evidence.location_host)
    return finding("page" if evidence.is_a_page and evidence.status == 200 else "no challenge")


CHECK = Check(
    name="challenge", category=Category.NETWORK, title="Challenge", evidence=ChallengeEvidence, gather=gather,
    judge=judge, of_this_machine=True, needs=(ConnectionEvidence,),
    judges_with=(RegistryEvidence, AccessTokenEvidence, ImageEvidence),
    codes=("CONNECTIVITY_CHALLENGE_ERROR", "CONNECTIVITY_AAD_LOGIN_ERROR", "CONNECTIVITY_FORBIDDEN_ERROR",
           "CONNECTIVITY_TOOMANYREQUESTS_ERROR", "CONNECTIVITY_SERVER_ERROR", "PROXY_ERROR"))
