# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Destroys answers of servers and programs, a little or thoroughly. Everything comes from one random generator."""

import base64
import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Dict, List

ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x1b[0m\u202egnp.exe\u200b\x00\x9b2J\r\nX: y"
VALUES: List[Any] = [
    None, True, False, 0, -1, 7, 1.5, 10 ** 30, 10 ** 400, -1e308, 1e-9, "", " ", "x", ESCAPES, "x" * 5000,
    "/" * 300, "\ud800", "[",
    "{",
    "https://[::1", "https://stranger.example/", "//stranger.example", "@stranger.example", "'; rm -rf /; '", "$(id)",
    "-o", "--help", "00000000-0000-0000-0000-000000000000", "9999-12-31T23:59:59.9999999Z", "0001-01-01", "*", "../..",
    [], {}, [None], [[]], {"": ""}, {"value": {}}, ["x"] * 3000, [{}] * 3000, {"code": 1, "message": []}]
STATUSES = [101, 200, 201, 204, 206, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 407, 409, 418, 429, 500,
            501, 502, 503, 504, 599, 999]
HEADER_VALUES = ["", " ", "x" * 3000, ESCAPES.replace("\r\n", " "), "Basic", "Bearer", 'Bearer realm="', "NTLM",
                 'Bearer realm="https://stranger.example/t",service="stranger.example"', 'Bearer realm=1,service="',
                 "text/html", "application/json", "https://[::1/", "https://stranger.example/x", "-1", "9" * 400,
                 "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 -2359", "Thu, 1 Jan 1970", "\xff\xfe"]
GARBAGE = [b"", b" ", b"null", b"[]", b"{}", b'""', b"0", b"NaN", b"<html><body>Sign in</body></html>",
           b"\x00\xff\xfe" * 50, b"[" * 30_000, b'{"a":' * 20_000, b"1" * 5000, b'{"error": {"code": 1}}',
           b'{"errors": [null, [], {"code": []}]}',
           b'{"value": "x"}', b'{"value": [[], null, 1, {"properties": []}]}', b"x" * 1_500_000]


@dataclass(frozen=True)
class Answer:
    """What a server gives."""

    status: int
    headers: Dict[str, str]
    body: bytes


def destroyed(answer: Answer, random: Random) -> Answer:
    """The answer with something wrong with it."""
    for _ in range(random.choice((1, 1, 1, 2, 3))):
        answer = random.choice((_status, _header, _no_header, _cut, _bytes, _garbage, _member, _member, _member))(
            answer, random)
    return answer


def _status(answer, random):
    return replace(answer, status=random.choice(STATUSES))


def _header(answer, random):
    known = ["WWW-Authenticate", "Content-Type", "Date", "Location", "Retry-After", "x-ms-correlation-request-id",
             "Server", "Docker-Distribution-Api-Version", *answer.headers]
    return replace(answer, headers={**answer.headers, random.choice(known): random.choice(HEADER_VALUES)})


def _no_header(answer, random):
    gone = random.choice([*answer.headers, None])
    return replace(answer, headers={name: value for name, value in answer.headers.items() if gone not in (None, name)})


def _cut(answer, random):
    return replace(answer, body=answer.body[:random.randrange(len(answer.body) + 1)])


def _bytes(answer, random):
    body = bytearray(answer.body)
    for _ in range(random.randrange(1, 6) if body else 0):
        body[random.randrange(len(body))] = random.randrange(256)
    return replace(answer, body=bytes(body))


def _garbage(answer, random):
    return replace(answer, body=random.choice(GARBAGE))


def _member(answer, random):
    try:
        value = json.loads(answer.body)
    except (ValueError, RecursionError):
        return _garbage(answer, random)
    for _ in range(random.randrange(1, 4)):
        value = changed(value, random)
    return replace(answer, body=json.dumps(value).encode())


def changed(value: Any, random: Random) -> Any:
    """A JSON value with one of its parts, at any depth, replaced, taken out, doubled, or put elsewhere."""
    if isinstance(value, dict) and value and random.random() < 0.9:
        name = random.choice(list(value))
        chance = random.random()
        if chance < 0.1:
            return {key: entry for key, entry in value.items() if key != name}
        if chance < 0.15:
            return {**value, random.choice(("value", "nextLink", name.upper(), ESCAPES)): value[name]}
        return {**value, name: changed(value[name], random)}
    if isinstance(value, list) and value and random.random() < 0.9:
        place = random.randrange(len(value))
        if random.random() < 0.15:
            return value[:place] + value[place:place + 1] * random.choice((0, 2, 400)) + value[place + 1:]
        return value[:place] + [changed(value[place], random)] + value[place + 1:]
    if isinstance(value, str) and value.count(".") == 2 and random.random() < 0.8:
        return _token(value, random)
    if isinstance(value, str) and value and random.random() < 0.4:
        place = random.randrange(len(value))
        put = random.choice(("", ESCAPES, "/", '"', "\\", "x" * 2000, "\U0001f40b"))
        return value[:place] + put + value[place + 1:]
    return random.choice(VALUES)


def _token(token, random):
    """A token whose claims are changed; its signature is not worth a check, since nobody here could make one."""
    header, claims, _ = token.split(".")
    try:
        value = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    except ValueError:
        return random.choice(VALUES)
    changed_claims = json.dumps(changed(value, random)).encode()
    return f"{header}.{base64.urlsafe_b64encode(changed_claims).decode().rstrip('=')}.c2lnbmF0dXJlLW9mLW5vLXdvcnRo"
