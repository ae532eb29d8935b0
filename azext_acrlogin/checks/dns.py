# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the login server's name resolve on this machine?"""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Category, Check, Evidence, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.net.proxies import proxy_for
from azext_acrlogin.net.resolver import HostsLine, hosts_line, is_private, resolve


@dataclass
class DnsEvidence(Evidence):
    """The system resolver's answer. With a proxy in force the proxy resolves, and nobody is asked here.

    guessed: the host is the login server that most registries of that name have; nobody confirmed it.
    """

    host: str
    addresses: List[str] = field(default_factory=list)
    private_addresses: bool = False
    fault: Optional[str] = None
    reason: Optional[str] = None
    proxy: Optional[str] = None
    hosts_file_line: Optional[str] = None
    line: Optional[HostsLine] = unpublished(default=None)
    guessed: bool = False

    @property
    def usable(self) -> bool:
        return bool(self.addresses or self.proxy)


def gather(context: Context, found: Inputs) -> DnsEvidence:
    """Resolve the login server and look for it in the hosts file."""
    registry, name = found["registry"], found["name"]
    host, guessed = registry.host, registry.login_server_derived and name.host is None
    proxy = proxy_for(host)
    if proxy:
        return DnsEvidence(host, proxy=proxy, guessed=guessed)
    answer, line = resolve(host, context.asked.timeout_seconds), hosts_line(host)
    return DnsEvidence(host, list(answer.addresses), any(is_private(address) for address in answer.addresses),
                       answer.fault, answer.reason or None, None,
                       f"{line.file}:{line.number} {line.address}" if line else None, line, guessed)


def judge(_asked: Question, evidence: DnsEvidence, found: Inputs) -> Judgement:
    """No address is a finding, unless a proxy resolves the name."""
    host = evidence.host
    if evidence.addresses:
        return Judgement(f"DNS lookup to {host} at IP {', '.join(evidence.addresses[:4])} : OK")
    if evidence.proxy:
        return Judgement(f"DNS lookup to {host} is left to the proxy {evidence.proxy} : OK")
    said = {"not-found": "the resolver says that there is no such name",
            "timeout": "the resolver did not answer in time"}.get(
                evidence.fault, f"the resolver failed ({evidence.reason})")
    derived = ", derived from the name because Resource Manager does not tell the login server," if (
        evidence.guessed) else ""
    message = f"{host}{derived} does not resolve on this machine: {said}."
    facts = {"host": host, "login_server": host}
    if evidence.guessed:
        facts = {"guessed_host": host, "registry": found["registry"].name or ""}
    return Judgement(message, (Finding("CONNECTIVITY_DNS_ERROR", message, facts),))


CHECK = Check(name="dns", category=Category.NETWORK, title="DNS", evidence=DnsEvidence, gather=gather, judge=judge,
              needs=("name", "registry"), codes=("CONNECTIVITY_DNS_ERROR",))
