# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A DNS server (UDP) that answers from a file: ``python -m tests.site.dns ADDRESS FILE``.

The file is JSON, read again whenever it changes: a list of [pattern, answer], the first that fits a name decides. A
pattern is a host, ``.suffix`` for whatever lies below, or ``*``. An answer is a list of addresses, ``{"cname": host}``
or a word: nxdomain, servfail, refused, silent (no answer at all). A name that nothing fits does not exist.
"""

import ipaddress
import json
import os
import socket
import struct
import sys

PORT = 53
WORDS = ("nxdomain", "servfail", "refused", "silent")
_CODES = {"servfail": 2, "nxdomain": 3, "refused": 5}
_A, _CNAME, _AAAA = 1, 5, 28
_LONGEST_CHAIN = 8


def fits(host, pattern):
    """Whether a host is meant by a pattern."""
    return pattern == "*" or host == pattern or pattern.startswith(".") and host.endswith(pattern)


def resolve(zone, host):
    """Follow a name: (aliases on the way as pairs, the final answer: addresses or a word).

    :param zone: list of [pattern, answer].
    """
    aliases = []
    while True:
        answer = next((answer for pattern, answer in zone if fits(host, pattern)), "nxdomain")
        if not isinstance(answer, dict):
            return aliases, answer
        aliases.append((host, answer["cname"]))
        host = answer["cname"]
        if len(aliases) > _LONGEST_CHAIN:
            return aliases, "servfail"


def respond(zone, query):
    """The response to a query (RFC 1035, 4), or None for silence."""
    identifier, flags = struct.unpack("!HH", query[:4])
    labels, position = [], 12
    while query[position]:
        labels.append(query[position + 1:position + 1 + query[position]].decode("ascii", "replace"))
        position += 1 + query[position]
    kind = struct.unpack("!H", query[position + 1:position + 3])[0]
    question = query[12:position + 5]
    aliases, answer = resolve(zone, ".".join(labels).lower())
    if answer == "silent":
        return None
    records = [(host, _CNAME, _encoded(target)) for host, target in aliases]
    if isinstance(answer, list):
        final = aliases[-1][1] if aliases else ".".join(labels).lower()
        addresses = [ipaddress.ip_address(address) for address in answer]
        records += [(final, kind, address.packed) for address in addresses
                    if kind == (_A if address.version == 4 else _AAAA)]
    code = _CODES.get(answer, 0) if isinstance(answer, str) else 0
    header = struct.pack("!HHHHHH", identifier, 0x8080 | flags & 0x0100 | code, 1, len(records), 0, 0)
    return header + question + b"".join(
        _encoded(host) + struct.pack("!HHIH", record, 1, 5, len(data)) + data for host, record, data in records)


def _encoded(host):
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in host.split(".") if label) + b"\0"


def serve(address, path):
    """Answer for ever."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listener.bind((address, PORT))
    zone, seen = [], None
    while True:
        query, client = listener.recvfrom(4096)
        status = os.stat(path)
        if (status.st_ino, status.st_mtime_ns) != seen:
            seen = status.st_ino, status.st_mtime_ns
            with open(path, encoding="utf-8") as stream:
                zone = json.load(stream)
        response = respond(zone, query)
        if response:
            listener.sendto(response, client)


if __name__ == "__main__":
    serve(*sys.argv[1:])
