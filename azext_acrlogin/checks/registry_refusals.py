# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a refusal by a registry's front end means, whichever of its endpoints gave it: by status and kind of answer."""

from typing import Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.engine.model import Because, Finding, Judgement
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
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


def common_refusal(answer: Answer, where: str, facts: Facts, registry: Optional[RegistryEvidence]) -> Optional[Finding]:
    """The finding for throttling, faults of the service and network rules; None for any other status.

    :param where: what was asked, for the message.
    :param registry: as far as it is known: its network rules and its service tier.
    """
    status, body = answer.status, answer.json
    known: Facts = {**facts, "where": where, "status": str(status)}
    if status in PROXY_STATUSES and not is_registry_answer(answer.headers, body):
        return Finding.of("PROXY_ERROR", known, "sign-in")
    known["said"] = error_text(body, "" if _is_html(answer) else answer.body)
    if status == THROTTLED:
        return Finding.of("CONNECTIVITY_TOOMANYREQUESTS_ERROR", {
            **known, **_limits(registry), **waiting_time(answer.retry_after)})
    if status is not None and status >= 500:
        return Finding.of("CONNECTIVITY_SERVER_ERROR", known)
    if status != FORBIDDEN:
        return None
    if not is_registry_answer(answer.headers, body):
        known["content_type"] = shown(answer.headers.get("content-type") or "", 60)
        return Finding.of("PROXY_ERROR", known, "not the registry")
    address = client_address(body)
    if registry is not None and registry.public_network_access == "Disabled":
        return Finding.of("CONNECTIVITY_FORBIDDEN_ERROR", {**known, "closed_out_address": address}, "closed")
    return Finding.of("CONNECTIVITY_FORBIDDEN_ERROR", {**known, "address": address}, "rules")


def mode_not_known(registry: Optional[RegistryEvidence]) -> str:
    """A sentence for a refusal that roles may explain, where which of them count is not known; empty where it is."""
    if registry is None or not registry.found or mode_of(registry.role_assignment_mode):
        return ""
    return (" Which roles count on this registry is unknown, because Azure Resource Manager did not show a known role "
            "assignment mode. The check 'role-assignments' shows what applies in either mode.")


def no_answer(host: str, where: str, failure: Failure, connection: Optional[ConnectionEvidence]) -> Judgement:
    """No answer from the login server: what the check `connection` says of it, or news where that one got through.

    :param connection: may have been for a regional endpoint.
    """
    finding = Finding.of(UNREACHED[failure.kind], {
        "host": host, "login_server": host, "where": where, "failure": failure.text}, "request")
    if failure.kind == "malformed":  # something answers, and what it is cannot be told from here
        return Judgement(finding.message, unknown=Because(f"no usable answer: {failure.text}"))
    if connection is None or connection.failure_kind and connection.host == host:
        return Judgement(finding.message, unknown=Because(f"no connection: {failure.text}", check="connection"))
    return Judgement.of(finding)


def _limits(registry: Optional[RegistryEvidence]) -> Facts:
    """Basic and Standard have the same limits, Premium has higher ones.

    Source: https://learn.microsoft.com/azure/container-registry/container-registry-skus
    """
    tier = registry.registry.sku if registry else None
    return {"highest_tier": tier} if tier == "Premium" else {"lower_tier": tier}


def waiting_time(retry_after: Optional[str]) -> Facts:
    """What a Retry-After header says: it holds seconds, or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return {}
    return {"retry_after": retry_after} if retry_after.isdigit() else {"retry_time": retry_after}


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == "<"
