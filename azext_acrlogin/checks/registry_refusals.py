# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a refusal by a registry's front end means, whichever of its endpoints gave it: by status and kind of answer."""

import ipaddress
from typing import Optional

from azext_acrlogin.azure.registry import PENDING
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.connection_failures import PROXY_STATUSES, proxy_facts, tls_facts
from azext_acrlogin.engine.model import Because, Finding, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.image import ImageEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import THROTTLED, Answer, Failure
from azext_acrlogin.protocol.registry_errors import client_address, error_text, is_registry_answer
from azext_acrlogin.protocol.role_decisions import least_roles
from azext_acrlogin.protocol.roles import ABAC, CONTENT_ACTIONS, LEGACY, mode_of
from azext_acrlogin.protocol.text import excerpt, shown

UNREACHED = {"timeout": "CONNECTIVITY_TIMEOUT_ERROR", "unreachable": "CONNECTIVITY_TIMEOUT_ERROR",
             "refused": "CONNECTIVITY_REFUSED_ERROR", "reset": "CONNECTIVITY_RESET_ERROR",
             "tls": "CONNECTIVITY_SSL_ERROR", "dns": "CONNECTIVITY_DNS_ERROR",
             "malformed": "CONNECTIVITY_CHALLENGE_ERROR", "proxy": "PROXY_ERROR"}
PRIVATE_IPV4 = [ipaddress.ip_network(network) for network in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8")]
PATIENCE_SECONDS = 3.0
FORBIDDEN = 403


def common_refusal(answer: Answer, where: str, facts: Facts, registry: Optional[RegistryEvidence]) -> Optional[Finding]:
    """The finding for throttling, faults of the service and network rules; None for any other status.

    :param where: what was asked, for the message.
    :param registry: as far as it is known: its network rules and its service tier.
    """
    status, body = answer.status, answer.json
    known: Facts = {**facts, **for_support(answer.correlation_id), "where": where, "status": str(status)}
    if status in PROXY_STATUSES and not is_registry_answer(answer.headers, body):
        return Finding.of("PROXY_ERROR", {**known, "host_to_sign_in_for": facts.get("host")}, "sign-in")
    words = error_text(body, "" if _is_html(answer) else answer.body)
    known["said"] = excerpt(words) if words else None
    if status == THROTTLED:
        return Finding.of("CONNECTIVITY_TOOMANYREQUESTS_ERROR", {
            **known, **_limits(registry), **waiting_time(answer.retry_after)})
    if status is not None and status >= 500:
        return Finding.of("CONNECTIVITY_SERVER_ERROR", known)
    if status != FORBIDDEN:
        return None
    if not is_registry_answer(answer.headers, body):
        known["content_type"] = shown(answer.headers.get("content-type") or "", 60)
        return Finding.of("PROXY_ERROR", {**known, "blocked_host": facts.get("host")}, "not the registry")
    closed = registry is not None and registry.public_network_access == "Disabled"
    source = _source(client_address(body), closed)
    if registry is None or registry.public_network_access is None:
        return Finding.of("CONNECTIVITY_FORBIDDEN_ERROR", {
            **known, "seen_address": source.get("seen_address"),
            "unseen_rules_of": registry.name if registry else None}, "not known")
    waiting = [name for _, name, state in registry.registry.unapproved_endpoints if state == PENDING]
    return Finding.of("CONNECTIVITY_FORBIDDEN_ERROR", {
        **known, **source, "closed_registry": facts.get("registry") if closed else None,
        "approvable_connection": waiting[0] if closed and waiting else None}, "closed" if closed else "rules")


def for_support(correlation_id: Optional[str]) -> Facts:
    """What finds the request in the logs of the service."""
    return {"with_correlation_id": f" with the correlation id {correlation_id}"} if correlation_id else {}


def _source(address: Optional[str], closed: bool) -> Facts:
    """The client's address, by what a registry's rules can do for it: IP rules take public IPv4 addresses only, a
    private one is that of a subnet with a service endpoint, and for IPv6 there are no rules.
    https://learn.microsoft.com/azure/container-registry/container-registry-access-selected-networks
    """
    facts: Facts = {"seen_address": address}
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return facts
    if parsed.version == 6:
        facts["ipv6_source"] = None if closed else address
    elif any(parsed in network for network in PRIVATE_IPV4):
        facts["shut_out_subnet_address" if closed else "subnet_address"] = address
    else:
        facts["closed_out_address" if closed else "address"] = address
    return facts


def roles_of_either_mode(asked: Question, registry: Optional[RegistryEvidence]) -> Facts:
    """What a refusal that roles may explain takes where Azure does not show which of them count; else empty."""
    if registry is None or not registry.found or mode_of(registry.role_assignment_mode):
        return {}
    wanted = [action for action in asked.actions if action in CONTENT_ACTIONS] or ["pull"]
    one, other = ("' and '".join(least_roles(wanted, mode)) for mode in (LEGACY, ABAC))
    return {"registry_role": one, "repository_role": other, "unseen":
            " Azure does not show the registry's role assignment mode: with registry permissions it takes the role "
            f"'{one}', with ABAC repository permissions '{other}'."}


def no_answer(host: str, where: str, failure: Failure, connection: Optional[ConnectionEvidence]) -> Judgement:
    """No answer from the login server: what the check `connection` says of it, or news where that one got through.

    :param connection: may have been for a regional endpoint.
    """
    connected = connection is not None and connection.host == host and connection.status is not None
    finding = Finding.of(UNREACHED[failure.kind], {
        "late_host": host if connected else None, "host": host, "login_server": host, "where": where,
        "failure": failure.text,
        **tls_facts(host, failure), **proxy_facts(host, failure)}, "request")
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


def fit_for_secrets(guess: Evidence, seconds: float) -> bool:
    """Whether a token or password may go to a login server that Resource Manager has not confirmed, as the Azure CLI
    sends it: to the name's own only, and when Resource Manager was given the time that it usually takes."""
    return isinstance(guess, RegistryEvidence) and guess.is_the_names_own and seconds >= PATIENCE_SECONDS


def is_served(host: str, token: Optional[AccessTokenEvidence], image: Optional[ImageEvidence]) -> bool:
    """Whether the host has given an image out in this run, which takes more than any answer to GET /v2/."""
    return token is not None and token.host == host and image is not None and image.manifest_status == 200


def served_meanwhile(host: str, lost: str) -> Judgement:
    """One answer that was lost does not outweigh what passed on the same host."""
    return Judgement(f"GET https://{host}/v2/ was not answered as it should be ({lost}), but the image was served.",
                     unknown=Because(f"{host} answered other requests, but not this one: {lost}"))


def waiting_time(retry_after: Optional[str]) -> Facts:
    """What a Retry-After header says: it holds seconds, or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return {}
    return {"retry_after": retry_after} if retry_after.isdigit() else {"retry_time": retry_after}


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == "<"
