# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Reads a server's certificate without trusting it, to say why it was not accepted. Nothing is sent to the server."""

import http.client
import re
import socket
import ssl
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Callable, List, Optional

from azext_acrlogin.base.threads import OutOfTime, bounded
from azext_acrlogin.net.proxies import tunnel_to
from azext_acrlogin.protocol.text import shown

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Parsed, Name

UNREADABLE = "unreadable"


@dataclass(frozen=True)
class Certificate:
    """Who a server says it is. Times are RFC 3339, UTC."""

    issuer: str
    subject: str
    names: List[str] = field(default_factory=list)
    not_before: Optional[str] = None
    not_after: Optional[str] = None


def presented(host: str, timeout_seconds: float, address: Optional[str] = None) -> Optional[Certificate]:
    """The certificate that https://HOST presents, through the proxy in force; None where none can be read.

    :param address: to connect to, where no proxy is in force; one of the host's when left out.
    """
    try:
        return bounded(lambda: _presented(host, timeout_seconds, address), timeout_seconds, f"certificate of {host}")
    except (OutOfTime, OSError, ValueError, http.client.HTTPException):
        return None


def _presented(host: str, timeout_seconds: float, address: Optional[str]) -> Optional[Certificate]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    encoded = _handshake(context, host, timeout_seconds, address)
    return read_certificate(encoded) if encoded else None


def is_public(host: str, timeout_seconds: float) -> bool:
    """Whether the list of authorities that the Azure CLI comes with has the one that https://HOST presents."""
    try:
        return bounded(lambda: _handshake(_of_the_cli(), host, timeout_seconds), timeout_seconds,
                       f"certificate of {host}") is not None
    except (OutOfTime, OSError, ValueError, http.client.HTTPException):
        return False


def _of_the_cli() -> ssl.SSLContext:
    from certifi import where
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cafile=where())
    return context


def _handshake(context: ssl.SSLContext, host: str, timeout_seconds: float,
               address: Optional[str] = None) -> Optional[bytes]:
    with _connected(host, timeout_seconds, address) as connection:
        with context.wrap_socket(connection, server_hostname=host) as secured:
            return secured.getpeercert(binary_form=True)


def _connected(host: str, timeout_seconds: float, address: Optional[str]) -> socket.socket:
    tunnel = tunnel_to(host)
    if tunnel is None:
        return socket.create_connection((address or host, 443), timeout_seconds)
    connection = http.client.HTTPConnection(tunnel.host, tunnel.port, timeout=timeout_seconds)
    connection.set_tunnel(host, 443, tunnel.headers)
    connection.connect()
    return connection.sock


def read_certificate(encoded: bytes) -> Certificate:
    """Parse a DER certificate.

    :raises ValueError: when it is none.
    """
    from cryptography import x509
    # A name that breaks a rule of X.500, as a country of three letters does, is read with a warning of the library.
    warnings.filterwarnings("ignore", category=UserWarning, module=re.escape(__name__))
    try:
        return _read(x509.load_der_x509_certificate(encoded))
    except (x509.DuplicateExtension, x509.InvalidVersion, x509.UnsupportedGeneralNameType) as error:
        raise ValueError(str(error)) from error


def _read(parsed: "Parsed") -> Certificate:
    from cryptography import x509
    try:
        alternative = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [shown(name, 120) for name in alternative.get_values_for_type(x509.DNSName)][:20]
    except x509.ExtensionNotFound:
        names = []
    return Certificate(
        issuer=_name(lambda: parsed.issuer), subject=_name(lambda: parsed.subject),
        names=names, not_before=_time(parsed, "not_valid_before"), not_after=_time(parsed, "not_valid_after"))


def _name(read: "Callable[[], Name]") -> str:
    try:
        return shown(read().rfc4514_string(), 200)
    except (TypeError, ValueError):  # an attribute of a type that names do not have
        return UNREADABLE


def _time(parsed: "Parsed", name: str) -> str:
    # The attributes that know their time zone came with cryptography 42; older CLIs ship an older one.
    value: datetime = getattr(parsed, f"{name}_utc", None) or getattr(parsed, name)
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")
