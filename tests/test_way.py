# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The way to a registry, on the loopback interface: certificates, and what is said of those that are refused."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Optional

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from azext_acrlogin.catalogue import codes
from azext_acrlogin.checks import connection, private_endpoint
from azext_acrlogin.checks.private_endpoint import PrivateEndpointEvidence
from azext_acrlogin.checks.registry_refusals import no_answer
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.alias import alias_of
from azext_acrlogin.net.certificate import Certificate, read_certificate
from azext_acrlogin.net.http import Failure, Http, failure_of
from azext_acrlogin.net.reach import Reach, first_that_answers, go_waits, reach, waited_for
from tests.inputs import inputs
from tests.site.dns import respond

HOST = "localhost"
ASKED = Question("myregistry", Cloud(
    "AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com/",
    "https://management.core.windows.net/", "https://graph.microsoft.com/", None,
    "https://containerregistry.azure.net"))
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
    return connection.judge(ASKED, evidence, inputs({"dns": DnsEvidence(HOST)})).findings[0]


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
    assert fix(finding).startswith(
        "Ask your network administrator whether '{untrusted_issuer}'")
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


# ---- Names ---------------------------------------------------------------------------------------------------------

@pytest.fixture
def ask(tmp_path):
    """alias_of, answered by a name server of ours: for a zone of `tests.site.dns`, or with given bytes."""
    configuration = tmp_path / "resolv.conf"
    configuration.write_text("# of tests\nnameserver 127.0.0.1\nsearch contoso.example\n", encoding="ascii")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]

        def ask_for(host, answer):
            def serve():
                query, client = listener.recvfrom(4096)
                response = answer(query) if callable(answer) else respond(answer, query)
                if response is not None:
                    listener.sendto(response, client)
            thread = threading.Thread(target=serve)
            thread.start()
            try:
                return alias_of(host, 1, port, str(configuration))
            finally:
                thread.join()
        yield ask_for


@pytest.mark.parametrize("zone, expected", [
    ([["a.azurecr.io", {"cname": "A.privatelink.azurecr.io"}], ["*", "nxdomain"]], "a.privatelink.azurecr.io"),
    ([["a.azurecr.io", ["20.1.2.3"]]], None),
    ([["*", "nxdomain"]], None),
    ([["*", "servfail"]], None),
    ([["*", "silent"]], None)])
def test_what_a_name_is_an_alias_of(ask, zone, expected):
    assert ask("a.azurecr.io", zone) == expected


@pytest.mark.parametrize("spoil", [
    lambda query: b"", lambda query: query[:11], lambda query: b"\0\0" + query[2:],
    lambda query: query[:6] + b"\0\1" + query[8:] + b"\xc0\xff\0\5\0\1\0\0\0\0\0\2\xc0\xff",
    lambda query: query[:6] + b"\0\1" + query[8:] + b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2" + b"\x3fabc",
    lambda query: query[:6] + b"\xff\xff" + query[8:]])
def test_answers_that_are_none(ask, spoil):
    assert ask("a.azurecr.io", spoil) is None


def test_nobody_is_asked_without_name_servers(tmp_path):
    (tmp_path / "resolv.conf").write_text("nameserver\nnameserver not-an-address\n", encoding="ascii")
    assert alias_of("a.azurecr.io", 1, configuration=str(tmp_path / "resolv.conf")) is None
    assert alias_of("a.azurecr.io", 1, configuration=str(tmp_path / "missing")) is None


GOVERNMENT = replace(ASKED, cloud=replace(ASKED.cloud, name="AzureUSGovernment", registry_suffix=".azurecr.us"))


def hidden(asked=GOVERNMENT, fault="not-found", privatelink_fault: Optional[str] = "not-found"):
    dns = DnsEvidence("a.azurecr.us", fault=fault, reason="", alias="a.privatelink.azurecr.us")
    evidence = PrivateEndpointEvidence(privatelink_host="a.privatelink.azurecr.us", privatelink_fault=privatelink_fault)
    return private_endpoint.judge(asked, evidence, inputs({"dns": dns, "registry": RegistryEvidence("a")})).findings


def test_a_zone_that_hides_a_registry_is_named_as_in_its_cloud():
    finding, = hidden()
    assert fix(finding).startswith("Let {hidden_host} resolve publicly")
    assert finding.facts["privatelink_zone"] == "privatelink.azurecr.us"
    unanswered, = hidden(fault="failed", privatelink_fault="failed")
    assert fix(unanswered).startswith("Make {unanswered_host} resolve") and "no record" not in unanswered.message
    assert not hidden(privatelink_fault=None)  # there is no such alias, or it resolves


# ---- Several addresses ---------------------------------------------------------------------------------------------

def test_addresses_are_tried_at_once_and_not_for_ever():
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket() as full:
        port = listening.getsockname()[1]
        full.bind(("127.0.0.2", port))
        full.listen(0)
        with socket.create_connection(("127.0.0.2", port)):   # its queue is full: further connections get no answer
            began = time.monotonic()
            reached = reach(["127.0.0.2", "127.0.0.3", "127.0.0.1"], 30, port)
    assert [(one.address, one.failure) for one in reached] == [
        ("127.0.0.2", "timeout"), ("127.0.0.3", "refused"), ("127.0.0.1", None)]
    assert time.monotonic() - began < 6
    assert first_that_answers(reached) == reached[2] and waited_for(reached) == reached[:1]


V4, V6, OLD = "20.62.128.10", "2603:1020:206::10", "20.62.128.21"


def reaches(*answers):
    """By address: whether it answers, or how it fails."""
    return [Reach(address, 12 if answer is True else None, None if answer is True else answer)
            for address, answer in answers]


@pytest.mark.parametrize("answers, az_waits, docker_waits", [
    ([(V4, True), (V6, True)], False, False),
    ([(V6, "timeout"), (V4, True)], True, False),       # docker tries IPv4 after 0.3 seconds
    ([(V6, "refused"), (V4, True)], False, False),
    ([(V6, "unreachable"), (V4, True)], False, False),
    ([(V4, True), (V6, "timeout")], False, False),
    ([(OLD, "timeout"), (V4, True)], True, True),
    ([(OLD, "timeout"), (V4, True), (V6, True)], True, False),
    ([(V6, "timeout"), (OLD, "timeout"), (V4, True)], True, True),
    ([(V6, "timeout"), (V4, "timeout")], False, True)])
def test_who_waits_for_addresses_that_do_not_answer(answers, az_waits, docker_waits):
    assert bool(waited_for(reaches(*answers))) is az_waits
    assert go_waits(reaches(*answers)) is docker_waits


@pytest.mark.parametrize("answers, expected", [
    ([(V6, "timeout"), (V4, True)], "Repair {silent_version}"),
    ([(OLD, "timeout"), (V4, True)], "Find out why {silent_addresses}"),
    ([(V6, "timeout"), (OLD, "timeout"), (V4, True)], "Find out why {silent_addresses}"),
    ([(V6, "unreachable"), (V4, True)], None), ([(V6, "refused"), (V4, True)], None), ([], None)])
def test_what_is_said_of_addresses_that_do_not_answer(answers, expected):
    dns = DnsEvidence(HOST, [address for address, _ in answers], reached=reaches(*answers))
    findings = connection.judge(ASKED, ConnectionEvidence(HOST, 401), inputs({"dns": dns})).findings
    assert [finding.code for finding in findings] == (["CONNECTIVITY_SILENT_ADDRESS_WARNING"] if expected else [])
    if expected:
        assert fix(findings[0]).startswith(expected)


@pytest.mark.parametrize("stage, expected", [
    ("answer", "Try again with a longer time limit"), ("handshake", "Find out what drops packets"),
    ("connecting", "Allow outgoing connections"), (None, "Allow outgoing connections")])
def test_an_answer_that_does_not_come(stage, expected):
    evidence = ConnectionEvidence(HOST, None, "timeout", "no answer in time", stage=stage)
    finding, = connection.judge(ASKED, evidence, inputs({"dns": DnsEvidence(HOST, [V4])})).findings
    assert finding.code == "CONNECTIVITY_TIMEOUT_ERROR" and fix(finding).startswith(expected)
    late = no_answer(HOST, f"https://{HOST}/oauth2/token", Failure("timeout", "no answer in time"),
                     ConnectionEvidence(HOST, 401)).findings
    assert fix(late[0]).startswith("Try again with a longer time limit")


def test_a_host_with_a_preferred_address_keeps_its_name(tmp_path):
    """The address decides where the connection goes, the name what certificate and Host it needs."""
    server, asked_for = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    server.load_cert_chain(AUTHORITY.issue(tmp_path))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):   # pylint: disable=invalid-name
            asked_for.append(self.headers["Host"])
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments):     # pylint: disable=arguments-differ
            """Silence."""

    with ThreadingHTTPServer(("127.0.0.9", 0), Handler) as listening:
        listening.socket = server.wrap_socket(listening.socket, server_side=True)
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        try:
            http = Http(5, "test", verify=False)
            http.prefer(HOST, "127.0.0.9")
            answer = http.request("GET", f"https://{HOST}:{listening.server_port}/v2/")
        finally:
            listening.shutdown()
            thread.join()
    assert (answer.status, answer.host, asked_for) == (401, HOST, [HOST])


# ---- Answers that are lost, and answers that are none yet -----------------------------------------------------------

@pytest.fixture(name="served")
def serve(monkeypatch):
    """Give what a client of a time limit of a second sees of a server that does as a list says, request by request: a
    status, "cut", or the seconds before a 503. It closes no connection by itself; hints go before every answer."""
    script, asked_for, servers = [], [], []
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </style>; rel=preload\r\nContent-Length: 7\r\n\r\n"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):  # pylint: disable=invalid-name
            asked_for.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            step = script.pop(0)
            if isinstance(step, float):
                time.sleep(step)
            if step == "cut":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            body = asked_for[-1].encode()
            self.wfile.write(hints * self.server.hints)
            self.send_response(503 if isinstance(step, float) else step)
            self.send_header("Retry-After", "3600")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments):     # pylint: disable=arguments-differ
            """Silence."""

    def start(steps, with_hints=0):
        script[:], asked_for[:] = steps, []
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads, server.hints = True, with_hints
        servers.append(server)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        http = Http(1, "test")
        return lambda text: http.patient_request("POST", f"http://127.0.0.1:{server.server_port}/", form=[("a", text)])

    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("azext_acrlogin.net.http.PAUSE_SECONDS", 0.1)
    yield start, asked_for
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("steps, outcome", [
    ([200], 200), ([401], 401), ([404], 404),                                       # these are answers
    ([503, 200], 200), ([500, 401], 401), ([429, 200], 200), (["cut", 200], 200),   # lost, and there the second time
    ([502, 503], 503), ([503, 429], 429), (["cut", "cut"], "reset"), ([429, 429], 429),
    ([0.6], 503)])                                                                  # too late for another attempt
def test_an_answer_that_is_lost_is_asked_for_once_more(served, steps, outcome):
    start, asked_for = served
    began = time.monotonic()
    answer = start(list(steps))("x")
    assert outcome in (answer.status, answer.failure and answer.failure.kind)
    assert asked_for == ["a=x"] * len(steps) and time.monotonic() - began < 3


def test_informational_answers_are_read_over(served):
    """Else the next request on the connection would get the answer of this one."""
    start, _ = served
    ask = start([200, 401], with_hints=2)
    assert [(answer.status, answer.body) for answer in (ask("one"), ask("two"))] == [(200, "a=one"), (401, "a=two")]


def test_informational_answers_without_end_are_no_answer(served):
    start, _ = served
    assert start([200] * 4, with_hints=9)("x").status is None


# ---- Proxies -------------------------------------------------------------------------------------------------------

def test_an_address_of_a_proxy_that_cannot_be_one():
    """A label of more than 63 characters (RFC 1035); the address comes from the environment, as for the CLI."""
    ask = ("from azext_acrlogin.net.http import Http; "
           "print(Http(3, 'test').request('GET', 'https://a.azurecr.io/').failure)")
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, check=True, env={
        **os.environ, "HTTPS_PROXY": f"http://{'a' * 64}.example:3128", "NO_PROXY": ""})
    assert done.stdout.startswith("Failure(kind='proxy', text=\"the proxy's address is not valid\"")
