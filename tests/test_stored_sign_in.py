# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The stored login: where it is sent, and what is concluded from the answer."""

import base64
from types import SimpleNamespace

import pytest

from azext_acrlogin.azure.applications import Application, DirectoryObject, read_application
from azext_acrlogin.azure.registry_tokens import RegistryToken
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue import codes as catalogue
from azext_acrlogin.checks import all_checks
from azext_acrlogin.checks.client import stored_sign_in
from azext_acrlogin.checks.client.stored_sign_in import StoredSignInEvidence
from azext_acrlogin.engine.model import Finding, Judgement, Result, Status
from azext_acrlogin.engine.root_causes import root_causes
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.client_config import ClientConfigEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.credentials import oddity_of
from azext_acrlogin.protocol.docker_config import TOKEN_USER, Stored
from azext_acrlogin.render.commands import best
from tests.inputs import inputs
from tests.test_docker_config import token
from tests.test_judgements import APPLICATION, DEV, HOST, account, asked, codes, named, unseen, visible

SECRET = "stored-Password-1"
CHECKS = {check.name: check for check in all_checks()}


def challenged(**options):
    return ChallengeEvidence(**{"host": HOST, "status": 401, "schemes": ["Bearer"], "service": HOST,
                                "realm": f"https://{HOST}/oauth2/token", "content_type": None, "server": None,
                                "location_host": None, "server_text": None, "answer": Answer(HOST, "/v2/", 401),
                                **options})


def held(kind="password", user="ci-token", secret=SECRET, **options):
    return StoredCredentialEvidence(**{"login_server": HOST, "source": "file", "location": "/home/config.json",
                                       "kind": kind, "key": HOST, "stored": Stored(kind, user, Secret(secret)),
                                       **options})


def evidence_of(**others):
    return inputs({"name": named(), "registry": visible(seen_by=account()), "stored-credential": held(),
                   "challenge": challenged(), "client-config": ClientConfigEvidence("docker"),
                   **{name.replace("_", "-"): value for name, value in others.items()}})


class Door:
    """Stands for HTTP, and answers with one status; remembers what was sent."""

    def __init__(self, status=401):
        self.sent, self._status = [], status

    def request(self, method, url, **options):
        self.sent.append((method, url, options))
        return Answer(HOST, "/oauth2/token", self._status)


def gathered(door, question=None, **others):
    context = SimpleNamespace(asked=question or asked(), http=door, arm=SimpleNamespace(), login=None)
    found = evidence_of(**{"registry": unseen(), **others})
    return stored_sign_in.gather(context, found), found


# ---- What is sent, and where ---------------------------------------------------------------------------------------

def test_a_password_goes_once_to_the_token_endpoint_of_its_registry():
    door = Door()
    evidence, _ = gathered(door)
    (method, url, options), = door.sent
    assert method == "GET" and url.startswith(f"https://{HOST}/oauth2/token?service={HOST}&scope=repository%3A")
    assert options["headers"] == {"Authorization": "Basic " + base64.b64encode(f"ci-token:{SECRET}".encode()).decode()}
    assert options["verify"] is True and SECRET not in url and SECRET not in repr(evidence)


def test_an_identity_token_is_sent_as_a_refresh_token():
    door = Door()
    gathered(door, stored_credential=held("identityToken", "alex", "eyJ.token"))
    (method, url, options), = door.sent
    assert (method, url) == ("POST", f"https://{HOST}/oauth2/token")
    assert dict(options["form"])["refresh_token"] == "eyJ.token" and dict(options["form"])["service"] == HOST


@pytest.mark.parametrize("question, others", [
    (asked(client="none"), {}), (asked(in_cloud_shell=True), {}), (asked(assignee="somebody"), {}),
    (asked(username="ci"), {}),
    (None, {"stored_credential": StoredCredentialEvidence(HOST)}),
    (None, {"stored_credential": held(expired=True)}), (None, {"stored_credential": held(never_works="a reason")}),
    (None, {"stored_credential": held(spoiling_key="other.example")}),
    (None, {"challenge": challenged(realm="https://elsewhere.example/token")}),
    (None, {"challenge": challenged(realm=None, schemes=["Basic"])}),
    (None, {"challenge": challenged(status=200)}), (None, {"challenge": challenged(status=302, realm=None)})])
def test_nothing_is_sent_where_it_is_not_wanted_or_not_to_the_registry(question, others):
    door = Door()
    evidence, found = gathered(door, question, **others)
    assert door.sent == [] and evidence.answer is None
    judgement = stored_sign_in.judge(question or asked(), evidence, found)
    assert judgement.status is Status.SKIPPED and judgement.skipped.reason


# ---- What is concluded ---------------------------------------------------------------------------------------------

def judge(status=401, stored=None, signs_in=True, granted=None, registry=None, client="docker", own_granted=None,
          own_id=None, **known):
    answer = AccessTokenEvidence(HOST, "samples/app", False, status, issued=status == 200, granted=granted or {})
    evidence = StoredSignInEvidence(login_server=HOST, status=status, answer=answer, **known)
    own = AccessTokenEvidence(HOST, "samples/app", False, 200 if signs_in else 401, granted=own_granted or {})
    found = evidence_of(stored_credential=stored or held(), access_token=own, registry=registry or visible(
        seen_by=account()), client_config=ClientConfigEvidence(client), identity=IdentityEvidence(client_id=own_id))
    return stored_sign_in.judge(asked(), evidence, found)


def user(kind, name="ci-token", **known):
    return {"user_name": name, "user_name_kind": kind, **known}


@pytest.mark.parametrize("known, code", [
    (user("registryName", admin_user_enabled=False), "ADMIN_USER_DISABLED_ERROR"),
    (user("registryName", admin_user_enabled=True), "CREDENTIAL_PASSWORD_ERROR"),
    (user("registryName"), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("name", token=RegistryToken(True, True, "disabled", [""])), "TOKEN_DISABLED_ERROR"),
    (user("name", token=RegistryToken(True, True, "enabled", ["2025-01-01T00:00:00+00:00"]),
          token_passwords_expired=True), "TOKEN_PASSWORD_EXPIRED_ERROR"),
    (user("name", token=RegistryToken(True, True, "enabled", [""]), token_passwords_expired=False),
     "CREDENTIAL_PASSWORD_ERROR"),
    (user("name", token=RegistryToken(True, True, None, None)), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("name", token=RegistryToken(True, False)), "TOKEN_NOT_FOUND_ERROR"),
    (user("name", token=RegistryToken(False)), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("name"), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("guid", APPLICATION, application=Application(False)), "AAD_APPLICATION_NOT_FOUND_ERROR"),
    (user("guid", APPLICATION, application=Application(True, False)), "AAD_ACCOUNT_ERROR"),
    (user("guid", APPLICATION, application=Application(True, True, secrets_expired_at="2026-01-01T00:00:00Z")),
     "AAD_CLIENT_SECRET_EXPIRED_ERROR"),
    (user("guid", APPLICATION, application=Application(True, True)), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("guid", APPLICATION, application=Application()), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("guid", APPLICATION), "DOCKER_CREDENTIAL_INVALID_ERROR"),
    (user("userPrincipalName", "alex@contoso.example"), "DOCKER_CREDENTIAL_INVALID_ERROR")])
@pytest.mark.parametrize("signs_in", [True, False])
def test_a_refused_user_is_explained_by_what_is_known_or_not_at_all(known, code, signs_in):
    judgement = judge(signs_in=signs_in, **known)
    assert codes(judgement) == [code]
    assert "Docker's login for" in judgement.message or code == "DOCKER_CREDENTIAL_INVALID_ERROR"
    assert code in stored_sign_in.CHECK.codes


@pytest.mark.parametrize("own_id, signs_in, is_found", [
    (APPLICATION.upper(), False, False), (APPLICATION, True, True), ("another", False, True), (None, False, True)])
def test_the_application_that_az_is_signed_in_as_is_refused_once(own_id, signs_in, is_found):
    judgement = judge(signs_in=signs_in, own_id=own_id, **user("guid", APPLICATION))
    assert codes(judgement) == (["DOCKER_CREDENTIAL_INVALID_ERROR"] if is_found else [])
    assert is_found or judgement.status is Status.UNKNOWN


@pytest.mark.parametrize("stored, says", [
    (held(user_name="ci-token"), "signs in as 'ci-token' and does not allow pull"),
    (held("identityToken", TOKEN_USER, token(sub="sam@contoso.example"), user_name=TOKEN_USER, is_token=True),
     "signs in as 'sam@contoso.example' and does not allow pull"),
    (held("identityToken", TOKEN_USER, "eyJ.x.y", is_token=True), " does not allow pull")])
def test_whose_login_allows_less_is_said_where_it_shows(stored, says):
    judgement = judge(200, stored, granted={"pull": False}, own_granted={"pull": True})
    assert codes(judgement) == ["DOCKER_CREDENTIAL_LIMITED_WARNING"] and says in judgement.message
    assert ("signs in as" in says) is ("signs in as" in judgement.message)


def test_a_refused_token_is_a_finding_only_where_signing_in_works():
    token = held("identityToken", TOKEN_USER, "eyJ", expires_at="2026-11-26T12:00:00Z")
    assert codes(judge(stored=token)) == ["DOCKER_CREDENTIAL_INVALID_ERROR"]
    assert judge(stored=token, signs_in=False).status is Status.UNKNOWN


def test_an_answer_that_is_not_about_the_credential_proves_nothing():
    for status in (403, 429, 500, None):
        assert judge(status=status, **user("registryName", admin_user_enabled=False)).status is Status.UNKNOWN


def test_a_login_that_is_accepted_and_does_not_allow_what_is_asked_for_stays_open():
    assert judge(status=200, granted={"pull": True}).status is Status.PASSED
    judgement = judge(status=200, granted={"pull": False})
    assert judgement.status is Status.UNKNOWN and "pull" in judgement.message


def test_anonymous_pull_is_blocked_by_a_refused_login():
    judgement = judge(registry=visible(anonymous_pull_enabled=True), **user("name", token=RegistryToken(True, False)))
    assert codes(judgement) == ["TOKEN_NOT_FOUND_ERROR", "ANONYMOUS_PULL_BLOCKED_WARNING"]


@pytest.mark.parametrize("known, options, command", [
    (user("registryName", "myregistry", admin_user_enabled=False), {}, ["az", "acr", "login", "--name", "myregistry"]),
    (user("registryName", "myregistry", admin_user_enabled=False), {"signs_in": False},
     ["az", "acr", "update", "--name", "myregistry", "--admin-enabled", "true", "--subscription", DEV]),
    (user("name", token=RegistryToken(True, True, "enabled", [""]), token_passwords_expired=False), {},
     ["podman", "login", HOST, "--username", "ci-token"]),
    (user("name", token=RegistryToken(True, True, "disabled", [""])), {},
     ["az", "acr", "token", "update", "--name", "ci-token", "--registry", "myregistry", "--status", "enabled",
      "--subscription", DEV]),
    (user("guid", APPLICATION), {}, ["az", "acr", "login", "--name", "myregistry"]),
    (user("guid", APPLICATION), {"signs_in": False}, ["podman", "login", HOST, "--username", APPLICATION]),
    (user("userPrincipalName", "alex@contoso.example"), {}, ["az", "acr", "login", "--name", "myregistry"]),
    (user("guid", APPLICATION), {"stored": held(source="variable", location="DOCKER_AUTH_CONFIG")}, None)])
def test_the_fix_is_for_this_user_and_this_place(known, options, command):
    finding = judge(client="podman", **known, **options).findings[0]
    filled = best(catalogue()[finding.code].fixes, finding.facts, windows=False)
    assert [entry["argv"] for entry in filled["commands"]] == ([command] if command else [])
    assert "DOCKER_AUTH_CONFIG" in filled["description"] or command


def test_it_explains_nothing_of_the_login_that_is_diagnosed():
    def result(name, code):
        judgement = Judgement(name, (Finding(code, code),))
        return Result(CHECKS[name], judgement, judgement.status)
    causes, _ = root_causes([result("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR"),
                             result("stored-sign-in", "TOKEN_DISABLED_ERROR")], inputs({}))
    assert [cause.finding.code for cause in causes] == ["CONNECTIVITY_REFRESH_TOKEN_ERROR", "TOKEN_DISABLED_ERROR"]


# ---- What the directory says of an application ---------------------------------------------------------------------

class Directory:
    """Stands for Graph."""

    def __init__(self, **answers):
        self._answers = answers

    def get(self, _account, path):
        return self._answers.get(path.partition("?")[0], (403, None))


def listed(*items):
    return 200, {"value": list(items)}


def test_an_application_by_what_the_directory_shows():
    old, later = {"endDateTime": "2025-01-01T00:00:00Z"}, {"endDateTime": "2100-01-01T00:00:00Z"}

    def read(**answers):
        return read_application(Directory(**answers), account(), APPLICATION)
    principal = {"id": "o", "accountEnabled": True, "displayName": "CI", "passwordCredentials": []}
    assert read() == Application()
    assert read(servicePrincipals=listed()) == Application(exists=False)
    assert read(servicePrincipals=listed(principal)).secrets_expired_at is None      # registered elsewhere, or unread
    assert read(servicePrincipals=listed(principal), applications=listed()).secrets_expired_at is None
    for secrets, expired in (([old], True), ([old, later], False), ([], False), ([{"endDateTime": None}], False)):
        found = read(servicePrincipals=listed(principal), applications=listed({"passwordCredentials": secrets}))
        assert bool(found.secrets_expired_at) is expired
    of_principal = {**principal, "passwordCredentials": [later]}
    assert read(servicePrincipals=listed(of_principal),
                applications=listed({"passwordCredentials": [old]})).secrets_expired_at is None


@pytest.mark.parametrize("secret, odd", [
    ("abc\n", True), ("abc\r\n", True), (" abc", True), ("'abc'", True), ('"abc"', True), ("@secret.txt", True),
    ("a@b", False),
    ("abc", False), ("'abc", False), ("'", False), ("", False), ('a"b"', False)])
def test_what_a_shell_adds_to_a_secret(secret, odd):
    assert bool(oddity_of(secret)) is odd


@pytest.mark.parametrize("own, code", [
    ({"pull": True}, "DOCKER_CREDENTIAL_LIMITED_WARNING"), ({"pull": False}, None), ({"push": True}, None), ({}, None)])
def test_a_login_that_allows_less_is_replaced_where_ones_own_allows_more(own, code):
    judgement = judge(200, granted={"pull": False}, own_granted=own)
    assert [finding.code for finding in judgement.findings] == ([code] if code else [])
    assert code or judgement.unknown


def test_an_object_id_is_told_from_an_application_that_is_gone():
    gone, known = Application(exists=False), user("guid", "bbbbbbbb-0000-4000-8000-0000000000c1")
    found = judge(**known, application=gone, directory_object=DirectoryObject("servicePrincipal", "the-application"))
    assert found.findings[0].code == "CREDENTIAL_USERNAME_ERROR" and "the-application" in found.message
    other = judge(**known, application=gone, directory_object=DirectoryObject("user"))
    assert other.findings[0].code == "CREDENTIAL_USERNAME_ERROR" and "a user" in other.message
    assert judge(**known, application=gone).findings[0].code == "AAD_APPLICATION_NOT_FOUND_ERROR"
