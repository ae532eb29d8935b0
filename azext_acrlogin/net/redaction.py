# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Takes out of what servers say the secrets that they were sent.

An error text is shown to people, and nothing keeps a server, or a proxy that inspects requests, from repeating in it
the token or the password that it refuses.
"""

import base64
import binascii
import json
from typing import TYPE_CHECKING, Iterable, Set
from urllib.parse import parse_qsl, quote, quote_plus

if TYPE_CHECKING:
    from requests import PreparedRequest

SECRET_FIELDS = ("access_token", "refresh_token", "client_secret", "client_assertion", "password", "assertion")
LONG = 20  # characters: what long text equals a secret is one; a short one may be a word that an answer is made of
SHORTEST = 4
IN_ITS_PLACE = "***"


def secrets_of(request: "PreparedRequest") -> Set[str]:
    """The secrets in a `requests` prepared request: what authorizes it, and the secret fields of its form."""
    secrets: Set[str] = set()
    value = request.headers.get("Authorization")
    scheme, _, credentials = (value if isinstance(value, str) else "").partition(" ")
    if credentials:
        secrets.add(credentials)
        if scheme.lower() == "basic":
            secrets.add(_password(credentials))
    body = request.body.decode("utf-8", "replace") if isinstance(request.body, bytes) else request.body
    if isinstance(body, str) and "json" not in str(request.headers.get("Content-Type")):
        secrets |= {field for name, field in parse_qsl(body) if name in SECRET_FIELDS}
    ends = {secret.rpartition(".")[2] for secret in secrets}  # of a token: its signature
    return {secret for secret in secrets if len(secret) >= SHORTEST} | {end for end in ends if len(end) >= LONG}


def _password(credentials: str) -> str:
    try:
        return base64.b64decode(credentials).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def without(secrets: Iterable[str], text: str, status: int) -> str:
    """`text` of an answer without `secrets`, however they are written.

    :param status: of the answer. Short secrets are taken out of refusals only, whose words decide nothing; in other
        answers they might be the name of a member.
    """
    for secret in sorted(set(secrets), key=len, reverse=True):
        if len(secret) >= LONG or status >= 400:
            for form in dict.fromkeys((secret, json.dumps(secret)[1:-1], quote(secret, safe=""), quote_plus(secret))):
                text = text.replace(form, IN_ITS_PLACE)
    return text
