# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The WWW-Authenticate header (RFC 9110, 11.6.1) with which a registry says where to get tokens."""

import re
from dataclasses import dataclass
from typing import Dict, List, Optional
from urllib.parse import urlsplit

HEADER_CHARACTERS = 4000
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
SCHEME = re.compile(rf"({TOKEN})(?=\s|,|$)(?!\s*=)")
PARAMETER = re.compile(rf"({TOKEN})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|({TOKEN}|[^\s,\"]+))")


@dataclass(frozen=True)
class Challenge:
    """One challenge: its scheme in lower case, and its parameters by lower-case name."""

    scheme: str
    parameters: Dict[str, str]


def parse_challenges(header: str) -> List[Challenge]:
    """Every challenge of a header; blanks after commas, several schemes and commas in quotes are all allowed."""
    text, position = header[:HEADER_CHARACTERS], 0
    challenges: List[Challenge] = []
    while position < len(text):
        parameter = PARAMETER.match(text, position)
        scheme = SCHEME.match(text, position)
        if parameter and challenges:
            value = parameter[2] if parameter[2] is not None else parameter[3]
            challenges[-1].parameters.setdefault(parameter[1].lower(), re.sub(r"\\(.)", r"\1", value))
            position = parameter.end()
        elif scheme:
            challenges.append(Challenge(scheme[1].lower(), {}))
            position = scheme.end()
        else:
            position += 1
    return challenges


def bearer(challenges: List[Challenge]) -> Optional[Challenge]:
    """The challenge that asks for a bearer token and says where to get one, or None."""
    return next((challenge for challenge in challenges if challenge.scheme == "bearer" and
                 challenge.parameters.get("realm") and challenge.parameters.get("service")), None)


def host_of(url: Optional[str]) -> Optional[str]:
    """The host of a URL that a server named; None when there is none."""
    try:
        return urlsplit(url or "").hostname
    except ValueError:
        return None
