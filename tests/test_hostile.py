# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Servers that misbehave on purpose: the diagnosis ends in time, tells the truth, and gives nobody a credential."""

import base64
import json
import time
import zlib
from pathlib import Path

import pytest

from azext_acrlogin.net.trust import bundle_for_clients
from tests.hardening import HOST, require
from tests.hostile_server import HostileProxy, HostileServer

STRANGER = "stranger.example"
MANAGEMENT = "management.azure.com"
ENTRA = "login.microsoftonline.com"
TIMEOUT = 1
LONGEST = 3 * TIMEOUT + 3 + 3   # seconds: the budget of a diagnosis, and a busy machine
ESCAPES = "\x1b]0;owned\x07\x1b[31mred\x1b[0m\u202egnp.exe\u200b\x00\x9b2J\r\n"
DESTROYED = ("challenge", "refresh-token", "access-token")
IN_ORDER = ()


def raw(status=200, headers=(), body=b""):
    """An answer, byte for byte."""
    head = f"HTTP/1.1 {status} x\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("utf-8", "surrogateescape") + b"\r\n" + body


def sized(body, status=200, kind="application/json", headers=()):
    """An answer with its length."""
    return raw(status, [("Content-Type", kind), ("Content-Length", len(body)), *headers], body)


def always(*pieces):
    """The same bytes whatever is asked."""
    return lambda request, genuine: iter(pieces)


def endless(head, piece, pause=0.0):
    def answer(request, genuine):
        yield head
        while True:
            yield piece
            time.sleep(pause)
    return answer


def with_header(name, value):
    """The genuine answer with one header replaced, or without it."""
    return lambda request, genuine: [genuine().header(name, value).encoded()]


def tokens(claims):
    """Every token asked for is one with these claims."""
    part = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    token = f"{base64.urlsafe_b64encode(b'{}').decode().rstrip('=')}.{part}.c2ln"
    return always(sized(json.dumps({"refresh_token": token, "access_token": token}).encode()))


def redirect(status, target):
    return always(sized(b"", status, headers=[("Location", target)]))


def bomb(layers):
    """`layers` times compressed zeros, 100 MB when unpacked."""
    content = b'{"refresh_token": "' + b"a" * 100_000_000
    for _ in range(layers):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        content = packer.compress(content) + packer.flush()
    encoding = ", ".join(["gzip"] * layers)
    return lambda: always(sized(content, headers=[("Content-Encoding", encoding)]))


CUT = b""
OUT_OF_ORDER = sized(b"{}", 503, headers=[("Retry-After", 3600)])
GATEWAY = sized(b"<html>Bad Gateway</html>", 502, "text/html")
EARLY_HINTS = raw(103, [("Link", "</v2/>; rel=preload")])
CHALLENGE = f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}"'
SERVERS = {
    "endless-body": (endless(raw(200, [("Content-Type", "application/json")], b'{"refresh_token": "'), b"a" * 60_000),
                     DESTROYED),
    "endless-chunks": (endless(raw(401, [("Transfer-Encoding", "chunked"), ("WWW-Authenticate", CHALLENGE)]),
                               b"1000\r\n" + b"a" * 4096 + b"\r\n"), DESTROYED[1:]),
    "headers-by-the-byte": (endless(b"HTTP/1.1 401 x\r\n", b"a", 0.5), DESTROYED),
    "body-by-the-byte": (endless(raw(200, [("Content-Length", 5000)]), b"a", 0.5), DESTROYED),
    "endless-headers": (endless(b"HTTP/1.1 401 x\r\n", b"X-A: " + b"a" * 60_000 + b"\r\n"), DESTROYED),
    "endless-continue": (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), DESTROYED),
    "large-header": (always(raw(401, [("WWW-Authenticate", "Bearer " + 'a="b",' * 8000), ("Content-Length", 0)])),
                     DESTROYED),
    "redirect-to-a-stranger": (redirect(307, f"https://{STRANGER}/oauth2/exchange"), DESTROYED),
    "redirect-to-nonsense": (redirect(308, "https://[::1/\x1b[2J"), DESTROYED),
    "200-mb-of-json": (endless(raw(200, [("Content-Type", "application/json"), ("Content-Length", 200_000_000)], b"["),
                               b"0," * 30_000), DESTROYED),
    "nested-without-end": (always(sized(b'{"errors": ' * 80_000, 401)), DESTROYED),
    "nested-lists": (always(sized(b"[" * 900_000, 403)), DESTROYED),
    "broken-utf-8": (always(sized(b'{"errors": [{"code": "DENIED", "message": "\xff\xfe\xed\xa0\x80"}]}', 403)),
                     DESTROYED),
    "page": (always(sized(b"<html><title>Sign in to the wireless network</title>", 200, "text/html")), DESTROYED),
    "no-headers": (always(b"HTTP/1.1 401 x\r\n\r\n"), DESTROYED),
    "realm-of-a-stranger": (always(sized(b"{}", 401, headers=[(
        "WWW-Authenticate", f'Bearer realm="https://{STRANGER}/oauth2/token",service="{STRANGER}"')])), DESTROYED),
    "two-challenges": (always(sized(b"{}", 401, headers=[
        ("WWW-Authenticate", "Basic"), ("WWW-Authenticate", f'Bearer realm="https://{STRANGER}/t",service="x"')])),
        DESTROYED),
    "escapes-in-the-body": (always(sized(json.dumps({"errors": [
        {"code": ESCAPES, "message": ESCAPES + "x" * 5000, "detail": ESCAPES}] * 500}).encode(), 401)), DESTROYED),
    "escapes-in-the-refusal": (always(sized(json.dumps({"errors": [
        {"code": "DENIED", "message": f"client with IP '{ESCAPES}' is not allowed access"}]},
        ensure_ascii=False).encode(), 403)), DESTROYED),
    "escapes-in-the-headers": (always(raw(401, [
        ("WWW-Authenticate", "Bearer realm=\"https://\x1b[31m/\",service=\"\x1b]0;x\x07\""), ("Server", "\x1b[2J\x9b"),
        ("x-ms-correlation-request-id", "\x1b[2J"), ("Content-Type", "\x1b[2J"), ("Content-Length", 0)])), DESTROYED),
    "escapes-in-retry-after": (always(sized(b"{}", 429, headers=[("Retry-After", "\x1b[2J" + "9" * 5000)])), DESTROYED),
    "claims-of-every-type": (tokens({"exp": "tomorrow", "iat": 10 ** 4000, "access": {"a": [[]]}, "aud": [HOST]}),
                             DESTROYED[:1]),
    "claims-out-of-range": (tokens({"exp": -1, "iat": 1e308, "access": [{"type": ESCAPES, "name": [1], "actions": {}}],
                                    "permissions": {"Actions": 7}}), DESTROYED[:1]),
    "claims-that-grant-nonsense": (tokens({"access": [{"type": "repository", "name": ESCAPES * 50, "actions": [
        ESCAPES, 1, None, {}]}] * 3000}), DESTROYED[:1]),
    "claims-nested": (tokens({"access": json.loads("[" * 500 + "]" * 500)}), DESTROYED[:1]),
    "status-999": (always(sized(b"{}", 999)), DESTROYED),
    "no-http": (always(b"SSH-2.0-OpenSSH_9.2\r\n"), DESTROYED),
    "nothing": (always(), DESTROYED),
    "end-within-the-headers": (always(b"HTTP/1.1 401 x\r\nWWW-Authen"), DESTROYED),
    "end-within-the-body": (always(raw(200, [("Content-Length", 5000)], b'{"refresh_token": "abc"')), DESTROYED),
    "two-lengths": (always(raw(200, [("Content-Length", 5), ("Content-Length", 7)], b'{"refresh_token": "abc"}')),
                    DESTROYED),
    "absurd-chunk": (always(raw(200, [("Transfer-Encoding", "chunked")], b"ffffffffffffffff\r\n{}")), DESTROYED),
    "bomb-in-a-bomb": (bomb(2), DESTROYED),
    "silence-in-the-handshake": (None, DESTROYED),
    "date-in-the-year-1": (with_header("Date", "Mon, 01 Jan 0001 00:00:00 GMT"), IN_ORDER),
    "date-in-the-year-9999": (with_header("Date", "Fri, 31 Dec 9999 23:59:59 GMT"), IN_ORDER),
    "date-of-nonsense": (with_header("Date", "yesterday, 99:99 \x1b[2J"), IN_ORDER),
    "no-date": (with_header("Date", None), IN_ORDER),
    "early-hints": (lambda request, genuine: [EARLY_HINTS, genuine().encoded()], IN_ORDER),
    "early-hints-and-no-more": (always(EARLY_HINTS), DESTROYED),
    "early-hints-without-end": (endless(b"", EARLY_HINTS), DESTROYED),
}


def _diagnose(bench, behaviours, *arguments, **options):
    """Run against servers taken over; returns the run and the proxy with what it saw."""
    environment = bench.environment(**options)
    state = bench.folder / "state"
    with HostileProxy(bench.emulator.description, state, behaviours) as proxy:
        run = bench.diagnose(proxy.environment(environment), "--repository", "samples/app", "--timeout", str(TIMEOUT),
                             *arguments)
    require(run)
    assert run.report["durationMs"] < LONGEST * 1000
    assert STRANGER not in proxy.connects, "the stranger was connected to"
    return run, proxy


@pytest.mark.parametrize("name", SERVERS)
def test_registry(bench, name):
    behaviour, destroyed = SERVERS[name]
    behaviour = behaviour() if name == "bomb-in-a-bomb" else behaviour
    run, _ = _diagnose(bench, {HOST: behaviour})
    passed = {check["name"] for check in run.report["checks"] if check["status"] == "passed"}
    assert not passed & set(destroyed)
    assert run.status == (1 if destroyed else 0)


@pytest.mark.parametrize("hosts, codes", [((HOST, MANAGEMENT), []), ((ENTRA,), ["AAD_CONNECTIVITY_ERROR"])])
def test_informational_answers(bench, hosts, codes):
    """They are read over. The CLI's own token requests take them for the answer, so that az cannot sign in either."""
    run, _ = _diagnose(bench, {host: lambda request, genuine: [EARLY_HINTS, genuine().encoded()] for host in hosts},
                       drop_access_tokens=True)
    assert run.report["errorCodes"] == codes
    assert "103" not in run.report["summary"]


LOST = {"cut": (CUT, "CONNECTIVITY_RESET_ERROR"), "503": (OUT_OF_ORDER, "CONNECTIVITY_SERVER_ERROR"),
        "502": (GATEWAY, "CONNECTIVITY_SERVER_ERROR")}


@pytest.mark.parametrize("times", [1, 2, None])
@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("method, path", [
    ("POST", "/oauth2/exchange"), ("POST", "/oauth2/token"), ("GET", "/v2/samples/app/manifests/")])
def test_one_answer_that_is_lost_decides_nothing(bench, method, path, fault, times):
    """A request on a connection that was used before is repeated at once when it is cut, so that two cuts make one lost
    answer; on a new connection they make two. Which of the two it is depends on what the other threads just met."""
    answer, code = LOST[fault]
    expected = {1: [[]], 2: [[code]] if fault != "cut" else [[], [code]], None: [[code]]}[times]
    left = [float("inf") if times is None else times]

    def registry(request, genuine):
        if (request.method, request.target[:len(path)]) == (method, path) and left[0] > 0:
            left[0] -= 1
            return [answer]
        return [genuine().encoded()]
    run, _ = _diagnose(bench, {HOST: registry})
    assert run.report["errorCodes"] in expected


LISTS = {
    "list-without-end": lambda request, genuine: [sized(json.dumps({
        "value": [{"name": "x" * 900}] * 2000, "nextLink": f"https://{MANAGEMENT}{request.target}"}).encode())],
    "list-that-goes-on": lambda request, genuine: [sized(json.dumps({
        "value": [], "nextLink": f"https://{MANAGEMENT}{request.target}&{time.monotonic_ns()}"}).encode())],
    "list-at-a-stranger": lambda request, genuine: [sized(json.dumps({
        "value": [], "nextLink": f"https://{STRANGER}/subscriptions"}).encode())],
    "list-at-a-look-alike": lambda request, genuine: [sized(json.dumps({
        "value": [], "nextLink": f"https://{MANAGEMENT}@{STRANGER}/subscriptions"}).encode())],
    "redirected": redirect(307, f"https://{STRANGER}/subscriptions"),
    "200-mb-of-json": SERVERS["200-mb-of-json"][0],
    "nested": SERVERS["nested-lists"][0],
    "list-of-millions": always(sized(b'{"value": [' + b"{}," * 2_500_000 + b"{}]}")),
    "silent": None,
}


@pytest.mark.parametrize("name", LISTS)
def test_resource_manager(bench, name):
    run, _ = _diagnose(bench, {MANAGEMENT: LISTS[name]})
    assert run.check("registry")["status"] not in ("passed", "crashed")


@pytest.mark.parametrize("behaviour", [SERVERS["body-by-the-byte"][0], None])
def test_resource_manager_without_an_end(bench, behaviour):
    """It is what is wrong, and the sign-in to the login server that follows from the name is tried meanwhile."""
    run, _ = _diagnose(bench, {MANAGEMENT: behaviour})
    assert run.report["errorCodes"] == ["ARM_CONNECTIVITY_WARNING"]
    assert {run.check(name)["status"] for name in ("challenge", "refresh-token", "access-token")} == {"passed"}


@pytest.mark.parametrize("server", [
    f"{STRANGER}/?{HOST}", f"{STRANGER}#.azurecr.io", f"{HOST}@{STRANGER}", ESCAPES + HOST])
def test_login_server_that_is_no_host(bench, server):
    def answer(request, genuine):
        return [sized(genuine().body.replace(f'"{HOST}"'.encode(), json.dumps(server).encode()))]
    run, _ = _diagnose(bench, {MANAGEMENT: answer})
    assert run.check("registry")["evidence"]["loginServerDerived"]
    assert run.report["registry"]["loginServer"] == HOST


ANSWERS_OF_ENTRA = {
    "redirected": redirect(307, f"https://{STRANGER}/token"),
    "endless": SERVERS["endless-body"][0],
    "by-the-byte": SERVERS["body-by-the-byte"][0],
    "list": always(sized(b"[]")),
    "text": always(sized(b'"token"')),
    "nested": SERVERS["nested-lists"][0],
    "refusal-of-every-type": always(sized(json.dumps({
        "error": ["x"], "error_codes": "7000222", "error_description": {"a": ESCAPES}, "suberror": 7}).encode(), 400)),
    "refusal-with-escapes": always(sized(json.dumps({
        "error": "invalid_grant" + ESCAPES, "error_codes": [10 ** 40, True, "x", -1] * 100, "suberror": ESCAPES,
        "error_description": "AADSTS700082: " + ESCAPES * 300, "trace_id": ESCAPES, "correlation_id": ESCAPES,
    }).encode(), 400)),
    "token-of-another-type": always(sized(b'{"access_token": {"a": 1}, "token_type": "Bearer", "expires_in": "soon"}')),
    "silent": None,
}


@pytest.mark.parametrize("name", ANSWERS_OF_ENTRA)
def test_entra(bench, name):
    run, _ = _diagnose(bench, {ENTRA: ANSWERS_OF_ENTRA[name]}, profile="user", drop_access_tokens=True)
    assert run.check("entra-token")["status"] not in ("passed", "crashed")


PLAIN = {
    "endless": SERVERS["endless-body"][0],
    "by-the-byte": SERVERS["headers-by-the-byte"][0],
    "endless-headers": SERVERS["endless-headers"][0],
    "no-http": SERVERS["no-http"][0],
    "nothing": SERVERS["nothing"][0],
    "redirected": redirect(307, f"http://{STRANGER}/token"),
    "nested": SERVERS["nested-lists"][0],
    "escapes": always(raw(407, [("Proxy-Authenticate", f"Basic realm={ESCAPES[:-2]}")], ESCAPES.encode())),
}


@pytest.mark.parametrize("name", PLAIN)
def test_proxy(bench, name):
    with HostileServer(lambda: PLAIN[name](None, None)) as proxy:
        environment = {**bench.environment(), "HTTPS_PROXY": proxy.url, "https_proxy": proxy.url}
        run = bench.diagnose(environment, "--timeout", str(TIMEOUT))
    require(run)
    assert run.report["durationMs"] < LONGEST * 1000
    assert run.report["status"] == "failed"


@pytest.mark.parametrize("name", PLAIN)
def test_managed_identity_endpoint(bench, name):
    with HostileServer(lambda: PLAIN[name](None, None)) as endpoint:
        environment = {**bench.environment("msi", drop_access_tokens=True),
                       "AZURE_POD_IDENTITY_AUTHORITY_HOST": endpoint.url}
        run = bench.diagnose(environment, "--timeout", str(TIMEOUT))
    require(run)
    assert run.report["durationMs"] < LONGEST * 1000
    assert run.check("entra-token")["status"] in ("failed", "unknown")


BUNDLES = {"missing": (None, "does not exist"), "of-text": (b"no certificate", "contains no certificates"),
           "folder": ("folder", ""), "damaged": ("damaged", "holds a damaged certificate, which begins on line 2")}


@pytest.mark.parametrize("name", BUNDLES)
def test_certificate_bundle(bench, tmp_path, name):
    bundle, (content, fault) = tmp_path / "bundle", BUNDLES[name]
    environment = bench.environment(drop_access_tokens=True)
    if content == "folder":
        bundle.mkdir()
    elif content == "damaged":
        good = Path(environment["REQUESTS_CA_BUNDLE"]).read_text(encoding="ascii")
        first = good[:good.index("-----END")]
        bundle.write_text(f"# the company's own\n{first[:200]}%%{first[202:]}-----END CERTIFICATE-----\n{good}",
                          encoding="ascii")
    elif content:
        bundle.write_bytes(content)
    run = require(bench.diagnose({**environment, "REQUESTS_CA_BUNDLE": str(bundle)}))
    assert run.report["errorCodes"] == ["CONNECTIVITY_SSL_ERROR"]
    if fault:
        assert f"REQUESTS_CA_BUNDLE names {bundle}, which {fault}" in run.report["summary"]
        assert run.report["fix"]["description"].startswith("Point the environment variable REQUESTS_CA_BUNDLE")


@pytest.mark.parametrize("bundle, fault", [
    ("missing", "does not exist"), ("folder", "is not a file, as the Azure CLI requires")])
def test_certificate_bundle_with_which_the_cli_makes_no_client(bench, tmp_path, bundle, fault):
    """With the token for Resource Manager in the cache, it is the first thing that fails."""
    (tmp_path / "folder").mkdir()
    path = tmp_path / bundle
    run = require(bench.diagnose({**bench.environment(), "REQUESTS_CA_BUNDLE": str(path)}))
    assert f"REQUESTS_CA_BUNDLE names {path}, which {fault}" in run.check("resource-manager")["message"]
    assert run.check("registry")["status"] != "passed"


def test_a_bundle_that_is_set_and_empty(monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "")
    assert bundle_for_clients().text.startswith("REQUESTS_CA_BUNDLE is set and empty")


def test_log_of_keys_that_cannot_be_written(bench, tmp_path):
    log = tmp_path / "missing" / "keys"
    environment = bench.environment(drop_access_tokens=True)
    run = require(bench.diagnose({**environment, "SSLKEYLOGFILE": str(log)}))
    assert run.report["errorCodes"] == ["CONNECTIVITY_SSL_ERROR"]
    assert f"SSLKEYLOGFILE names {log}, which cannot be written" in run.report["summary"]
    assert run.report["fix"]["description"].startswith("Remove the environment variable SSLKEYLOGFILE.")


def test_verification_that_is_switched_off(bench):
    """It holds for what the CLI sends, but not for MSAL, which has `az account get-access-token` fail just so."""
    environment = {**bench.environment(drop_access_tokens=True), "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1"}
    run = require(bench.diagnose({name: value for name, value in environment.items() if name != "REQUESTS_CA_BUNDLE"}))
    assert run.check("challenge")["status"] == "passed"
    assert run.check("entra-token")["errorCode"] == "AAD_CONNECTIVITY_ERROR"
    assert "InsecureRequestWarning" not in run.stderr
