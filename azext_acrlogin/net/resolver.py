# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Name resolution as this machine does it: hosts file, resolver and search domains included."""

import ipaddress
import os
import socket
from dataclasses import dataclass
from typing import List, Optional, Set, Tuple

from azext_acrlogin.base.threads import OutOfTime, bounded
from azext_acrlogin.protocol.text import shown

HOSTS_BYTES = 1_000_000


@dataclass(frozen=True)
class Resolution:
    """What the system's resolver answered for a host.

    addresses: IPv4 and IPv6 texts, in the resolver's order; empty when there are none.
    fault: not-found (the name does not exist or has no address), failed (the resolver itself failed) or timeout.
    """

    host: str
    addresses: Tuple[str, ...] = ()
    fault: Optional[str] = None
    reason: str = ""


def resolve(host: str, timeout_seconds: float) -> Resolution:
    """Ask the system's resolver for `host`."""
    try:
        answers = bounded(lambda: socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM), timeout_seconds,
                          f"look-up of {host}")
    except OutOfTime:
        return Resolution(host, fault="timeout", reason="the resolver did not answer in time")
    except socket.gaierror as error:
        missing = error.errno in _not_found_numbers()
        return Resolution(host, fault="not-found" if missing else "failed", reason=shown(error.strerror or error))
    except (OSError, UnicodeError, ValueError) as error:
        return Resolution(host, fault="failed", reason=type(error).__name__)
    return Resolution(host, tuple(dict.fromkeys(str(answer[4][0]) for answer in answers)))


def _not_found_numbers() -> Set[int]:
    """Error numbers that mean an authoritative no: EAI_NONAME and EAI_NODATA, or Windows' own for the two."""
    names = ("EAI_NONAME", "EAI_NODATA")
    return {getattr(socket, name) for name in names if hasattr(socket, name)} | {11001, 11004}


def is_private(address: str) -> bool:
    """Whether an address can only be reached inside a private network (RFC 1918, RFC 4193, RFC 6598, link-local)."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    shared = parsed.version == 4 and parsed in ipaddress.ip_network("100.64.0.0/10")
    return parsed.is_private or shared


def is_this_machine(address: str) -> bool:
    """Whether an address means the machine itself, as those that block a name answer: 127.0.0.1, 0.0.0.0, ::1."""
    try:
        parsed = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    return parsed.is_loopback or parsed.is_unspecified


@dataclass(frozen=True)
class HostsLine:
    """A line of the hosts file that decides a name: its number and the address that it gives."""

    file: str
    number: int
    address: str


def hosts_file() -> str:
    """Where this system keeps its hosts file."""
    if os.name == "nt":
        return os.path.join(os.environ.get("SystemRoot", r"C:\Windows"), "System32", "drivers", "etc", "hosts")
    return "/etc/hosts"


def hosts_line(host: str, file: Optional[str] = None) -> Optional[HostsLine]:
    """The first line of the hosts file that names `host`, or None; an unreadable file counts as having none."""
    file = file or hosts_file()
    for number, line in enumerate(_lines(file), start=1):
        address, *names = line.split("#", 1)[0].split() or [""]
        if host.lower() in (name.lower() for name in names):
            return HostsLine(file, number, shown(address, 60))
    return None


def _lines(file: str) -> List[str]:
    try:
        if not os.path.isfile(file):
            return []
        with open(file, "rb") as stream:
            return stream.read(HOSTS_BYTES).decode("utf-8", "replace").splitlines()
    except OSError:
        return []
