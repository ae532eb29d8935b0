# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Does the login server's name resolve on this machine?"""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.diagnosis.context import Asked, Context
from azext_acrlogin.diagnosis.model import Category, Check, Evidence, Finding, Found, Judgement, private
from azext_acrlogin.outside.proxies import proxy_for
from azext_acrlogin.outside.resolver import HostsLine, hosts_line, is_private, resolve


@dataclass
class DnsEvidence(Evidence):
    """The system resolver's answer. With a proxy in force the proxy resolves, and nobody is asked here."""

    host: str
    addresses: List[str] = field(default_factory=list)
    private_addresses: bool = False
    fault: Optional[str] = None
    reason: Optional[str] = None
    proxy: Optional[str] = None
    hosts_file_line: Optional[str] = None
    line: Optional[HostsLine] = private(default=None)

    @property
    def usable(self) -> bool:
        return bool(self.addresses or self.proxy)


def gather(context: Context, found: Found) -> DnsEvidence:
    """Resolve the login server and look for it in the hosts file."""
    host = found["registry"].host
    proxy = proxy_for(host)
    if proxy:
        return DnsEvidence(host, proxy=proxy)
    answer, line = resolve(host, context.asked.timeout_seconds), hosts_line(host)
    return DnsEvidence(host, list(answer.addresses), any(is_private(address) for address in answer.addresses),
                       answer.fault, answer.reason or None, None,
                       f"{line.file}:{line.number} {line.address}" if line else None, line)


def judge(_asked: Asked, evidence: DnsEvidence, _found: Found) -> Judgement:
    """No address is a finding, unless a proxy resolves the name."""
    host = evidence.host
    if evidence.addresses:
        return Judgement(f"DNS lookup to {host} at IP {', '.join(evidence.addresses[:4])} : OK")
    if evidence.proxy:
        return Judgement(f"DNS lookup to {host} is left to the proxy {evidence.proxy} : OK")
    said = {"not-found": "the resolver says that there is no such name",
            "timeout": "the resolver did not answer in time"}.get(
                evidence.fault, f"the resolver failed ({evidence.reason})")
    message = f"{host} does not resolve on this machine: {said}."
    return Judgement(message, (Finding("CONNECTIVITY_DNS_ERROR", message, {"host": host, "login_server": host}),))


CHECK = Check(name="dns", category=Category.NETWORK, title="DNS", evidence=DnsEvidence, gather=gather, judge=judge,
              needs=("name", "registry"), codes=("CONNECTIVITY_DNS_ERROR",))
