# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can this machine open a secure connection to the login server? One GET /v2/ tells; `challenge` reads its answer."""

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import UNREACHED, needed_hosts, proxy_facts, tls_facts
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.net.certificate import presented
from azext_acrlogin.net.trust import BUNDLES


def gather(context: Context, inputs: Inputs) -> ConnectionEvidence:
    """GET /v2/ without credentials; when the certificate is refused, look at it without trusting it."""
    host = inputs.of(DnsEvidence).host
    url = f"https://{host}/v2/"
    answer = context.http.request("GET", url)
    failure = answer.failure
    if not failure:
        return ConnectionEvidence(host, answer.status, answer=answer)
    certificate = None
    if failure.kind == "tls" and not failure.file_variable:
        certificate = presented(host, context.asked.timeout_seconds)
        context.http.request("GET", url, verify=False)  # only for the Date header, which `clock` compares
    return ConnectionEvidence(
        host, None, failure.kind, failure.text, failure.certificate_fault, certificate,
        failure.file_variable if failure.file_variable in BUNDLES else None, failure.proxy_status, failure=failure)


def judge(asked: Question, evidence: ConnectionEvidence, _inputs: Inputs) -> Judgement:
    """Every failure has its code; a proxy's is left to the check of that name."""
    if evidence.status is not None:
        return Judgement(f"Secure connection to {evidence.host}")
    return Judgement.of(Finding.of(UNREACHED[evidence.failure_kind or "proxy"], _facts(asked, evidence), "connection"))


def _facts(asked: Question, evidence: ConnectionEvidence) -> Facts:
    facts: Facts = {"host": evidence.host, "login_server": evidence.host, "failure": evidence.failure_text,
                    "needed_hosts": needed_hosts(asked.cloud, evidence.host),
                    **tls_facts(evidence.host, evidence.failure), **proxy_facts(evidence.host, evidence.failure)}
    certificate = evidence.certificate
    if certificate:
        facts["issuer"], facts["certificate_end"] = certificate.issuer, certificate.not_after
        facts["certificate_names"] = ", ".join(certificate.names[:3]) or certificate.subject
        facts["untrusted_issuer"] = certificate.issuer if facts.get("untrusted_host") else None
    return facts


CHECK = Check(
    name="connection", category=Category.NETWORK, title="Secure connection", evidence=ConnectionEvidence,
    gather=gather, judge=judge, needs=(DnsEvidence,), codes=tuple(sorted(set(UNREACHED.values()))))
