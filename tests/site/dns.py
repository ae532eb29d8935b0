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
import sys

from dnslib import A, AAAA, CNAME, QTYPE, RCODE, RR, DNSRecord

PORT = 53
TTL = 5  # seconds
WORDS = ("nxdomain", "servfail", "refused", "silent")
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
    """The response to a query, or None for silence."""
    asked = DNSRecord.parse(query)
    kind, response = QTYPE[asked.q.qtype], asked.reply(aa=0)
    host = str(asked.q.qname).rstrip(".").lower()
    aliases, answer = resolve(zone, host)
    if kind == "CNAME":                                 # the record itself, wherever it leads (RFC 1034, 3.6.2)
        aliases = aliases[:1]
        answer = [] if aliases else answer
    if answer == "silent":
        return None
    for alias, target in aliases:
        response.add_answer(RR(alias, QTYPE.CNAME, ttl=TTL, rdata=CNAME(target)))
        host = target
    if isinstance(answer, str):
        response.header.rcode = getattr(RCODE, answer.upper())
    else:
        for address in map(ipaddress.ip_address, answer):
            record = A if address.version == 4 else AAAA
            if kind == record.__name__:
                response.add_answer(RR(host, asked.q.qtype, ttl=TTL, rdata=record(str(address))))
    return response.pack()


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
