# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How docker and podman read their configuration, and what their answers mean; nothing here leaves the process."""

import base64
import json

import pytest

from azext_acrlogin.protocol.docker_answers import (
    answer_to_login, number_of, refused_by_socket, version_of_json, version_of_text)
from azext_acrlogin.protocol.docker_config import (
    TOKEN_USER, expiry_of, helper_for, key_for, never_works, other_spellings, parse_config, stored_by_helper,
    stored_entry)

HOST = "myregistry.azurecr.io"


def encoded(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def token(**claims):
    return f"{encoded({'alg': 'RS256'})}.{encoded({'iss': 'Azure Container Registry', 'aud': HOST, **claims})}.c2ln"


def auth(user, password):
    return {"auth": base64.b64encode(f"{user}:{password}".encode()).decode()}


@pytest.mark.parametrize("content", [b"", b" \n", b"{}", b"null", b'{"auths": null}', b'{"auths": {"a": {}}}',
                                     b'{"auths": {}} trailing', b'{"Auths": {}, "credHelpers": {"a": "b"}}'])
def test_what_docker_takes_has_no_fault(content):
    assert parse_config(content).fault is None


@pytest.mark.parametrize("content, line, column", [
    (b'{"auths": {},\n}', 2, 1), (b"{'auths': {}}", 1, 2), (b"hello", 1, 1), (b"\xef\xbb\xbf{}", 1, 1),
    ('{"auths": {}}'.encode("utf-16"), 1, 1)])
def test_what_is_not_json_says_where(content, line, column):
    parsed = parse_config(content)
    assert parsed.config is None and (parsed.line, parsed.column) == (line, column)


@pytest.mark.parametrize("content", [b"[]", b"3", b'{"auths": []}', b'{"auths": {"a": 3}}', b"[" * 500_000,
                                     b'{"credHelpers": {"a": 1}}', b'{"credsStore": {}}', b"9" * 10_000,
                                     b'{"a": NaN}', b'{"a": [-Infinity]}', b'{"detachKeys": Infinity}',
                                     b'{"CREDSSTORE": 3}', b'{"a": 1, "a": 2,}', b'{"a": "\t"}', b'{"a": 01}'])
def test_what_the_clients_parser_refuses_is_a_fault(content):
    assert parse_config(content).fault


def test_names_in_any_case_and_names_twice_are_read_as_docker_reads_them():
    login = {"AUTH": base64.b64encode(b"ci:password").decode()}
    config = parse_config(json.dumps({"CredsStore": "desktop", "Auths": {HOST: login}}).encode()).config
    assert helper_for(config, HOST, "docker") == "desktop"
    assert stored_entry(config["auths"][HOST]).user_name == "ci"
    config = parse_config(b'{"auths": {"a": {"username": "x"}}, "auths": {"b": {}}, "credsStore": "one", '
                          b'"credsStore": "two"}').config
    assert sorted(config["auths"]) == ["a", "b"] and config["credsStore"] == "two"
    config = parse_config(b'{"auths": {"a": {"username": "x"}, "a": {"password": "y"}}}').config
    assert config["auths"] == {"a": {"password": "y"}}


@pytest.mark.parametrize("content", [b"", b"{} trailing"])
def test_podman_wants_one_value_and_nothing_else(content):
    assert parse_config(content, strict=True).fault


def test_a_helper_of_one_host_comes_before_the_store_of_all():
    config = {"credsStore": "desktop", "credHelpers": {HOST: "acr-env"}}
    assert helper_for(config, HOST, "docker") == "acr-env"
    assert helper_for(config, "other.azurecr.io", "docker") == "desktop"
    assert helper_for(config, "other.azurecr.io", "podman") is None
    assert helper_for({"credHelpers": {HOST: ""}, "credsStore": "pass"}, HOST, "docker") is None


@pytest.mark.parametrize("key", [HOST, f"https://{HOST}", f"https://{HOST}/v1/", f"http://{HOST}/v2/", f"{HOST}/v2/"])
def test_spellings_that_the_client_finds(key):
    assert key_for(["other.azurecr.io", key], HOST) == key
    assert other_spellings([key], HOST) == []


@pytest.mark.parametrize("key", ["MyRegistry.azurecr.io", f"{HOST}:443", f"https://{HOST}:443", f"{HOST}.", f" {HOST}",
                                 "HTTPS://MYREGISTRY.AZURECR.IO/v2/", f"{HOST}:443/v2/"])
def test_spellings_that_the_client_does_not_find(key):
    assert key_for([key], HOST) is None or key.startswith("HTTPS://")
    assert other_spellings([key], HOST) == ([] if key_for([key], HOST) else [key])


@pytest.mark.parametrize("key", ["otherregistry.azurecr.io", "myregistry.azurecr.us", f"{HOST}:5000", "", "://",
                                 "http://["])
def test_other_hosts_are_not_spellings(key):
    assert key_for([key], HOST) is None and other_spellings([key], HOST) == []


def test_the_exact_key_wins_and_podmans_namespaces_go_deeper():
    assert key_for([f"https://{HOST}", HOST], HOST) == HOST
    assert key_for([HOST, f"{HOST}/team"], HOST, "team/app") == f"{HOST}/team"
    assert key_for([HOST, f"{HOST}/team/app"], HOST, "team/app") == f"{HOST}/team/app"


def test_entries_are_read_as_docker_reads_them():
    assert stored_entry(auth("alex", "a:b")).secret.reveal() == "a:b"
    identity = stored_entry({**auth(TOKEN_USER, ""), "identitytoken": "t"})
    assert (identity.kind, identity.user_name, identity.secret.reveal()) == ("identityToken", TOKEN_USER, "t")
    assert stored_entry({"username": "alex", "password": "p"}).kind == "password"
    assert stored_entry({}).kind == stored_entry(None).kind == "none"
    assert stored_by_helper("<token>", "t").kind == "identityToken"
    assert stored_by_helper("alex", "p").user_name == "alex"


@pytest.mark.parametrize("value", ["%%%", "YWxleA==", "OnBhc3N3b3Jk", "YWxleDpw="])
def test_an_auth_value_that_does_not_decode(value):
    assert stored_entry({"auth": value}).fault
    assert never_works(stored_entry({"auth": value}), HOST)


def test_what_can_never_work():
    assert never_works(stored_entry(auth("alex@contoso.example", token())), HOST)
    assert never_works(stored_entry(auth(TOKEN_USER, token(aud="otherregistry.azurecr.io"))), HOST)
    assert never_works(stored_by_helper("<token>", token(aud="otherregistry.azurecr.io")), HOST)


def test_what_may_work():
    assert never_works(stored_entry(auth(TOKEN_USER, token())), HOST) is None
    assert never_works(stored_entry(auth("ci-token", "password")), HOST) is None
    assert never_works(stored_entry({**auth("alex", ""), "identitytoken": token(aud=HOST.upper())}), HOST) is None
    assert never_works(stored_by_helper("<token>", token()), "myregistry.westeurope.geo.azurecr.io") is None
    entra = token(iss="https://sts.windows.net/x/", aud="https://containerregistry.azure.net")
    assert never_works(stored_entry(auth(TOKEN_USER, entra)), HOST) is None


def test_expiry():
    assert expiry_of(stored_entry(auth(TOKEN_USER, token(exp=1_700_000_000)))) == 1_700_000_000
    assert expiry_of(stored_entry(auth(TOKEN_USER, token(exp="soon")))) is None
    assert expiry_of(stored_entry(auth("alex", "password"))) is None
    assert stored_entry(auth(TOKEN_USER, "opaque")).looks_like_token
    assert not stored_entry(auth("alex", "password")).looks_like_token


def test_a_stored_secret_is_not_in_its_representation():
    assert "hidden-one" not in repr(stored_entry(auth("alex", "hidden-one")))


DOCKER = ('{"Client":{"Version":"28.2.2","ApiVersion":"1.50","Os":"linux","Arch":"amd64","Context":"default"},'
          '"Server":null}')
PODMAN = '{"Client":{"APIVersion":"4.3.1","Version":"4.3.1","GitCommit":"","OsArch":"linux/amd64","Os":"linux"}}'


def test_versions():
    docker = version_of_json(DOCKER, "Cannot connect to the Docker daemon", "docker")
    assert (docker.kind, docker.client, docker.server, docker.context) == ("docker", "28.2.2", None, "default")
    assert version_of_json(PODMAN, "", "podman").kind == "podman"
    assert version_of_json(PODMAN, "", "docker").kind == "podman"
    assert version_of_json('{"Client":{"Version":"27.1.1"}}',
                           "Emulate Docker CLI using podman. Create /etc/containers/nodocker to quiet msg.",
                           "docker").kind == "podman"
    assert version_of_json('{"Client":{"Version":"5.2.0"}}', "", "docker").kind == "podman"
    assert version_of_json("json", "", "docker") is version_of_json('{"Client":null}', "", "docker") is None
    assert version_of_text("Docker version 17.06.2-ce, build 3dfb8343", "", "docker").client == "17.06.2-ce"
    assert version_of_text("podman version 4.3.1", "", "docker").kind == "podman"
    assert version_of_text("The command 'docker' could not be found", "", "docker") is None
    assert number_of("17.06.2-ce") == (17, 6) and number_of("1.13.1") == (1, 13)
    assert number_of("v1.7.0") is number_of("dev") is number_of(None) is None


R = "https://myregistry.azurecr.io/v2/"


@pytest.mark.parametrize("text", [
    f'Error response from daemon: Get "{R}": unauthorized: authentication required, visit https://aka.ms/acr/x',
    f"Error response from daemon: login attempt to {R} failed with status: 401 Unauthorized",
    f"Error response from daemon: login attempt to {R} failed with status: 403 Forbidden",
    f"Error response from daemon: login attempt to {R} failed with status: 502 Bad Gateway",
    f'Error response from daemon: Get "{R}": denied: client with IP 1.2.3.4 is not allowed access',
    f"Error response from daemon: Get {R}: unauthorized: authentication required",
    f'Error response from daemon: Get "{R}": unexpected status from GET request to {R}: 403 Forbidden'])
def test_a_registrys_own_answer_shows_that_the_daemon_got_there(text):
    assert answer_to_login(1, text).reached is True


@pytest.mark.parametrize("cause, reason", [
    ("x509: certificate signed by unknown authority", "certificate"),
    ("tls: failed to verify certificate: x509: certificate signed by unknown authority", "certificate"),
    ("tls: first record does not look like a TLS handshake", "certificate"),
    ("dial tcp 10.9.8.9:443: i/o timeout", "timeout"),
    ("net/http: TLS handshake timeout", "timeout"),
    ("net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
     "timeout"),
    ("context deadline exceeded", "timeout"),
    ("dial tcp: lookup myregistry.azurecr.io on 192.168.65.1:53: no such host", "dns"),
    ("dial tcp 10.9.8.7:444: connect: connection refused", "connection"),
    ("EOF", "connection"),
    ("Proxy Authentication Required", "proxy"), ("Forbidden", "proxy"), ("Bad Gateway", "proxy"),
    ("proxyconnect tcp: dial tcp 10.9.8.8:9: connect: connection refused", "proxy"),
    ("proxyconnect tcp: dial tcp: lookup noproxy.invalid on 127.0.0.53:53: no such host", "proxy-name")])
def test_errors_on_the_daemons_way(cause, reason):
    for url in (f'"{R}"', R):
        answer = answer_to_login(1, f"Error response from daemon: Get {url}: {cause}\n")
        assert (answer.reached, answer.reason) == (False, reason)


@pytest.mark.parametrize("text", [
    "", f'Get "{R}": tls: failed to verify certificate: x509: certificate signed by unknown authority',
    "Error response from daemon: client version 1.50 is too new. Maximum supported API version is 1.41",
    "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
    f'Error response from daemon: Get "{R}": error parsing HTTP 403 response body: invalid character'])
def test_answers_that_tell_nothing(text):
    assert answer_to_login(1, text).reached is None


def test_a_login_that_is_taken_got_there():
    assert answer_to_login(0, "").reached is True


def test_whose_permission_is_denied():
    assert refused_by_socket("permission denied while trying to connect to the Docker daemon socket at "
                             "unix:///var/run/docker.sock")
    assert refused_by_socket("open //./pipe/docker_engine: Access is denied.")
    assert not refused_by_socket("ssh: Permission denied (publickey).")
    assert not refused_by_socket("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.")
