# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Claims of JSON Web Tokens, read without verifying them: this tool reports what a token says, it grants nothing."""

import base64
import binascii
from typing import Any, Dict, Optional

from azext_acrlogin.protocol.json_text import parse_json

TOKEN_CHARACTERS = 200_000  # tokens of identities in many groups reach some ten thousand


def claims_of(token: str) -> Optional[Dict[str, Any]]:
    """Return the claims (RFC 7519), or None when `token` is not a JSON Web Token, for instance an opaque one."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > TOKEN_CHARACTERS:
        return None
    header, claims = (_decoded(part) for part in parts[:2])
    return claims if isinstance(header, dict) and isinstance(claims, dict) else None


def _decoded(part: str) -> Any:
    try:
        return parse_json(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("utf-8"))
    except (binascii.Error, ValueError):
        return None


def time_claim(claims: Optional[Dict[str, Any]], name: str) -> Optional[float]:
    """A time claim (`exp`, `nbf`, `iat`) in seconds since the epoch, None when it is missing or absurd."""
    value = (claims or {}).get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < 32_503_680_000:
        return None
    return float(value)


def text_claim(claims: Optional[Dict[str, Any]], name: str) -> Optional[str]:
    """A claim that is a non-empty text, else None."""
    value = (claims or {}).get(name)
    return value if isinstance(value, str) and value else None
