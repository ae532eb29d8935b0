# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a fix needs to know of a connection that failed: about TLS, and about a proxy."""

from typing import Optional
from urllib.parse import urlsplit

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.engine.question import Cloud
from azext_acrlogin.net.certificate import Certificate
from azext_acrlogin.net.http import CERTIFICATE_DATES, FLAWS, HOSTNAME_MISMATCH, UNKNOWN_ISSUER, Failure
from azext_acrlogin.net.trust import BUNDLES, KEY_LOG

PROXY_STATUSES = (407, 511)  # a proxy, or a network, that wants to be signed in to (RFC 9110, RFC 6585)


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
            "proxy_with_password": proxy.replace("://", "://USER:PASSWORD@", 1) if status in PROXY_STATUSES else None,
            "failing_proxy": proxy if status and status >= 500 and status not in PROXY_STATUSES else None,
            "blocking_proxy": proxy if status and status < 500 and status not in PROXY_STATUSES else None,
            "stopped_hosts": host if status else None}


def tls_facts(host: str, failure: Optional[Failure], certificate: Optional[Certificate] = None) -> Facts:
    """What a fix needs to know of a connection that was not made secure: whose fault it is, by OpenSSL's number.

    :param certificate: that the host presented, where it was looked at.
    """
    if failure is None or failure.kind != "tls":
        return {}
    fault = failure.certificate_fault
    seen: Facts = {
        "issuer": certificate.issuer, "certificate_end": certificate.not_after,
        "certificate_names": ", ".join(certificate.names[:3]) or certificate.subject,
        "untrusted_issuer": certificate.issuer if fault in UNKNOWN_ISSUER else None} if certificate else {}
    return {**seen, "bundle_variable": failure.file_variable if failure.file_variable in BUNDLES else None,
            "key_log_variable": failure.file_variable if failure.file_variable == KEY_LOG else None,
            "untrusted_host": host if fault in UNKNOWN_ISSUER else None,
            "outdated_host": host if fault in CERTIFICATE_DATES else None,
            "misnamed_host": host if fault == HOSTNAME_MISMATCH else None,
            "flawed_host": host if fault in FLAWS else None,
            "certificate_flaw": failure.certificate_reason if fault in FLAWS else None}
