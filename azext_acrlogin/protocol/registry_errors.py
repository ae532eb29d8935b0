# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Error answers of registries (OCI Distribution, 'Error Codes') and what sets them apart from a proxy's."""

import ipaddress
import re
from typing import Any, List, Mapping, Optional

from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import said

MAY_BE_ADDRESS = re.compile(r"(?<![\w.:])[0-9A-Fa-f]{0,4}[.:][0-9A-Fa-f.:]{1,40}(?<![.:])")


def error_codes(body: Any) -> List[str]:
    """The `code` of every error, upper case, in order: ['DENIED'], for instance."""
    return [text_member(error, "code").upper() for error in objects(member(body, "errors"))][:20]


def error_text(body: Any, raw: str = "") -> Optional[str]:
    """The server's own words: the errors' messages, OAuth's description, or the body; None when empty."""
    messages = [text_member(error, "message") for error in objects(member(body, "errors"))]
    words = "; ".join(message for message in messages if message)
    return said(words or text_member(body, "error_description") or text_member(body, "error") or raw) or None


def client_address(body: Any) -> Optional[str]:
    """The address that the firewall's message names as the client's, as the registry sees it; None without one.

    It is taken as the first IP address in the message, whatever the words around it.
    """
    for error in objects(member(body, "errors")):
        for text in MAY_BE_ADDRESS.findall(text_member(error, "message")[:2000]):
            try:
                return str(ipaddress.ip_address(text))
            except ValueError:
                continue
    return None


def is_registry_answer(headers: Mapping[str, str], body: Any) -> bool:
    """Whether a registry wrote this answer, not a proxy on the way: by its headers or its kind of error body."""
    return bool(error_codes(body)) or any(
        name in headers for name in ("docker-distribution-api-version", "x-ms-correlation-request-id"))
