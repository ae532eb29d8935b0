# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a refusal by a registry's front end means, whichever of its endpoints gave it: by status and kind of answer."""

from typing import Any, Dict, Optional

from azext_acrlogin.engine.model import Because, Finding, Judgement
from azext_acrlogin.net.http import Answer, Failure
from azext_acrlogin.protocol.registry_errors import client_address, error_text, is_registry_answer
from azext_acrlogin.protocol.roles import mode_of
from azext_acrlogin.protocol.text import shown

PROXY_STATUSES = (407, 511)  # a proxy, or a network, that wants to be signed in to (RFC 9110, RFC 6585)
UNREACHED = {"timeout": "CONNECTIVITY_TIMEOUT_ERROR", "unreachable": "CONNECTIVITY_TIMEOUT_ERROR",
             "refused": "CONNECTIVITY_REFUSED_ERROR", "reset": "CONNECTIVITY_RESET_ERROR",
             "tls": "CONNECTIVITY_SSL_ERROR", "dns": "CONNECTIVITY_DNS_ERROR",
             "malformed": "CONNECTIVITY_CHALLENGE_ERROR", "proxy": "PROXY_ERROR"}
THROTTLED = 429
FORBIDDEN = 403


def common_refusal(answer: Answer, where: str, facts: Dict[str, str],
                   public_access: Optional[str]) -> Optional[Finding]:
    """The finding for throttling, faults of the service and network rules; None for any other status.

    :param where: what was asked, for the message.
    :param public_access: ARM's publicNetworkAccess, None when it could not be read.
    """
    status, body = answer.status, answer.json
    if status in PROXY_STATUSES and not is_registry_answer(answer.headers, body):
        return Finding("PROXY_ERROR", f"{where} is answered with status {status} by a proxy or network on the way that "
                       "wants to be signed in to.", facts)
    said = error_text(body, "" if _is_html(answer) else answer.body)
    words = f" It says: {said}" if said else ""
    if status == THROTTLED:
        wait = wait_in_words(answer.retry_after)
        message = f"{where} is throttled (429){wait}.{words}"
        return Finding("CONNECTIVITY_TOOMANYREQUESTS_ERROR", message,
                       {**facts, **seconds_of(answer.retry_after)})
    if status is not None and status >= 500:
        return Finding("CONNECTIVITY_SERVER_ERROR", f"{where} answers with status {status}.{words}", facts)
    if status != FORBIDDEN:
        return None
    if not is_registry_answer(answer.headers, body):
        return Finding("PROXY_ERROR", f"{where} is refused (403) by something on the way that is not the registry: "
                       f"its answer is {shown(answer.headers.get('content-type') or 'of no declared type', 60)}.",
                       facts)
    address = client_address(body)
    if public_access == "Disabled":
        reason = "public network access is disabled"
        known = {"closed_out_address": address} if address else {}
    else:
        reason = "its network rules do not allow this client's address" + (f", {address}" if address else "")
        known = {"address": address} if address else {}
    return Finding("CONNECTIVITY_FORBIDDEN_ERROR", f"{where} refuses this client (403): {reason}.{words}",
                   {**facts, **known})


def mode_not_known(registry: Optional[Any]) -> str:
    """A sentence for a refusal that roles may explain, where which of them count is not known; empty where it is.

    :param registry: the evidence of the check `registry`.
    """
    if registry is None or not registry.found or mode_of(registry.role_assignment_mode):
        return ""
    return (" Which roles count on this registry is not known, because Resource Manager did not show a role assignment "
            "mode that is known here; the check 'role-assignments' says what holds in either mode.")


def no_answer(host: str, where: str, failure: Failure, connection: Optional[Any]) -> Judgement:
    """No answer from the login server: what the check `connection` says of it, or news where that one got through.

    :param connection: the evidence of that check, which may have been for a regional endpoint.
    """
    message = f"No answer from {where}: {failure.text}."
    if failure.kind == "malformed":  # something answers, and what it is cannot be told from here
        return Judgement(message, unknown=Because(f"no usable answer: {failure.text}"))
    if connection is None or connection.failure_kind and connection.host == host:
        return Judgement(message, unknown=Because(f"no connection: {failure.text}", check="connection"))
    return Judgement(message, (Finding(UNREACHED[failure.kind], message, {"host": host, "login_server": host}),))


def wait_in_words(retry_after: Optional[str]) -> str:
    """A Retry-After header in words: it holds seconds, or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return ""
    return f" for {retry_after} seconds" if retry_after.isdigit() else f" until {retry_after}"


def seconds_of(retry_after: Optional[str]) -> Dict[str, str]:
    """The fact that fills a fix's {retry_after}, where the header holds seconds."""
    return {"retry_after": retry_after} if retry_after and retry_after.isdigit() else {}


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == "<"
