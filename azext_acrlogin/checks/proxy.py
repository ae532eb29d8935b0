# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the configured proxy let this process through?"""

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.connection_failures import needed_hosts, proxy_facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Failure
from azext_acrlogin.net.proxies import proxy_for


@dataclass
class ProxyEvidence(Evidence):
    """The proxy in force for the login server, without its user name and password."""

    login_server: Optional[str]
    proxy: Optional[str] = None
    refusals: List[str] = field(default_factory=list)
    failures: Dict[str, Failure] = unpublished(default_factory=dict)  # by the host that was asked for


def gather(context: Context, inputs: Inputs) -> ProxyEvidence:
    """Read the settings, and what the other checks' requests met at the proxy."""
    host = inputs.of(RegistryEvidence).login_server
    failures = {host: failure for host, failure in _failures(context.asked.cloud, inputs) if failure.kind == "proxy"}
    return ProxyEvidence(host, proxy_for(host) if host else None,
                         [f"{host}: {failure.text}" for host, failure in failures.items()], failures)


def _failures(cloud: Cloud, inputs: Inputs) -> Iterator[Tuple[str, Failure]]:
    """Why requests had no answer, by the host that was asked for."""
    connection, token = inputs.get(ConnectionEvidence), inputs.get(EntraTokenEvidence)
    if connection and connection.failure:
        yield connection.host, connection.failure
    if token and token.token_answer and token.token_answer.failure:
        yield _host_of(cloud.authority), token.token_answer.failure
    for problem in inputs.of(RegistryEvidence).problems:
        if problem.token_answer and problem.token_answer.failure:
            yield _host_of(cloud.authority), problem.token_answer.failure
        elif problem.answer and problem.answer.failure:
            yield _host_of(cloud.resource_manager), problem.answer.failure


def _host_of(url: str) -> str:
    return urlsplit(url).hostname or url


def judge(asked: Question, evidence: ProxyEvidence, _inputs: Inputs) -> Judgement:
    """A refusal by the proxy, or a proxy that cannot be reached, is the cause of all that follows from it."""
    if evidence.failures:
        host, failure = next(iter(evidence.failures.items()))
        stopped = [host for host, other in evidence.failures.items() if other.proxy_status == failure.proxy_status]
        facts: Facts = {"proxy": evidence.proxy, "host": evidence.login_server, "login_server": evidence.login_server,
                        "refusals": "; ".join(evidence.refusals), **proxy_facts(", ".join(stopped), failure),
                        "needed_hosts": needed_hosts(asked.cloud, evidence.login_server)}
        return Judgement.of(Finding.of("PROXY_ERROR", facts, "refuses"))
    if evidence.proxy:
        return Judgement(f"Requests go through the proxy {evidence.proxy}")
    return Judgement("No proxy is used for the registry")


CHECK = Check(name="proxy", category=Category.ENVIRONMENT, title="Proxy", evidence=ProxyEvidence, gather=gather,
              judge=judge, needs=(NameEvidence, RegistryEvidence), reads=(ConnectionEvidence, EntraTokenEvidence),
              codes=("PROXY_ERROR",))
