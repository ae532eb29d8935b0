# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the login server's name resolve on this machine?"""

from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.alias import alias_of
from azext_acrlogin.net.proxies import excepted_proxy, proxy_for
from azext_acrlogin.net.reach import first_that_answers, reach
from azext_acrlogin.net.resolver import hosts_line, is_private, resolve


def gather(context: Context, inputs: Inputs) -> DnsEvidence:
    """Resolve the login server and look for it in the hosts file. Of several addresses, one that answers is used."""
    registry, name = inputs.of(RegistryEvidence), inputs.of(NameEvidence)
    host, guessed = registry.host or "", registry.login_server_derived and name.host is None
    proxy = proxy_for(host)
    if proxy:
        return DnsEvidence(host, proxy=proxy, guessed=guessed)
    answer, line = resolve(host, context.asked.timeout_seconds), hosts_line(host)
    reached = reach(answer.addresses, context.asked.timeout_seconds) if len(answer.addresses) > 1 else []
    answering = first_that_answers(reached)
    if answering and reached[0] is not answering:
        context.http.prefer(host, answering.address)
    login_server_resolves = None
    if registry.regional_host and registry.login_server and answer.fault == "not-found":
        login_server_resolves = bool(resolve(registry.login_server, context.asked.timeout_seconds).addresses)
    return DnsEvidence(host, list(answer.addresses), any(is_private(address) for address in answer.addresses),
                       answer.fault, answer.reason or None, None,
                       f"{line.file}:{line.number} {line.address}" if line else None, line, guessed,
                       alias_of(host, context.asked.timeout_seconds) if answer.fault else None, reached,
                       excepted_proxy(host), login_server_resolves)


def judge(asked: Question, evidence: DnsEvidence, inputs: Inputs) -> Judgement:
    """No address is a finding, unless a proxy resolves the name."""
    host = evidence.host
    if evidence.addresses:
        return Judgement(f"DNS lookup to {host} at IP {', '.join(evidence.addresses[:4])}")
    if evidence.proxy:
        return Judgement(f"The proxy {evidence.proxy} resolves {host}")
    failure = failure_shown(evidence)
    registry = inputs.of(RegistryEvidence)
    if evidence.guessed and registry.login_server_derived:
        return Judgement.of(Finding.of("CONNECTIVITY_DNS_ERROR", {
            "guessed_host": host, "registry": registry.name, "failure": failure}, "guessed"))
    if evidence.login_server_resolves:
        return Judgement.of(Finding.of("CONNECTIVITY_DNS_ERROR", {
            **registry.facts(), "host": host, "failure": failure,
            "resolving_login_server": registry.login_server}, "regional"))
    suffix = (asked.cloud.registry_suffix or "").lstrip(".")
    public = registry.found and not registry.registry.approved_endpoints
    return Judgement.of(Finding.of("CONNECTIVITY_DNS_ERROR", {
        "host": host, "login_server": host, "failure": failure, "public_host": host if public else None,
        "registry_zone": suffix, "privatelink_zone": f"privatelink.{suffix}"}))


def failure_shown(evidence: DnsEvidence) -> str:
    """Why there is no address, in words."""
    return {"not-found": "the resolver does not know this name",
            "timeout": "the resolver did not answer in time"}.get(
                evidence.fault or "", f"the resolver failed ({evidence.reason})")


CHECK = Check(name="dns", category=Category.NETWORK, title="DNS", evidence=DnsEvidence, gather=gather, judge=judge,
              needs=(NameEvidence, RegistryEvidence), takes_guess=lambda _guess, _seconds: True,
              codes=("CONNECTIVITY_DNS_ERROR",))
