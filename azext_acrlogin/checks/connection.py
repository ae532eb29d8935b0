# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can this machine open a secure connection to the login server? One GET /v2/ tells; `challenge` reads its answer."""

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.checks.registry_refusals import UNREACHED
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.net.certificate import presented


def gather(context: Context, inputs: Inputs) -> ConnectionEvidence:
    """GET /v2/ without credentials; when the certificate is refused, look at it without trusting it."""
    host = inputs.of(DnsEvidence).host
    url = f"https://{host}/v2/"
    answer = context.http.request("GET", url)
    failure = answer.failure
    if not failure:
        return ConnectionEvidence(host, answer.status, answer=answer)
    certificate = None
    if failure.kind == "tls":
        if not inputs.of(DnsEvidence).proxy:
            certificate = presented(host, context.asked.timeout_seconds)
        context.http.request("GET", url, verify=False)  # only for the Date header, which `clock` compares
    return ConnectionEvidence(host, None, failure.kind, failure.text, failure.certificate_fault, certificate,
                              failure.bundle_variable, failure.proxy_status)


def judge(_asked: Question, evidence: ConnectionEvidence, _inputs: Inputs) -> Judgement:
    """Every failure has its code; a proxy's is left to the check of that name."""
    if evidence.status is not None:
        return Judgement(f"Secure connection to {evidence.host}")
    return Judgement.of(Finding.of(UNREACHED[evidence.failure_kind or "proxy"], _facts(evidence), "connection"))


def _facts(evidence: ConnectionEvidence) -> Facts:
    facts: Facts = {"host": evidence.host, "login_server": evidence.host, "failure": evidence.failure_text,
                    "bundle_variable": evidence.bundle_variable}
    if evidence.certificate:
        facts["issuer"], facts["certificate_end"] = evidence.certificate.issuer, evidence.certificate.not_after
        facts["certificate_names"] = ", ".join(evidence.certificate.names[:3]) or evidence.certificate.subject
    return facts


CHECK = Check(
    name="connection", category=Category.NETWORK, title="Secure connection", evidence=ConnectionEvidence,
    gather=gather, judge=judge, of_this_machine=True, needs=(DnsEvidence,), codes=tuple(sorted(set(UNREACHED.values()))))
