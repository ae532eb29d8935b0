# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The way to a registry, on the loopback interface: certificates, and what is said of those that are refused."""

import socket
import ssl
import threading
import warnings
from datetime import datetime, timedelta, timezone

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from azext_acrlogin.catalogue import codes
from azext_acrlogin.checks import connection
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.net.certificate import Certificate, read_certificate
from azext_acrlogin.net.http import failure_of
from tests.inputs import inputs

HOST = "localhost"
ASKED = Question("myregistry", Cloud(
    "AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com/",
    "https://management.core.windows.net/", "https://graph.microsoft.com/", None, "https://containerregistry.azure.net"))
NOW = datetime.now(timezone.utc)


def _name(text):
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


class Authority:
    """A certificate authority. :param critical: of its Basic Constraints."""

    def __init__(self, critical=True, name="Contoso Root"):
        self.key, self.name = ec.generate_private_key(ec.SECP256R1()), _name(name)
        identifier = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        self.certificate = (_builder(self.name, self.name, self.key).add_extension(identifier, False)
                            .add_extension(x509.BasicConstraints(True, None), critical)
                            .add_extension(usage, True).sign(self.key, hashes.SHA256()))

    def issue(self, folder, authority_key=True):
        """A file with a certificate for HOST and its key."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder(_name(HOST), self.name, key).add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST)]), False)
        if authority_key:
            builder = builder.add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), False)
        path = folder / "server.pem"
        path.write_bytes(
            builder.sign(self.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM) + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return path


def _builder(subject, issuer, key):
    return (x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(NOW - timedelta(days=1))
            .not_valid_after(NOW + timedelta(days=90)))


def handshake(server_file, trusted):
    """What a client that trusts one authority, and is as strict as Python 3.13, raises; None when it connects."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(server_file)
    client = ssl.create_default_context(cadata=trusted.public_bytes(serialization.Encoding.PEM).decode("ascii"))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    near, far = socket.socketpair()

    def serve():
        try:
            with server.wrap_socket(far, server_side=True):
                pass
        except OSError:
            pass    # the client has left

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with near, client.wrap_socket(near, server_hostname=HOST):
            return None
    except ssl.SSLError as error:
        return error
    finally:
        thread.join()


def refused(error, certificate=None):
    """The finding for a connection that ended so."""
    failure = failure_of(error, HOST)
    evidence = ConnectionEvidence(HOST, None, failure.kind, failure.text, failure.certificate_fault, certificate,
                                  failure=failure)
    return connection.judge(ASKED, evidence, inputs({})).findings[0]


def fix(finding):
    """The fix that a report shows."""
    known = {name for name, value in finding.facts.items() if value}
    return next(fix.description for fix in codes()[finding.code].fixes if fix.placeholders <= known)


CERTIFICATE = Certificate("CN=Contoso Root", "CN=localhost", ["localhost"], None, "2027-02-24T00:00:00Z")


@pytest.mark.parametrize("critical, authority_key, fault", [(True, False, 85), (False, True, 89)])
def test_a_certificate_that_only_a_strict_client_refuses(tmp_path, critical, authority_key, fault):
    authority = Authority(critical)
    error = handshake(authority.issue(tmp_path, authority_key), authority.certificate)
    assert error.verify_code == fault
    finding = refused(error, CERTIFICATE)
    assert finding.code == "CONNECTIVITY_SSL_ERROR"
    assert fix(finding).startswith("Have {issuer")
    assert finding.facts["certificate_flaw"] == error.verify_message
    assert not finding.facts["untrusted_host"] and not finding.facts.get("untrusted_issuer")


def test_a_certificate_that_nothing_is_wrong_with(tmp_path):
    authority = Authority()
    assert handshake(authority.issue(tmp_path), authority.certificate) is None


def test_a_flaw_is_not_blamed_where_the_authority_is_not_known(tmp_path):
    error = handshake(Authority().issue(tmp_path, authority_key=False), Authority(name="Another Root").certificate)
    finding = refused(error, CERTIFICATE)
    assert finding.facts["untrusted_issuer"] == "CN=Contoso Root" and not finding.facts["flawed_host"]
    assert fix(finding).startswith("Make the Azure CLI trust '{untrusted_issuer}'")
    assert fix(refused(error)).startswith("Let the Azure CLI trust the certificate of {untrusted_host}")


def test_a_certificate_whose_name_breaks_rules():
    """A BIT STRING for a common name, and a country of three letters: read as far as it can be, without a warning."""
    def encoded(value):
        return _builder(_name("abc"), _name(value), AUTHORITY.key).sign(
            AUTHORITY.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)
    with warnings.catch_warnings(record=True) as heard:
        bits = read_certificate(encoded("xyz").replace(b"\x0c\x03xyz", b"\x03\x03\x00yz"))
        assert (bits.issuer, bits.subject) == ("unreadable", "CN=abc")
        country = encoded("xyz").replace(b"\x06\x03\x55\x04\x03\x0c\x03xyz", b"\x06\x03\x55\x04\x06\x0c\x03xyz")
        assert read_certificate(country).issuer == "C=xyz"
    assert not heard


AUTHORITY = Authority()
