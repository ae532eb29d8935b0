# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""A request and a response as the services see them."""

import base64
import binascii
import json
from dataclasses import dataclass, field
from urllib.parse import parse_qs


@dataclass
class Request:
    """``path`` is without the query, ``headers`` is an ``email.message.Message`` (names without case)."""
    host: str
    method: str
    path: str
    query: dict[str, list[str]]
    headers: object
    body: bytes = b""
    client_address: str = ""
    local_address: str = ""
    tls: bool = True

    def parameter(self, name, default=""):
        """A query parameter, by name without case (ARM accepts any case)."""
        return next((values[0] for key, values in self.query.items() if key.lower() == name.lower()), default)

    def form(self):
        """The form-encoded body: field name to its values."""
        return parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)

    def json(self):
        """The JSON body; an empty one is an empty mapping."""
        return json.loads(self.body or b"{}")

    def bearer(self):
        """The bearer token of the Authorization header, or an empty string."""
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""

    def basic(self):
        """User name and password of the Authorization header, or None."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user, password


@dataclass
class Response:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str | list[str]] = field(default_factory=dict)      # a list: one header for each

    @classmethod
    def of_json(cls, value, status=200, **headers):
        """JSON with the content type that Azure sends."""
        return cls(status, json.dumps(value).encode(),
                   {"Content-Type": "application/json; charset=utf-8", **_dashed(headers)})

    @classmethod
    def of_text(cls, text, status=200, content_type="text/html; charset=utf-8", **headers):
        return cls(status, text.encode(), {"Content-Type": content_type, **_dashed(headers)})


def _dashed(headers):
    return {name.replace("_", "-"): str(value) for name, value in headers.items()}
