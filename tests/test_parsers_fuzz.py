# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Properties of every parser of outside text: it never raises, ends soon, and what it gives to show can be shown."""

import base64
import dataclasses
import json
import struct
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings, strategies as st

from azext_acrlogin.azure.assignees import RESOURCE
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry import Registry, registry_of
from azext_acrlogin.azure.sign_in_files import FileFault, fault_of_profile
from azext_acrlogin.azure.sign_in_settings import SERVICES, sign_in
from azext_acrlogin.net import alias, certificate
from azext_acrlogin.net.certificate import read_certificate
from azext_acrlogin.net.proxies import without_credentials
from azext_acrlogin.net.redaction import secrets_of, without
from azext_acrlogin.net.resolver import hosts_line, is_private
from azext_acrlogin.net.traffic import clock_skew
from azext_acrlogin.protocol import (
    cached_repositories, challenge, conditions, docker_answers, docker_config, jwt, names, registry_errors, roles,
    scopes, times)
from azext_acrlogin.protocol.entra_errors import code_of, refusal_of
from azext_acrlogin.protocol.pasted_error import read_error
from azext_acrlogin.protocol.json_text import member, objects, parse_json, text_member, texts
from azext_acrlogin.protocol.known_secrets import MASK, KnownSecrets
from azext_acrlogin.protocol.secrets_in_text import without_secrets
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.commands import NotQuotable, command_line, is_fit
from azext_acrlogin.symptoms import match as symptoms
from tests.emulator.client import ROOT
from tests.hardening import is_unfit

settings.register_profile("parsers", deadline=None, max_examples=150, derandomize=True,
                          suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
settings.load_profile("parsers")

SUFFIXES = {".azurecr.us": "AzureUSGovernment", ".azurecr.cn": "AzureChinaCloud"}
LONGEST_SECONDS = 5     # for inputs that a careless expression needs hours for

TRICKY = st.sampled_from([
    "\x1b[31m", "\u202e", "\u200b", "\x00", "\ud800", "\xa0", "\r\n", "\\", '"', "'", "%", "$(", "://", "@", ":", "//",
    "[", "]", ",", "=", " ", "\t", "Bearer ", "Basic ", 'realm="', "service=", "myregistry", ".azurecr.io", "AADSTS",
    "ß", "İ", "\U0001f40b"])
TEXT = st.lists(st.one_of(TRICKY, st.text(max_size=8)), max_size=12).map("".join)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(
        st.one_of(TEXT, st.sampled_from([
            "errors", "error", "code", "message", "access", "actions", "type", "name", "auths", "auth", "credHelpers",
            "credsStore", "identitytoken", "properties", "value"])),
        inner, max_size=4)), max_leaves=20)


def assert_showable(text, limit):
    assert len(text) <= limit
    assert not [character for character in text if is_unfit(character) or character == "\n"]


# --- Text ------------------------------------------------------------------------------------------------------------

@given(TEXT, st.integers(1, 60))
def test_shown(text, limit):
    assert_showable(shown(text, limit), limit)


@given(st.one_of(JSON, st.binary()), st.integers(1, 60))
def test_shown_takes_anything(value, limit):
    assert_showable(shown(value, limit), limit)


@given(TEXT)
@example("[" * 100_000)
@example('{"a":' * 100_000)
@example("1" * 100_000)
@example("NaN")
def test_json(text):
    value = parse_json(text)
    json.dumps(value, allow_nan=False)


@given(JSON)
@example({"\ud800": ["\udc00\ud800", "\ud83d\ude00"]})
def test_json_has_whole_characters(value):
    for ensured in (True, False):
        text = json.dumps(value, ensure_ascii=ensured).encode("utf-8", "replace").decode()
        json.dumps(parse_json(text), ensure_ascii=False).encode("utf-8")
        for strict in (True, False):
            json.dumps(docker_config.parse_config(text.encode(), strict).config, ensure_ascii=False).encode("utf-8")


@given(JSON, st.lists(TEXT, max_size=3))
def test_members(value, path):
    member(value, *path)
    assert isinstance(text_member(value, *path), str)
    assert all(isinstance(entry, dict) for entry in objects(value))
    assert all(isinstance(entry, str) for entry in texts(value))


# --- Answers of servers ----------------------------------------------------------------------------------------------

@given(TEXT)
def test_challenges(header):
    found = challenge.parse_challenges(header)
    challenge.bearer(found)
    assert len(found) <= challenge.HEADER_CHARACTERS
    for one in found:
        assert one.scheme == one.scheme.lower()


@given(JSON, TEXT)
def test_registry_errors(body, raw):
    said = registry_errors.error_text(body, raw)
    assert said is None or assert_showable(said, 400) is None
    assert len(registry_errors.error_codes(body)) <= 20
    address = registry_errors.client_address(body)
    assert address is None or not any(map(is_unfit, address))
    registry_errors.is_registry_answer({}, body)


@given(JSON, TEXT)
def test_refusals_by_entra(answer, otherwise):
    refusal = refusal_of(answer, otherwise)
    for entry in dataclasses.astuple(refusal):
        if isinstance(entry, str):
            assert_showable(entry, 1000)
    assert len(refusal.error_codes) <= 10
    assert all(type(number) is int for number in refusal.error_codes)  # pylint: disable=unidiomatic-typecheck
    assert code_of(refusal).endswith("_ERROR")


def token_of(claims, header=None):
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")
    return f"{part(header or {})}.{part(claims)}.c2ln"


@given(st.one_of(TEXT, JSON.map(token_of), st.lists(TEXT, min_size=3, max_size=3).map(".".join)))
def test_tokens(token):
    claims = jwt.claims_of(token)
    assert claims is None or isinstance(claims, dict)
    for name in claims or {"exp": 1}:
        moment = jwt.time_claim(claims, name)
        assert moment is None or 0 < moment < 32_503_680_000
        jwt.text_claim(claims, name)


@given(JSON, TEXT, st.booleans())
def test_granted_actions(claims, repository, catalog):
    assert not any(type(granted) is not bool  # pylint: disable=unidiomatic-typecheck
                   for granted in scopes.granted_actions(claims, repository, catalog).values())
    assert len(scopes.access_shown(claims)) <= 20


@given(JSON)
def test_roles(value):
    for read in (roles.permission_of, roles.role_of, roles.role_assignment_of, roles.deny_assignment_of):
        read(value if isinstance(value, dict) else {"properties": value})


@given(TEXT)
@example("0001-01-01T00:00:00Z")
@example("9999-12-31T23:59:59.9999999Z")
@example("2026-01-01T00:00:00+99:99")
@example("0001-01-01T00:00:00+23:59")
def test_moments(text):
    seconds = times.epoch_of(text)
    assert seconds is None or times.utc_text(seconds).endswith("Z")


@given(TEXT)
@example("Mon, 01 Jan 0001 00:00:00 -2359")
@example("Fri, 31 Dec 9999 23:59:59 +2359")
@example("Thu, 99 Foo 99999999999999999999 99:99:99 GMT")
def test_dates(header):
    skew = clock_skew(header, time.time(), time.time())
    assert skew is None or abs(skew) < 1e12


ACCOUNT = Account("s", "n", "Enabled", "t", None, "u", "user", None, False, True)
SHAPES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), TEXT,
              st.sampled_from(["myregistry.azurecr.io", "[system]"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([
        "id", "name", "location", "sku", "properties", "loginServer", "adminUserEnabled", "networkRuleSet",
        "ipRules", "value",
        "configuration", "registries", "server", "identity", "username", "imageRegistryCredentials", "siteConfig",
        "acrUseManagedIdentityCreds", "credentials", "customRegistries", "sourceRegistry", "myregistry.azurecr.io",
        "policies",
        "step", "type", "containerRegistry", "privateEndpointConnections", "dataEndpointHostNames", "encryption"]),
        inner,
        max_size=5)), max_leaves=25)


@given(SHAPES)
def test_registries(value):
    read = registry_of(value, ACCOUNT)
    assert read.admin_user_enabled in (True, False, None)


@given(SHAPES, st.sampled_from(sorted(SERVICES)))
def test_services(value, kind):
    for registry in (Registry(), Registry(login_server="myregistry.azurecr.io")):
        read = sign_in(kind, value, registry)
        assert isinstance(read.identity, str) and (read.fault is None) == (read.said is None)


@given(TEXT, TEXT, TEXT)
def test_cache_rules(source, target, repository):
    cached_repositories.covers(target, repository)
    cached_repositories.source_of(source, target, repository)
    cached_repositories.target_of(source, target, repository)
    cached_repositories.official_name(source)
    cached_repositories.names_the_source(repository, source)


WORD = st.sampled_from([
    "(", ")", "!", "&&", "||", "{", "}", "'", "@Request[", "@Environment[", "]", "ActionMatches", "StringLike",
    "'*'", ":",
    "ForAnyOfAnyValues:", "SubOperationMatches", "Microsoft.ContainerRegistry/registries/repositories:name", "x",
    " ", "\n"])


@given(st.one_of(TEXT, st.lists(WORD, max_size=40).map(" ".join)), TEXT)
@example("(" * 100_000, "x")
@example("!" * 100_000, "x")
def test_conditions(condition, repository):
    conditions.evaluate(condition, "Microsoft.ContainerRegistry/registries/repositories/content/read", repository)


# --- What people and machines are called -----------------------------------------------------------------------------

@given(st.one_of(TEXT, st.from_regex(r"(https?://)?[a-z0-9-]{1,60}(\.azurecr\.(io|us))?(:\d+)?(/[a-z0-9/:@.]{0,40})?",
                                     fullmatch=True)), st.sampled_from([".azurecr.io", None]))
def test_registry_names(given_name, suffix):
    read = names.read_name(given_name, suffix, SUFFIXES)
    assert read.name is None or names.NAME.fullmatch(read.name)
    assert read.host is None or names.host_name(read.host) == read.host
    assert read.name or read.fault or read.reference_fault
    for text in (read.given, read.repository or "", read.tag or "", read.fault or "", *read.changes):
        assert_showable(text, 600)


@given(TEXT)
def test_host_names(text):
    host = names.host_name(text)
    assert host is None or not set(host) & set("/@:?#[]\\ \x00")


@given(TEXT)
def test_image_references(text):
    for part in names.read_reference(text):
        assert part is None or assert_showable(part, 260) is None


@given(TEXT)
def test_resource_ids(text):
    RESOURCE.fullmatch(text)
    names.RESOURCE_ID.fullmatch(text)
    roles.last_segment(text)
    roles.is_at_or_above(text, "/subscriptions/x")
    roles.is_at_or_above("/subscriptions/x", text)


@given(TEXT)
def test_addresses(text):
    assert is_private(text) in (True, False)


PASSWORD = st.text("abcXYZ019/?#:@%!", min_size=6, max_size=12).map(lambda text: "S3cr" + text)


@given(TEXT)
def test_proxies(text):
    without_credentials(text)


@given(PASSWORD, st.sampled_from(["http://", "https://", "socks5://", ""]))
def test_proxy_passwords_are_left_out(password, scheme):
    for user in ("user:", ""):
        assert "s3cr" not in without_credentials(f"{scheme}{user}{password}@proxy.example:3128").lower()


QUESTION = b"\x0amyregistry\x07azurecr\x02io\x00\x00\x05\x00\x01"
ALIAS = (b"\x00\x07\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + QUESTION
         + b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x0e\x0bprivatelink\xc0\x17")


@given(st.one_of(st.binary(max_size=200),
                 st.lists(st.tuples(st.integers(0, len(ALIAS) - 1), st.integers(0, 255)), max_size=5)))
@example([])
def test_answers_of_name_servers(changes):
    answer = bytearray(ALIAS if isinstance(changes, list) else changes)
    for position, value in changes if isinstance(changes, list) else ():
        answer[position] = value
    try:
        name = alias._alias_in(bytes(answer))   # pylint: disable=protected-access
    except (ValueError, IndexError, struct.error):
        return  # as `alias_of` takes it
    assert name is None or assert_showable(name, 253) is None
    assert changes != [] or name == "privatelink.azurecr.io"


# --- Files -----------------------------------------------------------------------------------------------------------

@given(st.one_of(st.binary(max_size=200), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass")),
                 JSON.map(lambda value: json.dumps(value).encode())), st.booleans())
@example(b"[" * 100_000, True)
@example(b'{"auths": ' * 50_000, False)
@example(b"\xff\xfe{}", False)
def test_docker_configuration(content, strict):
    parsed = docker_config.parse_config(content, strict)
    assert (parsed.config is None) == (parsed.fault is not None)
    auths = docker_config.auths_of(parsed.config)
    key = docker_config.key_for(auths, "myregistry.azurecr.io", "a/b")
    docker_config.other_spellings(auths, "myregistry.azurecr.io")
    for entry in [*auths.values(), auths.get(key)]:
        stored = docker_config.stored_entry(entry)
        docker_config.never_works(stored, "myregistry.azurecr.io")
        docker_config.expiry_of(stored)
    for client in ("docker", "podman"):
        docker_config.helper_for(parsed.config, "myregistry.azurecr.io", client)


@given(st.dictionaries(st.sampled_from(["auth", "identitytoken", "username", "password"]), st.one_of(
    JSON, TEXT, st.binary(max_size=30).map(lambda part: base64.b64encode(part).decode())), max_size=4))
def test_docker_entries(entry):
    stored = docker_config.stored_entry(entry)
    docker_config.never_works(stored, "myregistry.azurecr.io")
    docker_config.expiry_of(stored)
    assert "Secret(***)" in repr(stored) or stored.secret is None


PROFILES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXT),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from([
        "subscriptions", "id", "name", "environmentName", "user", "tenantId", "isDefault", "state"]), inner,
        max_size=6)),
    max_leaves=25)


@given(PROFILES)
def test_profiles(content):
    fault = fault_of_profile(content, "path", "folder")
    assert fault is None or isinstance(fault, FileFault)
    if fault is None:
        assert all(isinstance(entry["id"], str) for entry in content.get("subscriptions") or [])


@given(TEXT, TEXT)
def test_helper_output(user, secret):
    stored = docker_config.stored_by_helper(user, secret)
    docker_config.never_works(stored, "myregistry.azurecr.io")
    docker_config.expiry_of(stored)


@given(TEXT, TEXT, TEXT)
def test_docker_output(stdout, stderr, name):
    docker_answers.version_of_json(stdout, stderr, name)
    docker_answers.version_of_text(stdout, stderr, name)
    docker_answers.answer_to_login(1, docker_answers.FROM_ENGINE + stderr)
    docker_answers.refused_by_socket(stderr)
    docker_answers.number_of(stdout)


@given(st.one_of(st.binary(max_size=300), TEXT.map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_hosts_file(content):
    file = Path(pytest.hosts_folder) / "hosts"
    file.write_bytes(content + b"\n10.0.0.9 MyRegistry.azurecr.io")
    line = hosts_line("myregistry.azurecr.io", str(file))
    assert line is None or assert_showable(line.address, 60) is None


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory):
    pytest.hosts_folder = tmp_path_factory.mktemp("hosts")
    yield
    del pytest.hosts_folder


@pytest.mark.parametrize("make", [lambda path: path.mkdir(), lambda path: path.symlink_to(path),
                                  lambda path: __import__("os").mkfifo(path), lambda path: None])
def test_hosts_file_that_is_none(tmp_path, make):
    make(tmp_path / "hosts")
    assert hosts_line("myregistry.azurecr.io", str(tmp_path / "hosts")) is None


def _certificate(*extensions):
    from datetime import datetime, timedelta, timezone
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(timezone.utc)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "\x1b[31mred\u202e" + "x" * 40)])
    names_of_hosts = [x509.DNSName(f"host{number}.example") for number in range(50)]
    builder = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
               .serial_number(7).not_valid_before(now).not_valid_after(now + timedelta(days=1))
               .add_extension(x509.SubjectAlternativeName(names_of_hosts), critical=False))
    for number in extensions:
        kind = x509.ObjectIdentifier(f"1.2.3.4.5.{number}")
        builder = builder.add_extension(x509.UnrecognizedExtension(kind, b"x"), critical=False)
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


CERTIFICATE = _certificate()


@settings(max_examples=600)
@given(st.one_of(st.binary(max_size=200), st.lists(st.tuples(
    st.integers(0, len(CERTIFICATE) - 1), st.integers(0, 255)), max_size=4)))
def test_certificates(changes):
    if isinstance(changes, list):
        content = bytearray(CERTIFICATE)
        for position, value in changes:
            content[position] = value
    else:
        content = changes
    try:
        read = read_certificate(bytes(content))
    except ValueError:
        return
    assert len(read.names) <= 20
    for text in (read.issuer, read.subject, *read.names):
        assert_showable(text, 200)


def test_a_certificate_with_an_extension_twice():
    content = _certificate(7, 8).replace(bytes([0x2a, 3, 4, 5, 8]), bytes([0x2a, 3, 4, 5, 7]))
    with pytest.raises(ValueError):
        read_certificate(content)


def test_a_certificate_that_cannot_be_read_is_none(monkeypatch):
    monkeypatch.setattr(certificate, "_presented", lambda *_: read_certificate(b"no certificate"))
    assert certificate.presented("myregistry.azurecr.io", 1) is None


# --- Commands to paste, symptoms, echoes -----------------------------------------------------------------------------

@given(st.lists(TEXT, min_size=1, max_size=4), st.booleans())
def test_quoting(arguments, windows):
    try:
        command_line(["az", *arguments], windows)
    except NotQuotable:
        assert windows


@given(TEXT)
def test_values_fit_for_a_command(value):
    if is_fit(value):
        assert not any(map(is_unfit, value)) and not value.startswith("-")


@given(st.lists(st.one_of(TRICKY, st.text(max_size=8), st.sampled_from([
    "myregistry.azurecr.io", "/v2/", "a/b", "/manifests/", "v1", "repository:", ":pull,push",
    "Failed to pull image ", "GET ",
    "@sha256:" + "0" * 64, "az acr login -n ", "%2F"])), max_size=15).map("".join))
def test_pasted_errors(text):
    read = read_error(text, SUFFIXES)
    for registry in read.registries:
        assert names.NAME.fullmatch(registry.name.partition("-")[0])
        for part in (registry.host, registry.repository, registry.reference):
            assert part is None or assert_showable(part, 600) is None


@given(TEXT)
def test_symptoms(text):
    found = symptoms.matches(text)
    assert len(found) <= 10
    for entry in found:
        assert_showable(entry["matched"] or "", 400)


class _Prepared:
    def __init__(self, headers, body):
        self.headers, self.body = headers, body


@given(TEXT, st.one_of(st.none(), TEXT, st.binary(max_size=60)), st.integers(100, 999))
def test_echoes(authorization, body, status):
    secrets = secrets_of(_Prepared({"Authorization": authorization}, body))
    said = without(KnownSecrets(secrets), f"refused: {authorization} {body}", status)
    assert not [secret for secret in secrets if len(secret) >= 20 and secret in said.replace(MASK, "")]


# --- Long inputs -----------------------------------------------------------------------------------------------------

PARSERS = {
    "challenge": challenge.parse_challenges,
    "json": parse_json,
    "name": lambda text: names.read_name(text, ".azurecr.io", SUFFIXES),
    "reference": names.read_reference,
    "host": names.host_name,
    "token": jwt.claims_of,
    "proxy": without_credentials,
    "symptom": lambda text: symptoms.matches(text[:20_000]),
    "pasted-error": lambda text: read_error(text[:20_000], SUFFIXES),
    "condition": lambda text: conditions.evaluate(text[:20_000], "a/b", "c"),
    "cache-rule": lambda text: cached_repositories.source_of(text, text, text),
    "engine": lambda text: docker_answers.answer_to_login(1, docker_answers.FROM_ENGINE + text),
    "socket": docker_answers.refused_by_socket,
    "version": lambda text: docker_answers.version_of_text(text, text, text),
    "configuration": lambda text: docker_config.parse_config(text.encode()),
    "keys": lambda text: docker_config.other_spellings([text], "myregistry.azurecr.io"),
    "client-address": lambda text: registry_errors.client_address({"errors": [{"message": text}]}),
    "shown": shown,
    "secrets": lambda text: without_secrets(text[:16_000]),
    "known-secrets": KnownSecrets(["a known secret, long enough"]).without,
    "moment": times.epoch_of,
}
PIECES = ["a", "/", ":", ".", " ", "\\", '"', "'", ",", "=", "a=", 'a="', "Bearer ", 'a="b",', "[", "{", '{"a":', "-",
          "0", "@", "https://", "a b", "\n", "\u202e", "sock permission ", "permission denied ", "version 1",
          "Get https://x: ", "%", "x."]


@pytest.mark.parametrize("parser", PARSERS)
def test_long_inputs_end_soon(parser):
    for piece in PIECES:
        started = time.process_time()
        PARSERS[parser](piece * (200_000 // len(piece)))
        assert time.process_time() - started < LONGEST_SECONDS, piece


# --- The whole engine ------------------------------------------------------------------------------------------------

def test_the_engine_with_destroyed_answers():
    """A time-boxed part; scripts/fuzz runs the rest."""
    done = subprocess.run([sys.executable, "-m", "tests.fuzz", "--seconds", "20"], cwd=ROOT, capture_output=True,
                          text=True, timeout=180, check=False)
    print(done.stdout)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr[-3000:], pytrace=False)
