# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The certificate authorities of the emulated internet, and the leaf certificates that the world asks for."""

import ipaddress
import ssl
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Lock

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .entities import HostCertificate
from .world import World

_DAY = timedelta(days=1)


class Authority:
    """A certificate authority kept as PEM files, so that clients go on trusting it after a restart."""

    def __init__(self, state: Path, file_name, organization, common_name):
        self.path = state / f"{file_name}.pem"
        key_path = state / f"{file_name}.key"
        if self.path.exists() and key_path.exists():
            self.key = serialization.load_pem_private_key(key_path.read_bytes(), None)
            self.certificate = x509.load_pem_x509_certificate(self.path.read_bytes())
            return
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = _name(common_name, organization)
        now = datetime.now(timezone.utc)
        self.certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - 3650 * _DAY).not_valid_after(now + 3650 * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.key.public_key()), critical=False)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(self.key, hashes.SHA256()))
        write_private(key_path, private_pem(self.key))
        self.path.write_bytes(self.certificate.public_bytes(serialization.Encoding.PEM))

    def issue(self, names, key, not_before, not_after):
        """A server certificate for host names, the first being the subject; dates as aware datetimes."""
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        return (
            x509.CertificateBuilder().subject_name(_name(names[0], "Contoso Emulated Azure"))
            .issuer_name(self.certificate.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(not_before).not_valid_after(not_after)
            .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
            .sign(self.key, hashes.SHA256()))


class Authorities:
    """The public authority that clients trust, and the company's own that they do not."""

    def __init__(self, state: Path):
        self.public = Authority(state, "ca", "Contoso Emulated Azure", "Emulated Public Root")
        self.inspection = Authority(state, "inspection-ca", "Contoso Network Security", "Contoso TLS Inspection CA")
        self.leaf_key = ec.generate_private_key(ec.SECP256R1())
        self.folder = state / "leaves"
        self.folder.mkdir(exist_ok=True)


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
        certificate = authority.issue(names, self._authorities.leaf_key, not_before, not_after)
        path = self._authorities.folder / f"{certificate.serial_number:x}.pem"
        write_private(path, certificate.public_bytes(serialization.Encoding.PEM) +
                      private_pem(self._authorities.leaf_key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        context.set_alpn_protocols(["http/1.1"])
        path.unlink()
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


def private_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                             serialization.NoEncryption())


def write_private(path, content):
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_bytes(content)


def _name(common_name, organization):
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization),
                      x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
