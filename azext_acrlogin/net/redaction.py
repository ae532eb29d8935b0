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
from typing import TYPE_CHECKING, Set
from urllib.parse import parse_qsl

from azext_acrlogin.protocol.known_secrets import LONG, SHORTEST, KnownSecrets

if TYPE_CHECKING:
    from requests import PreparedRequest

SECRET_FIELDS = ("access_token", "refresh_token", "client_secret", "client_assertion", "password", "assertion")


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


def without(secrets: KnownSecrets, text: str, status: int) -> str:
    """`text` of an answer without `secrets`, however they are written.

    :param status: of the answer. Short secrets, and encodings, are looked for in refusals only, whose words decide
        nothing; in other answers a short one might be the name of a member. What a report says is looked through again.
    """
    return secrets.without(text) if status >= 400 else secrets.plainly_without(text)
