# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does Entra issue this login a token for registries?"""

from typing import Optional
from urllib.parse import urlsplit

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.connection_failures import proxy_facts, tls_facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.entra_refusals import (
    IDENTITY_ENDPOINT, REGISTRY_AUDIENCE, assertion_of, cure, holder, matching_credential, refused, unusable_file)
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.entra_errors import NUMBERS, kind_of
from azext_acrlogin.protocol.jwt import text_claim
from azext_acrlogin.protocol.text import excerpt, shown

OF_THE_AUDIENCE = ("no-resource", "resource-disabled", "not-preauthorised")  # kinds of refusals that may be its fault


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
    evidence.assertion, evidence.file_fault = assertion_of(answer.assertion), answer.file_fault
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
    login, registry = inputs.of(LoginEvidence), inputs.get(RegistryEvidence)
    name = registry.name if registry else None
    as_manager = registry is not None and registry.authentication_as_arm == "enabled"
    facts: Facts = {
        "registry": None if login.in_cloud_shell else name,
        "registry_from_cloud_shell": name if login.in_cloud_shell else None,
        "manager_audience": asked.cloud.resource_manager if as_manager else None,
        "cloud_shell_user": login.user_name if login.in_cloud_shell else None}
    identity = inputs.get(IdentityEvidence)
    if identity and identity.guest:
        facts.update({"disabled_guest": login.user_name, "disabled_guest_id": identity.object_id})
    return judge_token(evidence.token_answer or TokenAnswer(), login, evidence.audience, asked.cloud.authority, facts)


def judge_token(answer: TokenAnswer, login: LoginEvidence, audience: str, authority: str,
                of_registry: Optional[Facts] = None) -> Judgement:
    """What it means that no token for `audience` was issued to the identity of `login`.

    :param authority: the cloud's sign-in endpoint.
    :param of_registry: what is known of the registry, where its audience is the one.
    """
    named = login.user_type != "managedIdentity"  # by the CLI, which calls all managed identities alike
    facts: Facts = {"tenant": login.tenant_id, "user_name": login.user_name if named else None, "audience": audience}
    if login.user_type == "servicePrincipal":
        facts["application_id"] = login.user_name
    if answer.refusal:
        return _refused(answer, login, audience, facts, of_registry)
    if answer.file_fault:
        return Judgement.of(unusable_file(answer.file_fault, facts))
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
        **facts, "failure": failure.text, **tls_facts(host, failure), **proxy_facts(host, failure),
        "host": None if failure.kind == "tls" else host,
        "unresolved_host": host if failure.kind == "dns" else None,
        "unreached_endpoint": IDENTITY_ENDPOINT if managed and not login.in_cloud_shell else None}, "no-answer"))


def _refused(answer: TokenAnswer, login: LoginEvidence, audience: str, facts: Facts,
             of_registry: Optional[Facts]) -> Judgement:
    refusal = answer.refusal
    assert refusal is not None
    kind = kind_of(refusal)
    known: Facts = {**facts, **cure(refusal, login, audience), **matching_credential(assertion_of(answer.assertion))}
    if of_registry is not None and kind in OF_THE_AUDIENCE and audience != REGISTRY_AUDIENCE:
        known["pinned_audience"] = audience  # a setting of the CLI names it
    if of_registry is not None and kind in ("audience", "transient", "disabled"):
        known.update(of_registry)
    return Judgement.of(refused(refusal, f"a token for {audience} to {holder(login)}", known),
                        correlation_id=refusal.correlation_id)


CHECK = Check(
    name="entra-token", category=Category.IDENTITY, title="Entra token", evidence=EntraTokenEvidence, gather=gather,
    judge=judge, needs=(NameEvidence, LoginEvidence), judges_with=(RegistryEvidence, IdentityEvidence),
    codes=(*NUMBERS, "AAD_MANAGED_IDENTITY_ERROR", "AAD_CONNECTIVITY_ERROR", "PROXY_ERROR", "LOGIN_REQUIRED_ERROR",
           "CLI_SIGN_IN_FILES_ERROR"))
