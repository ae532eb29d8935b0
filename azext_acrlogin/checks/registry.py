# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What Azure Resource Manager knows of the registry: where it is, in what state, and its login server."""

from typing import List, Optional

from azext_acrlogin.azure.registry_search import search
from azext_acrlogin.base.threads import side_by_side
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.resolver import resolve
from azext_acrlogin.protocol.text import named, shown

READ = "Microsoft.ContainerRegistry/registries/read"
SEARCH_SHARE = 1.5  # of the time for one request, where a whole run has three times as much
CHANGING_STATE = "Updating"
READY_STATES = ("", "Succeeded", CHANGING_STATE)  # an older API version leaves the state out
ENABLED_STATES = ("", "Enabled", "Warned", "PastDue")  # of a subscription; others refuse every service


def gather(context: Context, inputs: Inputs) -> RegistryEvidence:
    """Search the subscriptions of the login; without a login, derive what can be derived."""
    name, login = inputs.of(NameEvidence), inputs.get(LoginEvidence)
    accounts = login.accounts if login else []
    wanted = name.registry_name or ""  # there is one, where the name's evidence is usable
    result = search(context.arm, accounts, wanted, name.host, name.subscription, name.resource_group,
                    SEARCH_SHARE * context.asked.timeout_seconds)
    evidence = RegistryEvidence(
        name=name.registry_name, name_available=result.name_available, searched_subscriptions=result.searched,
        unsearched_subscriptions=result.not_searched,
        account=result.account or (accounts[0] if accounts and accounts[0].has_subscription else None),
        problems=result.problems)
    if result.similar:
        evidence.similar_name, seen_by = result.similar
        if seen_by.subscription_id != accounts[0].subscription_id:
            evidence.similar_subscription = seen_by.subscription_id
    if result.problems:
        evidence.arm_status, evidence.arm_error = result.problems[0].status, result.problems[0].error_text
    if result.registry:
        evidence.found, evidence.registry = True, result.registry
        evidence.login_server = result.registry.login_server
        if evidence.subscription_id != accounts[0].subscription_id:
            evidence.other_subscription = evidence.subscription_id
    evidence.login_server_derived = not evidence.login_server
    evidence.login_server = evidence.login_server or name.derived_login_server
    if name.regional:
        evidence.regional_host = name.host
    if evidence.name_available and not name.host:
        evidence.other_cloud = _resolving_elsewhere(context, wanted)
    return evidence


def guess(_context: Context, inputs: Inputs) -> RegistryEvidence:
    """The login server that was given, or that most registries of the name have."""
    name = inputs.of(NameEvidence)
    return RegistryEvidence(
        name=name.registry_name, login_server=name.derived_login_server, login_server_derived=True,
        regional_host=name.host if name.regional else None)


def _resolving_elsewhere(context: Context, name: str) -> Optional[str]:
    """The name of another cloud in which NAME's login server resolves, None for none."""
    others = list(context.asked.cloud.other_suffixes.items())
    answers = side_by_side(others, lambda other: resolve(f"{name}{other[0]}", context.asked.timeout_seconds))
    return next((cloud for (_, cloud), answer in zip(others, answers) if answer.addresses), None)


def judge(asked: Question, evidence: RegistryEvidence, inputs: Inputs) -> Judgement:
    """Where the registry is and whether it works, by ARM's word; not visible is no fault by itself."""
    name, login = inputs.of(NameEvidence), inputs.get(LoginEvidence)
    if evidence.found:
        return _judge_visible(asked, evidence, inputs)
    if not login or not login.account:
        return Judgement("The registry was not looked up: the Azure CLI has no usable sign-in.",
                         unknown=Because("the Azure CLI has no usable sign-in", permission=READ))
    if not evidence.login_server:
        return Judgement.of(Finding.of(
            "LOGIN_SERVER_ERROR", {**evidence.facts(), "active_cloud": asked.cloud.name}, "no suffix"))
    if evidence.name_available and not asked.suffix and not name.label and _is_nowhere(evidence, name):
        return Judgement.of(_not_found(evidence, inputs))
    return _judge_invisible(asked, evidence, inputs)


def _judge_visible(asked: Question, evidence: RegistryEvidence, inputs: Inputs) -> Judgement:
    name, login = inputs.of(NameEvidence), inputs.get(LoginEvidence)
    findings = [*_state(evidence, inputs), *_place(asked, evidence, name, login), *_login_server(evidence, name)]
    if findings:
        return Judgement.of(*findings)
    given, group = name.resource_group, evidence.resource_group or ""
    corrected = f", not in '{shown(given, 90)}'," if given and given.lower() != group.lower() else ""
    return Judgement(f"Registry '{evidence.name}' in resource group '{group}'{corrected}")


def _state(evidence: RegistryEvidence, inputs: Inputs) -> List[Finding]:
    own, subscriptions = evidence.registry.provisioning_state, evidence.registry.subscription_state
    if own not in (None, *READY_STATES) or own == CHANGING_STATE and _out_of_order(inputs):
        return [Finding.of("REGISTRY_STATE_ERROR", {
            **evidence.facts(), "state": own, "failed_registry": evidence.name if own == "Failed" else None,
            "unfinished_state": own}, "registry")]
    if subscriptions is not None and subscriptions not in ENABLED_STATES:
        return [Finding.of("REGISTRY_STATE_ERROR", {
            **evidence.facts(), **evidence.named_facts(), "state": subscriptions,
            "disabled_subscription": evidence.named_facts()["named_subscription"]},
            "subscription")]
    return []


def _out_of_order(inputs: Inputs) -> bool:
    """Whether the registry itself answers with a fault of its own: it usually serves while it is changed."""
    asked = (inputs.get(ChallengeEvidence), inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence))
    return any(evidence is not None and (evidence.status or 0) >= 500 for evidence in asked)


def _place(asked: Question, evidence: RegistryEvidence, name: NameEvidence,
           login: Optional[LoginEvidence]) -> List[Finding]:
    another = asked.assignee or asked.username  # whose tokens are not the current account's
    if another or login is None or login.account is None or evidence.subscription_id == login.account.subscription_id:
        return []
    facts: Facts = {
        **evidence.facts(), **evidence.named_facts(),
        "current_tenant": named(login.account.tenant_domain, login.tenant_id),
        "current_subscription": named(login.subscription_name, login.subscription_id)}
    if evidence.tenant_id != login.tenant_id:
        unlisted = evidence.account is not None and evidence.account.listed_as
        return [Finding.of("REGISTRY_TENANT_ERROR", {
            **facts, "unlisted_tenant": evidence.tenant_id if unlisted else None})]
    if evidence.login_server == name.derived_login_server:
        return [Finding.of("REGISTRY_SUBSCRIPTION_WARNING", facts)]
    return [Finding.of("REGISTRY_SUBSCRIPTION_ERROR", facts)]


def _login_server(evidence: RegistryEvidence, name: NameEvidence) -> List[Finding]:
    server = evidence.registry.login_server
    given_label = f"{name.registry_name}-{name.label}" if name.label else None
    wrong_host = name.host and not name.regional and server and name.host != server
    wrong_label = given_label and not name.host and server and server.split(".")[0] != given_label
    if wrong_host or wrong_label:
        return [Finding.of("LOGIN_SERVER_ERROR", {**evidence.facts(), "given": name.host or given_label}, "another")]
    return []


def _is_nowhere(evidence: RegistryEvidence, name: NameEvidence) -> bool:
    """Whether nothing can be meant by a name whose plain login server belongs to nobody.

    That much checkNameAvailability says when it is asked for a name without a label's scope. A registry with a domain
    name label (autoGeneratedDomainNameLabelScope, since 2024-11-01-preview) has NAME-LABEL for its login server and
    leaves NAME free. Whoever gives a host means that one; for a bare name every list must have been read.
    """
    searched = [subscription.lower() for subscription in evidence.searched_subscriptions]
    complete = not evidence.problems and not evidence.unsearched_subscriptions and (
        name.subscription or next(iter(searched), "")).lower() in searched
    return name.host is not None or complete


def _not_found(evidence: RegistryEvidence, inputs: Inputs) -> Finding:
    dns, name = inputs.get(DnsEvidence), inputs.of(NameEvidence)
    if evidence.other_cloud and dns is not None and dns.fault == "not-found":
        return Finding.of("REGISTRY_CLOUD_ERROR", {"registry": evidence.name, "cloud": evidence.other_cloud}, "name")
    facts: Facts = {"registry": evidence.name, "searched": str(len(evidence.searched_subscriptions)),
                    "similar": evidence.similar_name, "other_subscription": evidence.similar_subscription}
    return Finding.of("REGISTRY_NOT_FOUND_ERROR", facts, "host" if name.host else "name")


def _judge_invisible(asked: Question, evidence: RegistryEvidence, inputs: Inputs) -> Judgement:
    """It may exist where this login cannot look. Labelled names that resolve nowhere point to nothing."""
    name, dns = inputs.of(NameEvidence), inputs.get(DnsEvidence)
    if name.label and dns is not None and dns.fault == "not-found" and _all_searched(evidence):
        return Judgement.of(Finding.of(
            "LOGIN_SERVER_ERROR", {"registry": evidence.name, "given": evidence.login_server}, "nowhere"))
    free = evidence.name_available and not name.label
    exists = evidence.name_available is False or _answers(inputs)
    guessed = evidence.login_server_derived and not name.host and not asked.suffix
    if exists and guessed and _all_searched(evidence) and not asked.assignee and not asked.username:
        host, answers = evidence.login_server, _answers_as_a_registry(evidence, inputs)
        return Judgement.of(Finding.of("REGISTRY_NOT_VISIBLE_WARNING", {
            **evidence.facts(), "derived_host": host if answers else None, "guessed_host": None if answers else host},
            "free" if free else ""))
    message = f"Azure Resource Manager does not show registry '{evidence.name}' to your login."
    left = len(evidence.unsearched_subscriptions)
    if left:
        message += (f" There was no time to search {left} of {left + len(evidence.searched_subscriptions)} "
                    "subscriptions to the end. Name the registry's with --subscription.")
    if free:
        message += (" The name is available, but not every subscription could be searched. A registry with this name "
                    "and a domain name label in its login server may exist.")
    return Judgement(message, unknown=Because("the registry's settings cannot be read", permission=READ))


def _answers(inputs: Inputs) -> bool:
    """Whether there is something at the login server: an address, or behind a proxy a challenge of a registry's."""
    dns, challenge = inputs.get(DnsEvidence), inputs.get(ChallengeEvidence)
    return dns is not None and bool(dns.addresses) or challenge is not None and challenge.realm_host == challenge.host


def _answers_as_a_registry(evidence: RegistryEvidence, inputs: Inputs) -> bool:
    """Whether the login server sends to itself for tokens, as a registry does."""
    challenge = inputs.get(ChallengeEvidence)
    return challenge is not None and challenge.host == evidence.login_server == challenge.realm_host


def _all_searched(evidence: RegistryEvidence) -> bool:
    """Whether every list was read, or refused for lack of a role; any other answer does not say what there is."""
    return bool(evidence.searched_subscriptions) and not evidence.unsearched_subscriptions and all(
        problem.status in (403, 404) and problem.reachable for problem in evidence.problems)


CHECK = Check(
    name="registry", category=Category.REGISTRY, title="Registry in Azure", evidence=RegistryEvidence,
    gather=gather, judge=judge, guess=guess, needs=(NameEvidence,), reads=(LoginEvidence,),
    judges_with=(DnsEvidence, ChallengeEvidence, RefreshTokenEvidence, AccessTokenEvidence),
    codes=("REGISTRY_NOT_FOUND_ERROR", "REGISTRY_NOT_VISIBLE_WARNING", "REGISTRY_SUBSCRIPTION_WARNING",
           "REGISTRY_SUBSCRIPTION_ERROR", "REGISTRY_TENANT_ERROR", "REGISTRY_CLOUD_ERROR", "LOGIN_SERVER_ERROR",
           "REGISTRY_STATE_ERROR"))
