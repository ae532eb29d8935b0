# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The certificate authorities of the emulated internet, and the leaf certificates that the world asks for."""

import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Lock

import trustme

from .entities import HostCertificate
from .world import World

_DAY = timedelta(days=1)


class Authority:
    """A certificate authority kept as PEM files, so that clients go on trusting it after a restart."""

    def __init__(self, state: Path, file_name, organization=None, unit=None):
        self.path = state / f"{file_name}.pem"
        key_path = state / f"{file_name}.key"
        if not (self.path.exists() and key_path.exists()):
            made = trustme.CA(path_length=0, organization_name=organization, organization_unit_name=unit)
            write_private(key_path, made.private_key_pem.bytes())
            made.cert_pem.write_to_path(self.path)
        self._authority = trustme.CA.from_pem(self.path.read_bytes(), key_path.read_bytes())

    def context(self, names, not_before, not_after):
        """The TLS context of a server with a certificate for host names, the first being the subject."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(
            *names, common_name=names[0], organization_name="Contoso Emulated Azure", not_before=not_before,
            not_after=not_after).configure_cert(context)
        return context


class Authorities:
    """The public authority that clients trust, and the company's own that they do not."""

    def __init__(self, state: Path):
        self.public = Authority(state, "ca", "Contoso Emulated Azure", "Emulated Public Root")
        self.inspection = Authority(state, "inspection-ca", "Contoso Network Security", "Contoso TLS Inspection CA")


class Certificates:
    """TLS contexts by host name, as one world describes them."""

    def __init__(self, authorities: Authorities, world: World):
        self._authorities = authorities
        self._world = world
        self._contexts = {}
        self._lock = Lock()

    def context_for(self, host):
        """The server-side TLS context for a host name (the SNI of the handshake)."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._create(host)
            return self._contexts[host]

    def _create(self, host):
        wanted = self._described(host)
        now = datetime.fromtimestamp(self._world.now(), timezone.utc)
        not_before, not_after = now - _DAY, now + 90 * _DAY
        if wanted.problem == "notYetValid":
            not_before = now + 2 * _DAY
        if wanted.problem == "expired":
            not_before = now - 93 * _DAY
            not_after = datetime.fromtimestamp(wanted.ends_on, timezone.utc) if wanted.ends_on else now - 3 * _DAY
        names = [wanted.subject] if wanted.problem == "wrongHost" else names_on_certificate(host)
        authority = self._authorities.inspection if wanted.problem == "unknownIssuer" else self._authorities.public
        context = authority.context(names, not_before, not_after)
        context.set_alpn_protocols(["http/1.1"])
        return context

    def _described(self, host):
        """What the world says of the host; the longest pattern wins."""
        fitting = [pattern for pattern in self._world.certificates if host_fits(host, pattern)]
        return self._world.certificates[max(fitting, key=len)] if fitting else HostCertificate()


def host_fits(host, pattern):
    """Whether a host is the pattern's, lies below it, or the pattern is "*"."""
    host, pattern = host.lower(), pattern.lower().lstrip(".")
    return pattern == "*" or host == pattern or host.endswith("." + pattern)


def names_on_certificate(host):
    """The names on Azure's certificate for a host: registries share a wildcard, and no certificate is for the DNS
    alias ``privatelink``."""
    for suffix in ("azurecr.io", "azurecr.us", "azurecr.cn"):
        if host.endswith("." + suffix):
            label, _, rest = host.partition(".")
            if rest.startswith("privatelink."):
                return [f"*.{suffix}"]
            return [f"*.{rest}"]
    return [host]


def write_private(path, content):
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_bytes(content)
