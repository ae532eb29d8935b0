# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can this machine open a secure connection to the login server? One GET /v2/ tells; `challenge` reads its answer."""

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.connection_failures import needed_hosts, proxy_facts, tls_facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import UNREACHED, is_served, served_meanwhile
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.net.certificate import is_public, presented
from azext_acrlogin.net.http import UNKNOWN_ISSUER
from azext_acrlogin.net.reach import MOST, first_that_answers, go_waits, reach, waited_for
from azext_acrlogin.net.trust import BUNDLES, own_bundle

NO_CONNECTION = ("timeout", "refused", "unreachable")


def gather(context: Context, inputs: Inputs) -> ConnectionEvidence:
    """GET /v2/ without credentials; when the certificate is refused, look at it without trusting it."""
    host = inputs.of(DnsEvidence).host
    url = f"https://{host}/v2/"
    answer = context.http.patient_request("GET", url)
    failure = answer.failure
    if not failure:
        return ConnectionEvidence(host, answer.status, answer=answer)
    certificate = narrow = None
    if failure.kind == "tls" and not failure.file_variable:
        certificate = presented(host, context.asked.timeout_seconds)
        if failure.certificate_fault in UNKNOWN_ISSUER and own_bundle() and is_public(
                host, context.asked.timeout_seconds):
            narrow = own_bundle()
        context.http.request("GET", url, verify=False)  # only for the Date header, which `clock` compares
    stage = None
    if failure.kind == "timeout" and not inputs.of(DnsEvidence).proxy:
        stage = _stage(host, inputs.of(DnsEvidence), context.asked.timeout_seconds)
    return ConnectionEvidence(
        host, None, failure.kind, failure.text, failure.certificate_fault, certificate,
        failure.file_variable if failure.file_variable in BUNDLES else None, failure.proxy_status, stage,
        narrow, failure=failure)


def _stage(host: str, dns: DnsEvidence, timeout_seconds: float) -> str:
    """How far another connection gets: an answer that is late is another fault than an address that is out of reach."""
    answering = first_that_answers(dns.reached or reach(dns.addresses, timeout_seconds))
    if not answering:
        return "connecting"
    return "answer" if presented(host, timeout_seconds, answering.address) else "handshake"


def judge(asked: Question, evidence: ConnectionEvidence, inputs: Inputs) -> Judgement:
    """Every failure has its code; a proxy's is left to the check of that name."""
    dns = inputs.of(DnsEvidence)
    silent = any(one.is_silent for one in dns.reached)
    if evidence.status is not None and silent and first_that_answers(dns.reached):
        return Judgement.of(Finding.of("CONNECTIVITY_SILENT_ADDRESS_WARNING", _addresses(dns)))
    if evidence.status is not None:
        return Judgement(f"Secure connection to {evidence.host}")
    if evidence.failure_kind == "reset" and is_served(
            evidence.host, inputs.get(AccessTokenEvidence), inputs.get(ImageEvidence)):
        return served_meanwhile(evidence.host, evidence.failure_text or "")
    return Judgement.of(Finding.of(
        UNREACHED[evidence.failure_kind or "proxy"], _facts(asked, evidence, dns), "connection"))


def _facts(asked: Question, evidence: ConnectionEvidence, dns: DnsEvidence) -> Facts:
    return {"host": evidence.host, "login_server": evidence.host, "failure": evidence.failure_text,
            "needed_hosts": needed_hosts(asked.cloud, evidence.host),
            "tried_addresses": (", ".join(dns.addresses[:MOST]) if evidence.failure_kind in NO_CONNECTION
                                else None),
            "stalled_host": evidence.host if evidence.stage == "handshake" else None,
            "late_host": evidence.host if evidence.stage == "answer" else None,
            "excepted_proxy": None if dns.private_addresses else dns.excepted_proxy,
            "narrow_variable": evidence.narrow_variable,
            **tls_facts(evidence.host, evidence.failure, evidence.certificate),
            **proxy_facts(evidence.host, evidence.failure)}


def _addresses(dns: DnsEvidence) -> Facts:
    """What is said of addresses that do not answer beside others that do."""
    silent = [one for one in dns.reached if one.is_silent]
    works = [one for one in dns.reached if one.milliseconds is not None]
    versions = {one.version for one in silent}
    apart = len(versions) == 1 and not versions & {one.version for one in works}
    at_once = "starts with one that answers"
    return {"host": dns.host, "login_server": dns.host,
            "silent_addresses": ", ".join(one.address for one in silent),
            "answering_addresses": ", ".join(f"{one.address} (after {one.milliseconds} ms)" for one in works),
            "silent_version": f"IPv{versions.pop()}" if apart else None,
            "az_does": "waits for the others first" if waited_for(dns.reached) else at_once,
            "docker_does": "waits, too" if go_waits(dns.reached) else (
                "goes on after 0.3 seconds" if dns.reached[0].is_silent else at_once)}


CHECK = Check(
    name="connection", category=Category.NETWORK, title="Secure connection", evidence=ConnectionEvidence,
    gather=gather, judge=judge, of_this_machine=True, needs=(DnsEvidence,),
    judges_with=(AccessTokenEvidence, ImageEvidence),
    codes=(*sorted(set(UNREACHED.values())), "CONNECTIVITY_SILENT_ADDRESS_WARNING"))
