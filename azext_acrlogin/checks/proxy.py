# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the configured proxy let this process through?"""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.proxies import proxy_for


@dataclass
class ProxyEvidence(Evidence):
    """The proxy in force for the login server, without its user name and password."""

    login_server: Optional[str]
    proxy: Optional[str] = None
    refusals: List[str] = field(default_factory=list)


def gather(_context: Context, inputs: Inputs) -> ProxyEvidence:
    """Read the settings, and what the other checks' requests met at the proxy."""
    host = inputs.of(RegistryEvidence).login_server
    evidence = ProxyEvidence(host, proxy_for(host) if host else None)
    evidence.refusals = [f"{host}: {text}" for host, text in _refusals(inputs).items()]
    return evidence


def _refusals(inputs: Inputs) -> Dict[str, str]:
    """What the proxy said, by the host that was asked for."""
    refusals = {}
    connection, token = inputs.get(ConnectionEvidence), inputs.get(EntraTokenEvidence)
    if connection and connection.failure_kind == "proxy":
        refusals[connection.host] = connection.failure_text or "no answer"
    if token and token.failure_kind == "proxy":
        refusals["sign-in"] = token.failure_text or "no answer"
    for problem in inputs.of(RegistryEvidence).problems:
        failure = problem.answer.failure if problem.answer else None
        if problem.token_answer and problem.token_answer.failure:
            failure = problem.token_answer.failure
        if failure and failure.kind == "proxy":
            refusals["Azure Resource Manager"] = failure.text
    return refusals


def judge(_asked: Question, evidence: ProxyEvidence, _inputs: Inputs) -> Judgement:
    """A refusal by the proxy, or a proxy that cannot be reached, is the cause of all that follows from it."""
    if evidence.refusals:
        facts: Facts = {"proxy": evidence.proxy, "host": evidence.login_server, "login_server": evidence.login_server,
                        "refusals": "; ".join(evidence.refusals)}
        return Judgement.of(Finding.of("PROXY_ERROR", facts, "refuses"))
    if evidence.proxy:
        return Judgement(f"Requests go through the proxy {evidence.proxy}")
    return Judgement("No proxy is used for the registry")


CHECK = Check(name="proxy", category=Category.ENVIRONMENT, title="Proxy", evidence=ProxyEvidence, gather=gather,
              judge=judge, needs=(NameEvidence, RegistryEvidence), reads=(ConnectionEvidence, EntraTokenEvidence),
              codes=("PROXY_ERROR",))
