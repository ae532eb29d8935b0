# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check dns observed."""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.reach import Reach
from azext_acrlogin.net.resolver import HostsLine


@dataclass
class DnsEvidence(Evidence):
    """The system resolver's answer. With a proxy in force the proxy resolves, and nobody is asked here.

    reached: how connections to the addresses went, where there are several.
    alias: what the name leads to, asked for when it has no address; None where nobody says so.
    excepted_proxy: one that would stand between if NO_PROXY did not except the host.
    login_server_resolves: asked of a regional endpoint that does not.
    guessed: when it was looked up, the host was known from the registry's name alone. Whether Resource Manager shows it
        is in the evidence of the check `registry`.
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
    alias: Optional[str] = None
    reached: List[Reach] = field(default_factory=list)
    excepted_proxy: Optional[str] = None
    login_server_resolves: Optional[bool] = None

    @property
    def usable(self) -> bool:
        return bool(self.addresses or self.proxy)
