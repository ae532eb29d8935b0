# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Did Azure Resource Manager answer? What only it knows stays unknown otherwise."""

from urllib.parse import urlsplit

from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.checks.connection_failures import proxy_facts, tls_facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.entra_token import judge_token
from azext_acrlogin.checks.registry_refusals import waiting_time
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence
from azext_acrlogin.net.http import THROTTLED
from azext_acrlogin.protocol.entra_errors import NUMBERS
from azext_acrlogin.protocol.text import shown

NEEDS_RESOURCE_MANAGER = {"view", "manage"}  # actions that are its own


def gather(context: Context, inputs: Inputs) -> ResourceManagerEvidence:
    """Summarise what the registry's look-up met; asks nobody."""
    registry = inputs.of(RegistryEvidence)
    evidence = ResourceManagerEvidence(context.asked.cloud.resource_manager)
    for problem in registry.problems:
        _add(evidence, problem)
    if registry.found and not evidence.statuses:
        evidence.statuses.append(200)
    return evidence


def _add(evidence: ResourceManagerEvidence, problem: ArmAnswer) -> None:
    if problem.status is not None:
        evidence.statuses.append(problem.status)
        evidence.error_text = evidence.error_text or problem.error_text
    evidence.token_refused = evidence.token_refused or problem.refuses_token
    evidence.claims_challenge = evidence.claims_challenge or shown(problem.claims_challenge or "", 2000) or None
    if problem.token_answer:
        evidence.token_answer = problem.token_answer
        failure = problem.token_answer.failure
    else:
        failure = problem.answer.failure if problem.answer else None
        evidence.unreachable = evidence.unreachable or not problem.reachable
    names_a_file = evidence.failure is not None and evidence.failure.file_variable  # that says most
    if failure and not names_a_file:
        evidence.failure, evidence.failure_kind, evidence.failure_text = failure, failure.kind, failure.text
    if problem.answer and problem.answer.retry_after:
        evidence.retry_after = problem.answer.retry_after


def judge(asked: Question, evidence: ResourceManagerEvidence, inputs: Inputs) -> Judgement:
    """Unreachable or throttled is a warning, as is a refusal of the token; of one that Entra did not issue, Entra's."""
    if evidence.token_answer:
        return _without_token(asked, evidence.token_answer, inputs)
    if evidence.failure_kind == "proxy":
        return Judgement.of(Finding.of("PROXY_ERROR", {
            "host": _host(evidence), "failure": evidence.failure_text,
            **proxy_facts(_host(evidence), evidence.failure)}, "resource manager"))
    if evidence.unreachable:
        insecure, throttled = evidence.failure_kind == "tls", THROTTLED in evidence.statuses
        answered = not evidence.failure_kind and bool(evidence.statuses)
        return Judgement.of(Finding.of("ARM_CONNECTIVITY_WARNING", {
            **tls_facts(_host(evidence), evidence.failure), "host": None if insecure or answered else _host(evidence),
            "throttled_host": _host(evidence) if answered and throttled else None,
            "failing_host": _host(evidence) if answered and not throttled else None,
            "resource_manager": evidence.endpoint, **waiting_time(evidence.retry_after),
            "failure": evidence.failure_text or f"status {', '.join(map(str, sorted(set(evidence.statuses))))}"}))
    if evidence.token_refused:
        return _token_refused(asked, evidence, inputs.of(LoginEvidence))
    return Judgement(f"Azure Resource Manager at {evidence.endpoint}")


def _token_refused(asked: Question, evidence: ResourceManagerEvidence, login: LoginEvidence) -> Judgement:
    """With other credentials the CLI's login is only a means: nothing is found."""
    is_user = login.user_type == "user"
    finding = Finding.of("ARM_TOKEN_REFUSED_WARNING", {
        "resource_manager": evidence.endpoint, "said": evidence.error_text, "tenant": login.tenant_id,
        "claims_challenge": evidence.claims_challenge if is_user else None,
        "application_id": login.user_name if login.user_type == "servicePrincipal" else None})
    if asked.username:
        return Judgement(finding.message, unknown=Because("Azure Resource Manager refuses the Azure CLI's token"))
    return Judgement.of(finding)


def _host(evidence: ResourceManagerEvidence) -> str:
    return urlsplit(evidence.endpoint).hostname or evidence.endpoint


def _without_token(asked: Question, refused: TokenAnswer, inputs: Inputs) -> Judgement:
    """With other credentials the CLI's login is only a means: nothing is found. With another identity it is all there
    is to ask with. A policy may refuse Resource Manager alone: `az acr login` then works by the name of the registry.
    """
    login, entra = inputs.of(LoginEvidence), inputs.get(EntraTokenEvidence)
    judgement = judge_token(refused, login, asked.cloud.resource_manager_audience, asked.cloud.authority)
    if asked.username:
        return Judgement(judgement.message, unknown=Because(
            "the Azure CLI's login gets no token for Azure Resource Manager"))
    if refused.refusal and entra is not None and entra.issued and not NEEDS_RESOURCE_MANAGER & set(asked.actions):
        return Judgement(judgement.message, unknown=Because(
            "Entra issues a token for the registry, but none for Azure Resource Manager"))
    return judgement


CHECK = Check(
    name="resource-manager", category=Category.REGISTRY, title="Resource Manager", evidence=ResourceManagerEvidence,
    gather=gather, judge=judge, needs=(LoginEvidence, RegistryEvidence), judges_with=(EntraTokenEvidence,),
    codes=("ARM_CONNECTIVITY_WARNING", "ARM_TOKEN_REFUSED_WARNING", *NUMBERS, "AAD_MANAGED_IDENTITY_ERROR",
           "AAD_CONNECTIVITY_ERROR", "PROXY_ERROR", "LOGIN_REQUIRED_ERROR", "CLI_SIGN_IN_FILES_ERROR"))
