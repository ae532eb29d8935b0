# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a refusal by a registry's front end means, whichever of its endpoints gave it: by status and kind of answer."""

import ipaddress
from typing import Optional
from urllib.parse import urlsplit

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.engine.model import Because, Finding, Judgement
from azext_acrlogin.engine.question import Cloud
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import CERTIFICATE_DATES, FLAWS, HOSTNAME_MISMATCH, UNKNOWN_ISSUER, Answer, Failure
from azext_acrlogin.net.trust import BUNDLES, KEY_LOG
from azext_acrlogin.protocol.registry_errors import client_address, error_text, is_registry_answer
from azext_acrlogin.protocol.roles import mode_of
from azext_acrlogin.protocol.text import shown

PROXY_STATUSES = (407, 511)  # a proxy, or a network, that wants to be signed in to (RFC 9110, RFC 6585)
UNREACHED = {"timeout": "CONNECTIVITY_TIMEOUT_ERROR", "unreachable": "CONNECTIVITY_TIMEOUT_ERROR",
             "refused": "CONNECTIVITY_REFUSED_ERROR", "reset": "CONNECTIVITY_RESET_ERROR",
             "tls": "CONNECTIVITY_SSL_ERROR", "dns": "CONNECTIVITY_DNS_ERROR",
             "malformed": "CONNECTIVITY_CHALLENGE_ERROR", "proxy": "PROXY_ERROR"}
PRIVATE_IPV4 = [ipaddress.ip_network(network) for network in (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8")]
THROTTLED = 429
FORBIDDEN = 403


def common_refusal(answer: Answer, where: str, facts: Facts, public_access: Optional[str]) -> Optional[Finding]:
    """The finding for throttling, faults of the service and network rules; None for any other status.

    :param where: what was asked, for the message.
    :param public_access: ARM's publicNetworkAccess, None when it could not be read.
    """
    status, body = answer.status, answer.json
    known: Facts = {**facts, "where": where, "status": str(status)}
    if status in PROXY_STATUSES and not is_registry_answer(answer.headers, body):
        return Finding.of("PROXY_ERROR", {**known, "host_to_sign_in_for": facts.get("host")}, "sign-in")
    known["said"] = error_text(body, "" if _is_html(answer) else answer.body)
    if status == THROTTLED:
        return Finding.of("CONNECTIVITY_TOOMANYREQUESTS_ERROR", {**known, **waiting_time(answer.retry_after)})
    if status is not None and status >= 500:
        return Finding.of("CONNECTIVITY_SERVER_ERROR", known)
    if status != FORBIDDEN:
        return None
    if not is_registry_answer(answer.headers, body):
        known["content_type"] = shown(answer.headers.get("content-type") or "", 60)
        return Finding.of("PROXY_ERROR", {**known, "blocked_host": facts.get("host")}, "not the registry")
    source = _source(client_address(body), closed=public_access == "Disabled")
    return Finding.of("CONNECTIVITY_FORBIDDEN_ERROR", {**known, **source},
                      "closed" if public_access == "Disabled" else "rules")


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
        facts["ipv6_source"] = address
    elif any(parsed in network for network in PRIVATE_IPV4):
        facts["shut_out_subnet_address" if closed else "subnet_address"] = address
    else:
        facts["closed_out_address" if closed else "address"] = address
    return facts


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
    connected = connection is not None and connection.host == host and connection.status is not None
    finding = Finding.of(UNREACHED[failure.kind], {
        "late_host": host if connected else None, "host": host, "login_server": host, "where": where, "failure": failure.text,
        **tls_facts(host, failure), **proxy_facts(host, failure)}, "request")
    if failure.kind == "malformed":  # something answers, and what it is cannot be told from here
        return Judgement(finding.message, unknown=Because(f"no usable answer: {failure.text}"))
    if connection is None or connection.failure_kind and connection.host == host:
        return Judgement(finding.message, unknown=Because(f"no connection: {failure.text}", check="connection"))
    return Judgement.of(finding)


def needed_hosts(cloud: Cloud, login_server: Optional[str]) -> str:
    """The hosts that the Azure CLI talks to when it signs in to a registry."""
    urls = (cloud.authority, cloud.resource_manager)
    return ", ".join(filter(None, (login_server, *(urlsplit(url).hostname for url in urls))))


def proxy_facts(host: str, failure: Optional[Failure]) -> Facts:
    """What a fix needs to know of a proxy that did not let a request for `host` through.

    A status of 5xx is that of a gateway which could not connect itself (RFC 9110, 15.6); 407 asks for credentials.
    """
    if failure is None or failure.kind != "proxy" or not failure.proxy:
        return {}
    status, proxy = failure.proxy_status, failure.proxy
    return {"proxy": proxy,
            "dead_proxy": proxy if status is None else None,
            "asking_proxy": proxy if status in PROXY_STATUSES else None,
            "failing_proxy": proxy if status and status >= 500 and status not in PROXY_STATUSES else None,
            "blocking_proxy": proxy if status and status < 500 and status not in PROXY_STATUSES else None,
            "stopped_hosts": host if status else None}


def tls_facts(host: str, failure: Optional[Failure]) -> Facts:
    """What a fix needs to know of a connection that was not made secure: whose fault it is, by OpenSSL's number."""
    if failure is None or failure.kind != "tls":
        return {}
    fault = failure.certificate_fault
    return {"bundle_variable": failure.file_variable if failure.file_variable in BUNDLES else None,
            "key_log_variable": failure.file_variable if failure.file_variable == KEY_LOG else None,
            "untrusted_host": host if fault in UNKNOWN_ISSUER else None,
            "outdated_host": host if fault in CERTIFICATE_DATES else None,
            "misnamed_host": host if fault == HOSTNAME_MISMATCH else None,
            "flawed_host": host if fault in FLAWS else None,
            "certificate_flaw": failure.certificate_reason if fault in FLAWS else None}


def waiting_time(retry_after: Optional[str]) -> Facts:
    """What a Retry-After header says: it holds seconds, or a date (RFC 9110, 10.2.3)."""
    if not retry_after:
        return {}
    return {"retry_after": retry_after} if retry_after.isdigit() else {"retry_time": retry_after}


def _is_html(answer: Answer) -> bool:
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == "<"
