# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The one door to Resource Manager: which version goes over the wire, and what becomes of answers that mean harm."""

import json
import logging
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from azext_acrlogin._version import VERSION
from azext_acrlogin.azure.api_versions import REFUSALS, older_versions
from azext_acrlogin.azure.arm import LIST_CHARACTERS, PAGES, ArmAnswer
from tests.azure_facts import reports
from tests.contract.door import ACCOUNT, GROUP, HOST, LISTS, METHODS, REGISTRY, SUBSCRIPTION, TOKEN, Reply, door
from tests.contract.requests import READING, declaration, faults
from tests.contract.sdks import NEWEST, OLDEST, run_with

STRANGER = "stranger.example"
# What the oldest CLI's own profile asks for; all else is as with the newest.
OF_THE_OLDEST = {
    "registries": "2025-03-01-preview", "registry": "2025-03-01-preview", "name_availability": "2025-03-01-preview",
    "tokens": "2025-03-01-preview", "scope_map": "2025-03-01-preview", "cache_rules": "2023-01-01-preview",
    "credential_set": "2023-01-01-preview", "replications": "2025-03-01-preview", "usages": "2025-03-01-preview"}
TYPED = {name: "containerregistry" for name in OF_THE_OLDEST} | {
    name: "authorization" for name in (
        "role_assignments", "deny_assignments", "eligible_roles", "permissions", "role_definition")}

ONE_VERSION = ("eligible_roles", "role_assignments")    # every cloud and every SDK has it


def version_of(url):
    return parse_qs(urlsplit(url).query)["api-version"][0]


def target_of(url):
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


@pytest.fixture(scope="module", params=[OLDEST, NEWEST], name="wire")
def wire_of_a_cli(request, tmp_path_factory):
    """What the SDKs of a CLI send for each method of the door."""
    return json.loads(run_with(request.param, tmp_path_factory.mktemp("az"), "tests.contract.door"))


# -- Over the wire --

def test_versions_on_the_wire(wire):
    assert set(wire["wire"]) == set(METHODS)
    for name, sent in wire["wire"].items():
        (method, url, _), = sent
        declared = declaration("arm", method, urlsplit(url).path)
        expected = declared.versions[0] if wire["cli"] == NEWEST else OF_THE_OLDEST.get(name, declared.versions[0])
        assert version_of(url) == expected, name
        assert not faults("arm", method, target_of(url), newest=wire["cli"] == NEWEST)


def test_the_user_agent_names_cli_extension_and_sdk(wire):
    for name, ((_, _, agent),) in wire["wire"].items():
        sdk = TYPED.get(name)
        expected = f"azsdk-python-mgmt-{sdk}/{wire[sdk]} " if sdk else "azsdk-python-core "
        assert agent.startswith(f"AZURECLI/x CliExtension/acrlogin({VERSION}) {expected}"), name


@pytest.mark.parametrize("name", METHODS)
def test_of_this_cli(name):
    """The SDKs that the tests run with; they are the newest ones unless somebody tests another CLI."""
    with door() as (arm, sent):
        assert METHODS[name](arm).status == 200
    request, = sent
    assert not faults("arm", request.method, target_of(request.url))
    assert request.headers["Authorization"] == f"Bearer {TOKEN}" and urlsplit(request.url).hostname == HOST


# -- Versions that a cloud does not know --

def refusal(code):
    """As recorded, for one resource or for a list."""
    found = next(report for report in reports("unsupported") if report.body["error"]["code"] == code)
    return lambda: Reply(found.body, found.status)


@pytest.mark.parametrize("code", REFUSALS)
@pytest.mark.parametrize("name", [name for name in METHODS if name in TYPED and name not in ONE_VERSION])
def test_a_version_that_is_refused_is_followed_by_older_ones(name, code):
    known = set()

    def server(request):
        return Reply() if version_of(request.url) in known else refusal(code)()

    with door(server) as (arm, sent):
        assert not METHODS[name](arm).ok
        asked = [version_of(request.url) for request in sent]
        expected = [version for version in older_versions(urlsplit(sent[0].url).path) if version != asked[0]]
        assert asked[1:] == expected and len(set(asked)) == len(asked)
    known.add(expected[-1])
    with door(server) as (arm, sent):
        answer = METHODS[name](arm)
        assert answer.ok and answer.api_version == expected[-1]
        before = len(sent)
        assert METHODS[name](arm).ok
        assert [version_of(request.url) for request in sent[before:]] == [expected[-1]]
    assert not [request.method for request in sent if request.method != sent[0].method]


def test_registries_that_are_refused_are_asked_for_by_a_version_that_shows_the_mode():
    with door(lambda request: Reply() if version_of(request.url) == "2025-11-01" else refusal(
            "NoRegisteredProviderFound")()) as (arm, sent):
        assert METHODS["registry"](arm).api_version == "2025-11-01"
        assert METHODS["registries"](arm).api_version == "2025-11-01"
    assert [version_of(request.url) for request in sent[1:]] == ["2025-11-01"] * 2


def test_another_refusal_is_none_of_a_version():
    for code, status in (("AadPremiumLicenseRequired", 400), ("ResourceNotFound", 404), ("InvalidResourceType", 403)):
        with door(lambda request, code=code, status=status: Reply({"error": {"code": code}}, status)) as (arm, sent):
            assert METHODS["registry"](arm).error_code == code
        assert len(sent) == 1


def test_a_links_opaque_part_stays_as_it_is():
    opaque = "%24skiptoken=a%2Bb+c%3D&x=%27"

    def server(request):
        link = f"https://{HOST}{urlsplit(request.url).path}?api-version=2024-07-01-preview&{opaque}"
        if version_of(request.url) != "2022-04-01":
            return refusal("NoRegisteredProviderFound")()
        return Reply({"value": [{}]} if "skiptoken" in request.url else {"value": [], "nextLink": link})

    with door(server) as (arm, sent):
        assert METHODS["deny_assignments"](arm).items == [{}]
    assert sent[-1].url.endswith(f"?api-version=2022-04-01&{opaque}")


# -- Answers that mean harm --

def nested(depth):
    return b'{"a":' * depth + b"1" + b"}" * depth


HARM = {
    "an object for a list": Reply({"value": {"name": "x"}}), "a text for a list": Reply({"value": "x"}),
    "a list of lists": Reply({"value": [[], None, 1, "x", {"properties": []}]}), "a list": Reply([]),
    "a list of objects": Reply([{"value": []}]), "a text": Reply("x"), "a number": Reply(7), "nothing": Reply(b""),
    "null": Reply(None), "no JSON": Reply(b"<html>"), "not a number": Reply(b'{"value": NaN}'),
    "deep": Reply(nested(200_000)), "deep in a list": Reply(b'{"value": [' + nested(900) + b"]}"),
    "lists for properties": Reply({"value": [{"id": [], "name": {}, "properties": [], "sku": 1, "identity": "x"}],
                                   "id": [], "name": {}, "properties": [1], "sku": [], "identity": 3}),
    "wrong types": Reply({"properties": {"creationDate": "yesterday", "policies": "x", "networkRuleSet": [],
                                         "privateEndpointConnections": {"a": 1}}, "tags": [], "location": 4}),
    "an error of wrong types": Reply({"error": [1]}, 400), "an error without an error": Reply({"message": 1}, 403),
    "an error in a list": Reply([{"error": {"code": 1}}], 404), "an error that is none": Reply({"error": {}}, 500),
    "a code of wrong type": Reply({"error": {"code": {"a": 1}, "message": []}}, 400),
    "a link that is a number": Reply({"value": [], "nextLink": 7}),
    "a link that is a list": Reply({"value": [], "nextLink": ["x"]}),
    "a link that is an object": Reply({"value": [], "nextLink": {"href": "x"}}),
    "30 MB": Reply(b'{"value": ["' + b"a" * 30_000_000 + b'"]}'),
    "no content": Reply(b"", 204), "accepted": Reply({"status": "InProgress"}, 202), "status 999": Reply({}, 999),
    "a moved resource": Reply({}, 301, {"Location": f"https://{STRANGER}/"}),
    "a moved resource here": Reply({}, 307, {"Location": f"https://{HOST}/elsewhere"}),
    "a wait of an hour": Reply({"error": {"code": "TooManyRequests"}}, 429, {"Retry-After": "3600"}),
    "a wait of an hour, unavailable": Reply({}, 503, {"Retry-After": "3600"}),
    "a provider that is not registered": Reply({"error": {
        "code": "MissingSubscriptionRegistration", "message": "The subscription is not registered to use namespace "
        "'Microsoft.ContainerRegistry'. See https://aka.ms/rps-not-found for how to register subscriptions."}}, 409),
    "a challenge": Reply({"error": {"code": "InvalidAuthenticationToken"}}, 401, {
        "WWW-Authenticate": f'Bearer authorization_uri="https://{STRANGER}/", error="insufficient_claims", '
                            'claims="e30="'}),
    "another encoding": Reply(b'{"value": ["\xff\xfe"]}', headers={"Content-Type": "application/json; charset=utf-16"}),
    "another type": Reply(b"<xml/>", headers={"Content-Type": "application/xml"}),
}


@pytest.mark.parametrize("harm", HARM)
@pytest.mark.parametrize("name", METHODS)
def test_harm(name, harm):
    started = time.monotonic()
    with door(lambda request: HARM[harm]) as (arm, sent):
        answer = METHODS[name](arm)
    assert isinstance(answer, ArmAnswer) and isinstance(answer.items, list)
    assert len(sent) == 1 and urlsplit(sent[0].url).hostname == HOST
    assert sent[0].method in READING or name == "name_availability"
    assert time.monotonic() - started < 3
    if HARM[harm].status >= 300:
        assert not answer.ok and answer.status == HARM[harm].status
    if name in LISTS and harm.startswith("a") and harm.endswith("for a list") or harm == "30 MB":
        assert not answer.ok


FOREIGN = [f"https://{STRANGER}/x", f"https://{HOST}:8443/x", f"http://{HOST}/x", f"https://{HOST}@{STRANGER}/x",
           f"https://{HOST}.{STRANGER}/x", f"//{STRANGER}/x", "https://[::1/x", f"ftp://{HOST}/x",
           f"https://{STRANGER}\\@{HOST}/x", f"https://{STRANGER}%5C@{HOST}/x", f"https://user@{HOST}/x",
           f"https:\\\\{STRANGER}/x", f"https:/{STRANGER}/x", f"https://{STRANGER}\t@{HOST}/x",
           f" https://{STRANGER}/x", f"https://{STRANGER}?@{HOST}/x", f"https://{STRANGER}#@{HOST}/x",
           f"https://{HOST}\\.{STRANGER}/x",
           f"https://{HOST}:99999/x", f"https://{HOST}:443:443/x", "file:///etc/passwd"]


@pytest.mark.parametrize("link", FOREIGN)
@pytest.mark.parametrize("name", LISTS)
def test_a_link_to_elsewhere_is_not_followed(name, link):
    with door(lambda request: Reply({"value": [{"name": "x"}], "nextLink": link})) as (arm, sent):
        answer = METHODS[name](arm)
    assert not answer.ok and answer.value is None
    for request in sent[1:]:    # what an SDK takes for a path of its own endpoint may be asked there
        assert request.url.startswith(f"https://{HOST}/")


@pytest.mark.parametrize("host", [f"{HOST}:443", HOST.upper(), HOST])
@pytest.mark.parametrize("name", LISTS)
def test_a_link_to_the_same_host_is_followed(name, host):
    def server(request):
        if "page=2" in request.url:
            return Reply({"value": [{"name": "second"}]})
        return Reply({"value": [{"name": "first"}], "nextLink": f"https://{host}{target_of(request.url)}&page=2"})

    with door(server) as (arm, sent):
        answer = METHODS[name](arm)
    assert [item["name"] for item in answer.items] == ["first", "second"] and not answer.continues
    assert len(sent) == 2 and all(request.headers["Authorization"] == f"Bearer {TOKEN}" for request in sent)


@pytest.mark.parametrize("name", ["registries", "role_assignments", "resources"])
def test_a_list_without_end_is_given_up(name):
    def server(request):
        target = target_of(request.url).partition("&n=")[0]
        return Reply({"value": [{}], "nextLink": f"https://{HOST}{target}&n={len(sent)}"})

    with door(server) as (arm, sent):
        answer = METHODS[name](arm)
    assert not answer.ok and len(sent) == PAGES


def test_a_list_of_large_pages_is_given_up():
    page = [{"name": "a" * 7_000_000}]
    with door(lambda request: Reply({"value": page, "nextLink": request.url})) as (arm, sent):
        assert not METHODS["registries"](arm).ok
    assert len(sent) <= LIST_CHARACTERS / 7_000_000 + 1


@pytest.mark.parametrize("error", [
    requests.ConnectTimeout("x"), requests.exceptions.SSLError("x"), requests.ConnectionError(ConnectionResetError()),
    requests.exceptions.ChunkedEncodingError("x"), requests.exceptions.ContentDecodingError("x"), OSError("x"),
    ValueError("x"), UnicodeError("x"), requests.exceptions.InvalidURL("x")], ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("name", ["registries", "registry", "role_assignments", "subscription", "resources"])
def test_no_answer(name, error):
    with door(lambda request: error) as (arm, _):
        answer = METHODS[name](arm)
    assert not answer.ok and answer.answer.failure


@pytest.mark.parametrize("odd", [
    "a?api-version=1&x=1", "a#b", "..", "../../../..", "a%2f..%2f..", "a b\r\nX: y", "", "é", "a@b", ";", "\\", "\0",
    "a/../../../../providers/Microsoft.Authorization/roleAssignments/x"])
def test_odd_names_stay_in_their_place(odd):
    site = f"{GROUP}/providers/Microsoft.Web/sites/{odd}"
    with door() as (arm, sent):
        for ask in (lambda: arm.resource(ACCOUNT, site), lambda: arm.registry(ACCOUNT, "rg", odd),
                    lambda: arm.registry(ACCOUNT, odd, "myregistry"), lambda: arm.scope_map(ACCOUNT, REGISTRY, odd),
                    lambda: arm.credential_set(ACCOUNT, REGISTRY, odd), lambda: arm.permissions(ACCOUNT, odd),
                    lambda: arm.permissions(ACCOUNT, f"{REGISTRY}{odd}"), lambda: arm.tokens(ACCOUNT, f"/{odd}" * 8),
                    lambda: arm.role_assignments(ACCOUNT, f"{REGISTRY}/{odd}", "atScope()"),
                    lambda: arm.role_assignments(ACCOUNT, REGISTRY, f"principalId eq '{odd}'"),
                    lambda: arm.role_definition(ACCOUNT, REGISTRY, odd), lambda: arm.resources(ACCOUNT, odd),
                    lambda: arm.name_availability(ACCOUNT, odd), lambda: arm.diagnostic_settings(ACCOUNT, site)):
            assert isinstance(ask(), ArmAnswer)
    for request in sent:
        parts = urlsplit(request.url)
        assert (parts.scheme, parts.netloc, parts.fragment) == ("https", HOST, "")
        assert set(parse_qs(parts.query)) <= {"api-version", "$filter"}
        assert request.method in READING or parts.path.endswith("/checkNameAvailability")
        assert "X" not in request.headers


def test_without_a_token_nobody_is_asked():
    with door() as (arm, sent):
        arm.login.token = lambda resource, account: type("NoToken", (), {"token": None})()
        for ask in METHODS.values():
            assert ask(arm).token_answer is not None
    assert not sent


def test_an_id_that_is_no_registrys_is_asked_nowhere():
    with door() as (arm, sent):
        for name in ("", "/", "x", f"/subscriptions/{SUBSCRIPTION}", REGISTRY + "/tokens/x"):
            assert arm.tokens(ACCOUNT, name).is_impossible
    assert not sent


def test_nothing_is_logged_of_bodies_and_tokens(caplog):
    caplog.set_level(logging.DEBUG)
    secret = "canary-of-a-body-77aa"
    for reply in (Reply({"value": [{"name": secret}], "id": secret}), Reply({"error": {"code": secret}}, 403),
                  Reply([secret]), Reply({"value": {"name": secret}})):
        with door(lambda request, reply=reply: reply) as (arm, _):
            for ask in METHODS.values():
                ask(arm)
    said = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)
    assert TOKEN not in said and secret not in said
