# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Can this machine open a secure connection to the login server? One GET /v2/ tells; `challenge` reads its answer."""

from typing import Dict

from azext_acrlogin.checks.registry_refusals import UNREACHED
from azext_acrlogin.checks.context import Context
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
    message = f"No connection to https://{evidence.host}: {evidence.failure_text}."
    if evidence.certificate:
        message += (f" The certificate was issued by '{evidence.certificate.issuer}' for "
                    f"{', '.join(evidence.certificate.names[:3]) or evidence.certificate.subject}, valid until "
                    f"{evidence.certificate.not_after}.")
    return Judgement(message, (Finding(UNREACHED[evidence.failure_kind or "proxy"], message, _facts(evidence)),))


def _facts(evidence: ConnectionEvidence) -> Dict[str, str]:
    facts = {"host": evidence.host, "login_server": evidence.host}
    if evidence.bundle_variable:
        facts["bundle_variable"] = evidence.bundle_variable
    elif evidence.certificate:
        facts["issuer"] = evidence.certificate.issuer
    return facts


CHECK = Check(
    name="connection", category=Category.NETWORK, title="Secure connection", evidence=ConnectionEvidence,
    gather=gather, judge=judge, needs=(DnsEvidence,), codes=tuple(sorted(set(UNREACHED.values()))))
