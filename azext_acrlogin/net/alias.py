# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Asks this machine's name server for what a name is an alias of (RFC 1035), which the system's resolver does not say
of a name that does not resolve."""

import ipaddress
import secrets
import socket
import struct
from typing import List, Optional, Tuple

from azext_acrlogin.base.threads import OutOfTime, bounded
from azext_acrlogin.protocol.text import shown

CONFIGURATION = "/etc/resolv.conf"  # Windows keeps its name servers elsewhere; there, nobody is asked
CONFIGURATION_BYTES = 100_000
SERVERS = 3  # as many as resolvers use
CNAME, INTERNET, RECURSION_DESIRED, POINTER = 5, 1, 0x0100, 0xC0
LONGEST_NAME = 128  # labels


def alias_of(host: str, timeout_seconds: float, port: int = 53, configuration: str = CONFIGURATION) -> Optional[str]:
    """The name that `host` is an alias of, in lower case; None where it is none, or where nobody says so."""
    servers = _servers(configuration)
    if not servers:
        return None
    try:
        return bounded(lambda: _first_answer(servers, port, host, timeout_seconds / len(servers)), timeout_seconds,
                       f"alias of {host}")
    except OutOfTime:
        return None


def _servers(configuration: str) -> List[str]:
    try:
        with open(configuration, encoding="utf-8", errors="replace") as stream:
            lines = [line.split() for line in stream.read(CONFIGURATION_BYTES).splitlines()]
    except OSError:
        return []
    return [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"][:SERVERS]


def _first_answer(servers: List[str], port: int, host: str, seconds: float) -> Optional[str]:
    for server in servers:
        try:
            return _ask(server, port, host, seconds)
        except (OSError, ValueError, IndexError, struct.error):  # no answer, or none of this protocol
            continue
    return None


def _ask(server: str, port: int, host: str, seconds: float) -> Optional[str]:
    number = secrets.randbelow(1 << 16)
    labels = [label.encode("idna") for label in host.rstrip(".").split(".")]
    question = b"".join(bytes([len(label)]) + label for label in labels) + b"\0" + struct.pack("!HH", CNAME, INTERNET)
    family = socket.AF_INET6 if ipaddress.ip_address(server.partition("%")[0]).version == 6 else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as connection:
        connection.settimeout(seconds)
        connection.connect((server, port))
        connection.send(struct.pack("!HHHHHH", number, RECURSION_DESIRED, 1, 0, 0, 0) + question)
        answer = connection.recv(4096)
    if struct.unpack_from("!H", answer)[0] != number:
        raise ValueError("an answer to another question")
    return _alias_in(answer)


def _alias_in(answer: bytes) -> Optional[str]:
    """The target of the first CNAME record, which is that of the name that was asked for."""
    questions, records = struct.unpack_from("!HH", answer, 4)
    position = 12
    for _ in range(questions):
        position = _name(answer, position)[1] + 4
    for _ in range(records):
        position = _name(answer, position)[1]
        kind, _, _, size = struct.unpack_from("!HHIH", answer, position)
        position += 10
        if kind == CNAME:
            return shown(_name(answer, position)[0], 253).lower()
        position += size
    return None


def _name(answer: bytes, position: int) -> Tuple[str, int]:
    """A name, which may end with a pointer to an earlier one, and the position after it."""
    labels: List[str] = []
    after = None
    while len(labels) < LONGEST_NAME:
        size = answer[position]
        if size >= POINTER:
            after = after or position + 2
            pointed = struct.unpack_from("!H", answer, position)[0] & 0x3FFF
            if pointed >= position:
                raise ValueError("a name that points forward")
            position = pointed
        elif not size:
            return ".".join(labels), after or position + 1
        else:
            labels.append(answer[position + 1:position + 1 + size].decode("ascii", "replace"))
            position += 1 + size
    raise ValueError("a name without an end")
