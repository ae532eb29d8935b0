# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The emulator itself: the real az against it, and what it answers in situations that a patch describes."""

import base64
import json
import shutil
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests import azure_facts                                                                    # noqa: E402
from tests.emulator.authorization import Authorization                                              # noqa: E402
from tests.emulator.client import BASE_WORLD, EmulatorProcess, run_az                               # noqa: E402
from tests.emulator.conditions import ConditionError, evaluate                                      # noqa: E402
from tests.emulator.profile import forget_access_tokens                                              # noqa: E402
from tests.emulator.loading import load_world, merge, read_yaml  # noqa: E402
from tests.emulator.world import WorldError  # noqa: E402

ARM = "https://management.core.windows.net/"
ACR = "https://containerregistry.azure.net"
GRAPH = "https://graph.microsoft.com"
AZURE_CLI = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"
TENANT = "11111111-1111-4111-8111-11111111c001"
DEV = "/subscriptions/33333333-0000-4000-8000-00000000d001"
MYREGISTRY = f"{DEV}/resourceGroups/rg-registries/providers/Microsoft.ContainerRegistry/registries/myregistry"
ALEX = "aaaaaaaa-0000-4000-8000-0000000000a1"
CI = ("a1b2c3d4-0001-4000-8000-00000000c101", "ci-Secret.Value~2026")
ALL_ACTIONS = "pull,push,delete,metadata_read,metadata_write"
NULL_GUID = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with EmulatorProcess(tmp_path_factory.mktemp("emulator")) as running:
        yield running


@pytest.fixture
def azure(emulator):
    """The emulator in its base world, with an HTTP session through its proxy."""
    emulator.patch()
    emulator.clear_requests()
    yield Client(emulator)
    emulator.patch()


@pytest.fixture(scope="module")
def profiles(emulator, tmp_path_factory):
    """Environments by profile, signed in on first use; what earlier tests left in the token cache is gone."""
    made = {}

    def get(name):
        if name not in made:
            made[name] = emulator.profile(name, tmp_path_factory.mktemp(name))
        forget_access_tokens(made[name]["AZURE_CONFIG_DIR"])
        return made[name]
    return get


class Client:
    """What a test asks of the emulated services without az."""

    def __init__(self, emulator):
        self.emulator, self.patch = emulator, emulator.patch
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.proxies = {"https": f"http://{emulator.description['proxy'][0]}"}
        self.session.verify = emulator.description["ca"]

    def user_token(self, audience, user="alex@contoso.example", tenant=TENANT, **form):
        form = {"grant_type": "password", "username": user, "password": "Correct-Horse-7", "client_id": AZURE_CLI,
                "scope": f"{audience}/.default offline_access openid", **form}
        return self.session.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form)

    def application_token(self, audience, app_id=CI[0], secret=CI[1], tenant=TENANT):
        form = {"grant_type": "client_credentials", "client_id": app_id, "client_secret": secret,
                "scope": f"{audience}/.default"}
        return self.session.post(f"https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token", data=form)

    def exchange(self, token, host="myregistry.azurecr.io"):
        return self.session.post(f"https://{host}/oauth2/exchange", data={
            "grant_type": "access_token", "service": host, "access_token": token})

    def access(self, refresh_token, *scopes, host="myregistry.azurecr.io"):
        """The ``access`` claim of an access token for scopes."""
        answer = self.session.post(f"https://{host}/oauth2/token", data={
            "grant_type": "refresh_token", "service": host, "refresh_token": refresh_token, "scope": scopes})
        assert answer.status_code == 200, answer.text
        return jwt.decode(answer.json()["access_token"], options={"verify_signature": False})["access"]

    def actions(self, repository="samples/app", wanted=ALL_ACTIONS, **who):
        """Exchange status, and the actions granted on a repository (None when the exchange was refused)."""
        token = self.user_token(ACR, **who).json()["access_token"]
        answer = self.exchange(token)
        if answer.status_code != 200:
            return answer.status_code, None
        access = self.access(answer.json()["refresh_token"], f"repository:{repository}:{wanted}")
        return 200, set(access[0]["actions"])

    def arm(self, path, user="alex@contoso.example", method="GET", version=None, **options):
        """A request to Resource Manager, at the newest stable api-version that the tables have."""
        token = self.user_token(ARM, user=user).json()["access_token"]
        if "api-version" not in path:
            known = azure_facts.versions(azure_facts.resource_type_of(path.partition("?")[0])) or ["2025-11-01"]
            stable = [one for one in known if not one.endswith("-preview")] or known
            path += ("&" if "?" in path else "?") + f"api-version={version or stable[-1]}"
        return self.session.request(method, f"https://management.azure.com{path}", **options,
                                    headers={"Authorization": f"Bearer {token}"})

    def basic(self, user, password, scope="repository:samples/app:pull"):
        return self.session.get("https://myregistry.azurecr.io/oauth2/token", auth=(user, password), params={
            "service": "myregistry.azurecr.io", "scope": scope})


# ---- The real az ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name", ["user", "sp", "spcert", "spfederated", "msi", "uami", "appsvc", "guest"])
def test_az_signs_in_and_gets_a_registry_token(azure, profiles, name):
    environment = profiles(name)
    done = run_az(environment, "acr", "login", "--name", "myregistry", "--expose-token", "--only-show-errors")
    assert done.returncode == 0, done.stderr
    exposed = json.loads(done.stdout)
    assert exposed["loginServer"] == "myregistry.azurecr.io"
    claims = jwt.decode(exposed["accessToken"], options={"verify_signature": False})
    assert (claims["grant_type"], claims["aud"]) == ("refresh_token", "myregistry.azurecr.io")


def test_az_reads_the_registry_and_its_role_assignments(azure, profiles):
    environment = profiles("user")
    shown = run_az(environment, "acr", "show", "--name", "myregistry")
    assert json.loads(shown.stdout)["id"] == MYREGISTRY, shown.stderr
    listed = run_az(environment, "role", "assignment", "list", "--scope", MYREGISTRY, "--assignee", ALEX,
                    "--include-inherited")
    assert {(a["roleDefinitionName"], a["principalName"]) for a in json.loads(listed.stdout)} == {
        ("AcrPush", "alex@contoso.example"), ("Contoso Registry Auditor", "alex@contoso.example")}, listed.stderr


def test_az_lists_repositories_and_tags(azure, profiles):
    environment = profiles("user")
    for arguments, expected in (
            (["list"], ["samples/app", "team/api", "team/web"]),
            (["show-tags", "--repository", "team/api"], ["v1", "v2"]),
            (["show", "--image", "team/api:v2", "--query", "[name]"], ["v2"]),
            (["show", "--repository", "team/api", "--query", "[tagCount]"], [2])):
        done = run_az(environment, "acr", "repository", arguments[0], "--name", "myregistry", *arguments[1:])
        assert done.returncode == 0 and json.loads(done.stdout) == expected, done.stderr


def test_az_signs_in_a_personal_account_that_is_a_guest(azure, profiles):
    done = run_az(profiles("personal"), "acr", "login", "-n", "myregistry", "--expose-token")
    assert done.returncode == 0, done.stderr


def test_az_reports_an_expired_secret(azure, profiles):
    environment = profiles("sp")
    azure.patch("applications: {ci: {secrets: {current: {endsOn: -1d}}}}")
    done = run_az(environment, "account", "get-access-token", "--resource", ACR)
    assert done.returncode != 0 and "AADSTS7000222" in done.stderr


def test_az_reports_an_assertion_that_is_too_old(azure, profiles):
    environment = profiles("spfederated")
    azure.patch("elapsedSinceSignIn: 4h")
    assert "AADSTS700024" in run_az(environment, "account", "get-access-token", "--resource", ACR).stderr


def test_az_in_cloud_shell(azure, profiles):
    environment = profiles("cloudshell")
    done = run_az(environment, "account", "show")
    account = json.loads(done.stdout)
    assert account["user"] == {"cloudShellID": True, "name": "alex@contoso.example", "type": "user"}


def test_az_fixes_what_a_patch_broke(azure, profiles):
    """The commands that a diagnosis recommends work here too."""
    azure.patch("propagationDelay: 0s\nroleAssignments: {alex-push: null}\n"
                "registries: {myregistry: {publicNetworkAccess: Disabled}}")
    owner = profiles("owner")
    for command in (
            ["role", "assignment", "create", "--assignee-object-id", ALEX, "--assignee-principal-type", "User",
             "--role", "AcrPush", "--scope", MYREGISTRY],
            ["acr", "update", "-n", "myregistry", "--public-network-enabled", "true", "--admin-enabled", "true"],
            ["acr", "credential", "show", "-n", "myregistry"],
            ["acr", "token", "credential", "generate", "-r", "myregistry", "-n", "ci-token"],
            ["acr", "token", "update", "-r", "myregistry", "-n", "ci-token", "--status", "disabled"],
            ["acr", "scope-map", "update", "-r", "myregistry", "-n", "ci-readers", "--add-repository", "team/api",
             "content/read"],
            ["acr", "network-rule", "add", "-n", "myregistry", "--ip-address", "203.0.113.50"],
            ["acr", "credential", "renew", "-n", "myregistry", "--password-name", "password"],
            ["ad", "sp", "credential", "reset", "--id", CI[0]],
            ["ad", "app", "credential", "reset", "--id", CI[0]]):
        done = run_az(owner, *command, "--only-show-errors")
        assert done.returncode == 0, (command, done.stderr)
    assert azure.actions() == (200, {"pull", "push", "metadata_read", "metadata_write"})
    assert azure.application_token(ACR).json()["error_codes"] == [7000215]


# ---- Entra ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("patch, code", [
    ("users: {alex: {disabled: true}}", 50057),
    ("users: {alex: {password: other}}", 50126),
    ("users: {alex: {deleted: true}}", 50034),
    ("users: {alex: {blockedByConditionalAccessFor: ['*']}}", 53003),
    (f"users: {{alex: {{mustUseMfaFor: ['{ACR}']}}}}", 50076),
    (f"users: {{alex: {{notAssignedTo: ['{ACR}']}}}}", 50105),
    (f"users: {{alex: {{consentMissingFor: ['{ACR}']}}}}", 65001),
    (f"tenants: {{contoso: {{missingResources: ['{ACR}']}}}}", 500011),
    (f"users: {{alex: {{entraError: {{code: 530032, forResource: '{ACR}'}}}}}}", 530032),
    ("tenants: {contoso: {deleted: true}}", 90002),
])
def test_refusals_of_users(azure, patch, code):
    azure.patch(patch)
    answer = azure.user_token(ACR)
    assert answer.status_code == 400 and answer.json()["error_codes"] == [code]
    assert f"AADSTS{code}:" in answer.json()["error_description"] and answer.json()["correlation_id"]


def test_a_condition_for_one_resource_leaves_the_others(azure):
    azure.patch(f"users: {{alex: {{mustUseMfaFor: ['{ACR}']}}}}")
    assert azure.user_token(ARM).status_code == 200


@pytest.mark.parametrize("patch, code", [
    ("users: {alex: {refreshTokenInactive: true}}", 700082),
    ("elapsedSinceSignIn: 91d", 700082),
    ("users: {alex: {refreshTokenRevoked: true}}", 50173),
])
def test_refusals_of_refresh_tokens(azure, patch, code):
    token = azure.user_token(ARM).json()["refresh_token"]
    azure.patch(patch)
    answer = azure.user_token(ACR, grant_type="refresh_token", refresh_token=token)
    assert answer.json()["error_codes"] == [code]


@pytest.mark.parametrize("patch, secret, code, status", [
    ("applications: {ci: {secrets: {current: {endsOn: -1d}}}}", CI[1], 7000222, 401),
    ("", "not-the-secret", 7000215, 401),
    ("", "", 7000218, 401),
    ("applications: {ci: {disabled: true}}", CI[1], 7000112, 400),
    ("applications: {ci: {deleted: true}}", CI[1], 700016, 400),
    ("applications: {ci: {tenant: fabrikam}}", CI[1], 700016, 400),
])
def test_refusals_of_service_principals(azure, patch, secret, code, status):
    azure.patch(patch)
    answer = azure.application_token(ACR, secret=secret)
    assert (answer.status_code, answer.json()["error_codes"]) == (status, [code])


@pytest.mark.parametrize("patch, code", [
    ("applications: {ci-federated: {federatedCredentials: {main: {subject: other}}}}", "700213"),
    ("applications: {ci-federated: {federatedCredentials: {main: {issuer: https://x.example}}}}", "700211"),
    ("applications: {ci-federated: {federatedCredentials: {main: {audience: other}}}}", "700212"),
    ("applications: {ci-federated: {federatedCredentials: {main: null}}}", "70021"),
    ("applications: {ci-certificate: {certificates: {main: null}}}", "700027"),
])
def test_refusals_of_assertions(azure, profiles, patch, code):
    environment = profiles("spcert" if "certificate:" in patch else "spfederated")
    azure.patch(patch)
    assert f"AADSTS{code}:" in run_az(environment, "account", "get-access-token", "--resource", ACR).stderr


def test_guest_is_unknown_where_nobody_invited_him(azure):
    assert azure.user_token(ACR, tenant="fabrikam.example").json()["error_codes"] == [50034]
    token = azure.user_token(ARM).json()["refresh_token"]
    answer = azure.user_token(ACR, tenant="fabrikam.example", grant_type="refresh_token", refresh_token=token)
    assert answer.json()["error_codes"] == [50020]


def test_claims_of_an_access_token(azure):
    user = jwt.decode(azure.user_token(ACR).json()["access_token"], options={"verify_signature": False})
    assert (user["aud"], user["tid"], user["oid"], user["idtyp"]) == (ACR, TENANT, ALEX, "user")
    application = jwt.decode(azure.application_token(ARM).json()["access_token"], options={"verify_signature": False})
    assert (application["aud"], application["appid"], application["idtyp"]) == (ARM, CI[0], "app")
    keys = azure.session.get("https://login.microsoftonline.com/common/discovery/v2.0/keys").json()["keys"]
    signing = jwt.PyJWK(keys[0]).key
    assert jwt.decode(azure.user_token(ACR).json()["access_token"], signing, ["RS256"], audience=ACR)


# ---- Registry: roles -----------------------------------------------------------------------------------------------

ABAC = "registries: {myregistry: {roleAssignmentMode: AbacRepositoryPermissions}}\n"
TEAM_ONLY = """
roleAssignments:
  alex-push:
    role: Container Registry Repository Writer
    condition: >-
      ((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}) AND
      !(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/write'})) OR
      (@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringStartsWithIgnoreCase 'team/'))
"""


@pytest.mark.parametrize("patch, expected", [
    ("", (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleAssignments: {alex-push: null}", (401, None)),
    ("roleAssignments: {alex-push: {on: subscription/dev}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleAssignments: {alex-push: {on: managementGroup/contoso-root}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleAssignments: {alex-push: {on: registry/otherregistry}}", (401, None)),
    ("roleAssignments: {alex-push: {role: AcrPull}}", (200, {"pull", "metadata_read"})),
    ("roleAssignments: {alex-push: {role: Reader}}", (200, {"pull", "metadata_read"})),
    ("roleAssignments: {alex-push: {role: AcrDelete}}", (200, {"delete"})),
    ("roleAssignments: {alex-push: {createdOn: -30s}}", (401, None)),
    ("propagationDelay: 10s\nroleAssignments: {alex-push: {createdOn: -30s}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleAssignments: {alex-push: {to: everyone-in-it}}\ngroups: {developers: {members: [alex]}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleAssignments: {alex-push: {role: Container Registry Repository Reader}}", (401, None)),
    (ABAC, (401, None)),
    (ABAC + "roleAssignments: {alex-push: {role: Owner}}", (401, None)),
    (ABAC + "roleAssignments: {alex-push: {role: Container Registry Repository Reader}}",
     (200, {"pull", "metadata_read"})),
    (ABAC + TEAM_ONLY, (200, {"metadata_read", "metadata_write"})),
    ("denyAssignments: {managed: {on: resourceGroup/rg-registries, actions: ["
     "Microsoft.ContainerRegistry/registries/pull/read, Microsoft.ContainerRegistry/registries/push/write]}}",
     (401, None)),
    ("denyAssignments: {managed: {on: resourceGroup/rg-registries, exceptFor: [alex], actions: ['*']}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("roleDefinitions: {publisher: {roleName: Contoso Image Publisher, actions: ["
     "Microsoft.ContainerRegistry/registries/pull/read, Microsoft.ContainerRegistry/registries/artifacts/delete]}}\n"
     "roleAssignments: {alex-push: {role: Contoso Image Publisher}}", (200, {"pull", "delete", "metadata_read"})),
    ("roleEligibilities: {later: {role: AcrPush, to: alex, on: registry/myregistry}}\n"
     "roleAssignments: {alex-push: null}", (401, None)),
    ("registries: {myregistry: {anonymousPullEnabled: true}}",
     (200, {"pull", "push", "metadata_read", "metadata_write"})),
    ("registries: {myregistry: {provisioningState: Failed}}", (503, None)),
    ("registries: {myregistry: {publicNetworkAccess: Disabled}}", (403, None)),
    ("throttling: [{service: registry, pathPrefix: /oauth2/exchange, retryAfter: 23}]", (429, None)),
    ("outages: [{service: registry, pathPrefix: /oauth2/exchange, status: 500, body: json}]", (500, None)),
])
def test_what_a_role_gives(azure, patch, expected):
    azure.patch(patch)
    assert azure.actions() == expected


def test_a_condition_decides_by_repository(azure):
    azure.patch(ABAC + TEAM_ONLY)
    assert azure.actions("team/api") == (200, {"pull", "push", "metadata_read", "metadata_write"})
    assert azure.actions("teamwork") == (200, {"metadata_read", "metadata_write"})


def test_catalog_needs_its_own_role_with_abac(azure):
    def catalog():
        refresh = azure.exchange(azure.user_token(ACR).json()["access_token"]).json()["refresh_token"]
        return azure.access(refresh, "registry:catalog:*")[0]["actions"]
    assert catalog() == ["*"]
    reader = "roleAssignments: {alex-push: {role: Container Registry Repository Reader}"
    azure.patch(ABAC + reader + "}")
    assert catalog() == []
    azure.patch(ABAC + reader + ", list: {role: Container Registry Repository Catalog Lister, to: alex, "
                                "on: registry/myregistry}}")
    assert catalog() == ["*"]


@pytest.mark.parametrize("audience, patch, status", [
    (ARM, "", 200),
    (ARM, "registries: {myregistry: {policies: {azureADAuthenticationAsArmPolicy: {status: disabled}}}}", 401),
    (ACR, "registries: {myregistry: {policies: {azureADAuthenticationAsArmPolicy: {status: disabled}}}}", 200),
    (GRAPH, "", 401),
])
def test_audiences_of_the_exchange(azure, audience, patch, status):
    azure.patch(patch)
    assert azure.exchange(azure.user_token(audience).json()["access_token"]).status_code == status


def test_exchange_refuses_other_tenants_and_takes_personal_accounts(azure):
    token = azure.user_token(ACR).json()["access_token"]
    assert azure.exchange(token, "partnerreg.azurecr.io").status_code == 401
    token = azure.user_token(ACR, user="pat@outlook.example").json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["idp"] == "live.com"
    assert azure.exchange(token).status_code == 200
    azure.patch("roleAssignments: {pat-push: null}")
    assert azure.exchange(token).status_code == 401


def test_exchange_is_post_only(azure):
    assert azure.session.get("https://myregistry.azurecr.io/oauth2/exchange").status_code == 404


def test_several_scopes_give_several_entries(azure):
    refresh = azure.exchange(azure.user_token(ACR).json()["access_token"]).json()["refresh_token"]
    access = azure.access(refresh, "repository:samples/app:pull", "repository:team/api:pull,delete")
    assert [(a["name"], a["actions"]) for a in access] == [("samples/app", ["pull"]), ("team/api", ["pull"])]


# ---- Registry: front end -------------------------------------------------------------------------------------------

def test_challenge(azure):
    answer = azure.session.get("https://myregistry.azurecr.io/v2/")
    assert answer.status_code == 401
    assert answer.headers["Www-Authenticate"] == \
        'Bearer realm="https://myregistry.azurecr.io/oauth2/token",service="myregistry.azurecr.io"'
    assert answer.headers["Docker-Distribution-Api-Version"] == "registry/2.0"


@pytest.mark.parametrize("patch, status, header", [
    ("frontDoor: {challenge: basic}", 401, 'Basic realm="myregistry.azurecr.io"'),
    ("frontDoor: {challenge: none}", 401, None),
    ("outages: [{service: registry, pathPrefix: /v2/}]", 502, None),
    ("frontDoor: {captivePortal: {}}", 200, None),
    ("frontDoor: {captivePortal: {redirectTo: 'https://portal.example/'}}", 302, None),
])
def test_front_door_variations(azure, patch, status, header):
    azure.patch(patch)
    answer = azure.session.get("https://myregistry.azurecr.io/v2/", allow_redirects=False)
    assert (answer.status_code, answer.headers.get("Www-Authenticate")) == (status, header)


def test_network_rules_name_the_address(azure):
    azure.patch("registries: {myregistry: {networkRuleSet: {defaultAction: Deny, ipRules: [198.51.100.0/24]}}}")
    answer = azure.session.get("https://myregistry.azurecr.io/v2/")
    assert answer.status_code == 403
    assert answer.json()["errors"][0] == {
        "code": "DENIED", "message": "client with IP '203.0.113.50' is not allowed access. Refer "
                                     "https://aka.ms/acr/firewall to grant access."}
    azure.patch("clientAddress: 198.51.100.7\n"
                "registries: {myregistry: {networkRuleSet: {defaultAction: Deny, ipRules: [198.51.100.0/24]}}}")
    assert azure.session.get("https://myregistry.azurecr.io/v2/").status_code == 401


def test_network_rules_after_the_challenge(azure):
    azure.patch("registries: {myregistry: {publicNetworkAccess: Disabled, networkRulesEnforced: afterChallenge}}")
    assert azure.session.get("https://myregistry.azurecr.io/v2/").status_code == 401
    assert azure.exchange(azure.user_token(ACR).json()["access_token"]).status_code == 403


def test_private_path_passes_a_closed_registry(azure):
    azure.patch("privatePath: true\nregistries: {myregistry: {publicNetworkAccess: Disabled, "
                "privateEndpointConnections: {pe: {addresses: {myregistry.azurecr.io: 10.1.0.4}}}}}")
    assert azure.session.get("https://myregistry.azurecr.io/v2/").status_code == 401


def test_images_with_and_without_a_token(azure):
    url = "https://myregistry.azurecr.io/v2/samples/app/manifests/v1"
    answer = azure.session.get(url)
    assert answer.status_code == 401 and 'scope="repository:samples/app:pull"' in answer.headers["Www-Authenticate"]
    token = azure.basic(*CI).json()["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    manifest = azure.session.get(url, headers=bearer)
    assert manifest.status_code == 200
    layer = manifest.json()["layers"][0]["digest"]
    blob = f"https://myregistry.azurecr.io/v2/samples/app/blobs/{layer}"
    redirect = azure.session.get(blob, headers=bearer, allow_redirects=False)
    assert redirect.status_code == 307
    assert redirect.headers["Location"].startswith("https://weumanaged217.blob.core.windows.net/")
    assert azure.session.get(redirect.headers["Location"]).status_code == 200
    forwarded = azure.session.get(redirect.headers["Location"], headers=bearer)
    assert forwarded.status_code == 400 and "InvalidAuthenticationInfo" in forwarded.text
    missing = azure.session.get(url.replace("v1", "v9"), headers=bearer)
    assert missing.json()["errors"][0]["code"] == "MANIFEST_UNKNOWN"
    assert azure.session.get(url.replace("samples/app", "team/api"), headers=bearer).status_code == 401


def test_data_endpoint(azure):
    azure.patch("registries: {myregistry: {dataEndpointEnabled: true}}")
    token = {"Authorization": f"Bearer {azure.basic(*CI).json()['access_token']}"}
    base = "https://myregistry.azurecr.io/v2/samples/app"
    layer = azure.session.get(f"{base}/manifests/v1", headers=token).json()["layers"][0]["digest"]
    location = azure.session.get(f"{base}/blobs/{layer}", headers=token, allow_redirects=False).headers["Location"]
    assert location.startswith("https://myregistry.westeurope.data.azurecr.io/")
    assert azure.session.get(location).status_code == 200


# ---- Registry: other credentials -----------------------------------------------------------------------------------

ADMIN = "registries: {myregistry: {adminUserEnabled: true, passwords: [admin-one, admin-two]}}"


@pytest.mark.parametrize("patch, user, password, expected", [
    (ADMIN, "myregistry", "admin-two", 200),
    (ADMIN, "myregistry", "old", "authentication required"),
    ("", "myregistry", "admin-one", "Application not registered with AAD."),
    ("", "ci-token", "ci-token-Password-1", 200),
    ("", "ci-token", "wrong", "authentication required"),
    ("registries: {myregistry: {tokens: {ci-token: {status: disabled}}}}", "ci-token", "ci-token-Password-1",
     "authentication required"),
    ("registries: {myregistry: {tokens: {ci-token: {passwords: {password1: {expiresOn: -1d}}}}}}", "ci-token",
     "ci-token-Password-1", "authentication required"),
    ("", *CI, 200),
    ("", CI[0], "wrong", "Invalid clientid or client secret."),
    ("applications: {ci: {secrets: {current: {endsOn: -1d}}}}", *CI, "Invalid clientid or client secret."),
    ("", "bbbbbbbb-0000-4000-8000-0000000000c1", CI[1], "Application not registered with AAD."),
    ("", "alex@contoso.example", "Correct-Horse-7", "Application not registered with AAD."),
    ("roleAssignments: {ci-push: null}", *CI, "authentication required"),
    ("", NULL_GUID, "no-token", "authentication required"),
])
def test_user_names_and_passwords(azure, patch, user, password, expected):
    azure.patch(patch)
    answer = azure.basic(user, password)
    if expected == 200:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 401 and expected in answer.json()["errors"][0]["message"]
    posted = azure.session.post("https://myregistry.azurecr.io/oauth2/token", data={
        "grant_type": "password", "service": "myregistry.azurecr.io", "scope": "repository:samples/app:pull",
        "username": user, "password": password})
    assert posted.status_code == answer.status_code


def test_the_null_guid_takes_a_refresh_token(azure):
    refresh = azure.exchange(azure.user_token(ACR).json()["access_token"]).json()["refresh_token"]
    assert azure.basic(NULL_GUID, refresh).status_code == 200
    assert azure.basic("alex@contoso.example", refresh).status_code == 401


def test_a_scope_map_limits_its_token(azure):
    answer = azure.basic("ci-token", "ci-token-Password-1", "repository:samples/app:pull,push registry:catalog:*")
    access = jwt.decode(answer.json()["access_token"], options={"verify_signature": False})["access"]
    assert [(a["name"], a["actions"]) for a in access] == [("samples/app", ["pull"]), ("catalog", [])]


def test_anonymous_pull(azure):
    url, query = "https://myregistry.azurecr.io/oauth2/token", {
        "service": "myregistry.azurecr.io", "scope": "repository:samples/app:pull,push"}
    assert azure.session.get(url, params=query).status_code == 401
    azure.patch("registries: {myregistry: {anonymousPullEnabled: true}}")
    token = azure.session.get(url, params=query).json()["access_token"]
    assert jwt.decode(token, options={"verify_signature": False})["access"] == [
        {"Type": "repository", "Name": "*", "Actions": ["pull"]}]


# ---- Resource Manager ----------------------------------------------------------------------------------------------

def test_what_one_may_not_read_is_not_listed(azure):
    azure.patch("roleAssignments: {alex-auditor: null}")
    names = [r["name"] for r in azure.arm(f"{DEV}/resources").json()["value"]]
    assert names == []
    refused = azure.arm(MYREGISTRY)
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "AuthorizationFailed")
    assert f"with object id '{ALEX}' does not have authorization to perform action " \
           "'Microsoft.ContainerRegistry/registries/read' over scope" in refused.json()["error"]["message"]


def test_paging(azure):
    azure.patch("pageSize: 2")
    path, seen = f"{MYREGISTRY}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope()", []
    while path:
        page = azure.arm(path).json()
        assert len(page["value"]) <= 2
        seen += page["value"]
        path = page.get("nextLink", "").removeprefix("https://management.azure.com")
    assert len(seen) == len({item["id"] for item in seen}) > 10


@pytest.mark.parametrize("query, expected", [
    (f"assignedTo('{ALEX}')", {"AcrPush", "Reader"}),
    (f"principalId eq '{ALEX}'", {"AcrPush"}),
    (f"atScope() and assignedTo('{ALEX}')", {"AcrPush", "Reader"}),
])
def test_filters_of_role_assignments(azure, query, expected):
    azure.patch("groups: {developers: {members: [alex]}}\nroleAssignments: {alex-auditor: null, alex-push: {},"
                " all: {role: Reader, to: everyone-in-it, on: subscription/dev}}")
    listed = azure.arm(f"{MYREGISTRY}/providers/Microsoft.Authorization/roleAssignments",
                       params={"$filter": query}).json()["value"]
    names = {r["properties"]["roleName"]: r["id"] for r in
             azure.arm(f"{MYREGISTRY}/providers/Microsoft.Authorization/roleDefinitions").json()["value"]}
    assert {a["properties"]["roleDefinitionId"] for a in listed} == {names[name] for name in expected}


@pytest.mark.parametrize("path, status, code", [
    (f"{DEV}/resourceGroups/none", 404, "ResourceGroupNotFound"),
    (MYREGISTRY + "x", 404, "ResourceNotFound"),
    ("/subscriptions/00000000-0000-4000-8000-000000000001/resources", 404, "SubscriptionNotFound"),
    ("/subscriptions/33333333-0000-4000-8000-00000000f001/resources", 401, "InvalidAuthenticationTokenTenant"),
    (f"{MYREGISTRY}/providers/Microsoft.Authorization/roleAssignments?$filter=atScope() and principalId eq '{ALEX}'",
     400, "UnsupportedFilter"),
])
def test_errors_of_resource_manager(azure, path, status, code):
    answer = azure.arm(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.headers["x-ms-correlation-request-id"]


def test_name_availability(azure):
    def check(name):
        return azure.arm(f"{DEV}/providers/Microsoft.ContainerRegistry/checkNameAvailability", method="POST", json={
            "name": name, "type": "Microsoft.ContainerRegistry/registries"}).json()["nameAvailable"]
    assert [check(name) for name in ("myregistry", "partnerreg", "myregistri")] == [False, False, True]


def test_tokens_expire_on_the_servers_clock(azure):
    token = azure.user_token(ARM).json()["access_token"]
    azure.patch("clockOffset: 2h")
    answer = azure.session.get(f"https://management.azure.com{MYREGISTRY}?api-version=2025-11-01",
                               headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "ExpiredAuthenticationToken")


def test_eligibility_and_activation(azure):
    azure.patch("propagationDelay: 0s\nroleAssignments: {alex-push: null}\n"
                "roleEligibilities: {later: {role: AcrPush, to: alex, on: registry/myregistry}}")
    path = f"{MYREGISTRY}/providers/Microsoft.Authorization"
    eligible = azure.arm(f"{path}/roleEligibilityScheduleInstances?$filter=asTarget()").json()["value"]
    assert [e["properties"]["principalId"] for e in eligible] == [ALEX]
    role = eligible[0]["properties"]["roleDefinitionId"]
    done = azure.arm(f"{path}/roleAssignmentScheduleRequests/{NULL_GUID}", method="PUT", json={"properties": {
        "principalId": ALEX, "roleDefinitionId": role, "requestType": "SelfActivate"}})
    assert done.status_code == 201
    assert azure.actions()[0] == 200


def test_an_old_registry_list_lacks_the_new_registry(azure):
    azure.patch("registries: {myregistry: {hiddenFromResourceList: true}}")
    assert "myregistry" not in azure.arm(f"{DEV}/resources").text
    assert azure.arm(MYREGISTRY).status_code == 200


# ---- Graph, logs ---------------------------------------------------------------------------------------------------

def test_graph(azure):
    def graph(path, token, **options):
        return azure.session.request(options.pop("method", "GET"), f"https://graph.microsoft.com/v1.0{path}",
                                     headers={"Authorization": f"Bearer {token}"}, **options)
    token = azure.user_token(GRAPH).json()["access_token"]
    found = graph(f"/servicePrincipals?$filter=appId eq '{CI[0]}'", token).json()["value"]
    assert [one["displayName"] for one in found] == ["Contoso CI"]
    assert graph(f"/directoryObjects/{ALEX}", token).json()["userPrincipalName"] == "alex@contoso.example"
    assert graph(f"/directoryObjects/{NULL_GUID}", token).status_code == 404
    azure.patch("groups: {developers: {members: [alex]}}")
    groups = graph(f"/users/{ALEX}/transitiveMemberOf", token).json()["value"]
    assert {g["displayName"] for g in groups} == {"developers", "everyone-in-it"}
    denied = graph(f"/directoryObjects/{ALEX}", azure.application_token(GRAPH).json()["access_token"])
    assert (denied.status_code, denied.json()["error"]["code"]) == (403, "Authorization_RequestDenied")


def test_login_events(azure):
    azure.patch("""
registries: {myregistry: {diagnosticSettings: {all: {workspace: contoso-logs,
  categories: [ContainerRegistryLoginEvents]}}}}
loginEvents:
  - {registry: myregistry, at: -1h, identity: alex@contoso.example, callerIpAddress: 203.0.113.50, result: "401"}
  - {registry: myregistry, at: -2h, identity: alex@contoso.example, callerIpAddress: 203.0.113.50, result: "401"}
  - {registry: myregistry, at: -3d, identity: sam@contoso.example, callerIpAddress: 203.0.113.51}
""")
    workspace = azure.arm(f"{DEV}/resourceGroups/rg-build/providers/Microsoft.OperationalInsights/workspaces/"
                          "contoso-logs").json()["properties"]["customerId"]
    token = azure.user_token("https://api.loganalytics.io").json()["access_token"]

    def query(text):
        return azure.session.post(f"https://api.loganalytics.io/v1/workspaces/{workspace}/query",
                                  headers={"Authorization": f"Bearer {token}"}, json={"query": text})
    answer = query(f"""ContainerRegistryLoginEvents
| where TimeGenerated > ago(24h) and _ResourceId =~ "{MYREGISTRY}"
| summarize n=count(), last=max(TimeGenerated) by Identity, CallerIpAddress, ResultType, ResultDescription
| order by last desc""").json()["tables"][0]
    assert [row[:2] + row[3:5] for row in answer["rows"]] == [["alex@contoso.example", "203.0.113.50", "401", 2]]
    assert query("ContainerRegistryLoginEvents | mv-expand x").status_code == 400
    failures = query('ContainerRegistryLoginEvents | where ResultDescription != "200"').json()["tables"][0]["rows"]
    assert len(failures) == 2


# ---- Managed identities --------------------------------------------------------------------------------------------

def _metadata(azure, **query):
    return azure.session.get(f"http://{azure.emulator.description['http'][0]}/metadata/identity/oauth2/token",
                             headers={"Metadata": "true"}, params={"resource": ACR, **query})


def test_instance_metadata(azure):
    claims = jwt.decode(_metadata(azure).json()["access_token"], options={"verify_signature": False})
    assert claims["xms_mirid"].endswith("/virtualMachines/build-vm")
    assert _metadata(azure, client_id="a1b2c3d4-0001-4000-8000-00000000d103").json()["error_description"] == \
        "Identity not found"
    azure.patch("hosts: {build-vm: {systemAssigned: '', userAssigned: [build-identity, other-identity]}}")
    assert "Multiple user assigned identities" in _metadata(azure).json()["error_description"]
    azure.patch("hosts: {build-vm: {systemAssigned: '', userAssigned: []}}")
    assert _metadata(azure).json()["error"] == "invalid_request"
    url = f"http://{azure.emulator.description['http'][0]}/metadata/identity/oauth2/token"
    assert azure.session.get(url).json()["error"] == "bad_request_102"


# ---- TLS, proxy, faults --------------------------------------------------------------------------------------------

@pytest.mark.parametrize("problem, message", [
    ("expired", "certificate has expired"),
    ("notYetValid", "not yet valid"),
    ("wrongHost", "doesn't match|Hostname mismatch"),
    ("unknownIssuer", "unable to get local issuer certificate|self.signed certificate"),
])
def test_certificates(azure, problem, message):
    azure.patch(f"certificates: {{myregistry.azurecr.io: {{problem: {problem}}}}}")
    with pytest.raises(requests.exceptions.SSLError, match=message):
        azure.session.get("https://myregistry.azurecr.io/v2/")
    assert azure.session.get("https://otherregistry.azurecr.io/v2/").status_code == 401


def test_a_clock_that_is_behind_sees_certificates_of_the_future(azure):
    azure.patch("clockOffset: 3d")
    with pytest.raises(requests.exceptions.SSLError, match="not yet valid"):
        azure.session.get("https://myregistry.azurecr.io/v2/")


def test_reset_during_the_handshake(azure):
    azure.patch("resetOnHandshake: [azurecr.io]")
    with pytest.raises(requests.exceptions.ConnectionError, match="reset"):
        azure.session.get("https://myregistry.azurecr.io/v2/")
    assert azure.user_token(ARM).status_code == 200


def test_proxy_that_wants_credentials(azure):
    azure.patch("proxy: {user: contoso, password: secret}")
    with pytest.raises(requests.exceptions.ProxyError, match="407"):
        azure.session.get("https://myregistry.azurecr.io/v2/")
    address = azure.emulator.description["proxy"][0]
    azure.session.proxies = {"https": f"http://contoso:secret@{address}"}
    assert azure.session.get("https://myregistry.azurecr.io/v2/").status_code == 401


@pytest.mark.parametrize("patch, status", [
    ("proxy: {refuses: [azurecr.io]}", "403"), ("proxy: {cannotReach: [azurecr.io]}", "504")])
def test_proxy_that_refuses_a_host(azure, patch, status):
    azure.patch(patch)
    with pytest.raises(requests.exceptions.ProxyError, match=status):
        azure.session.get("https://myregistry.azurecr.io/v2/")


def test_proxy_does_not_know_hosts_that_do_not_exist(azure):
    with pytest.raises(requests.exceptions.ProxyError, match="503"):
        azure.session.get("https://myregistri.azurecr.io/v2/")


def test_throttling_tells_how_long(azure):
    azure.patch("throttling: [{service: arm, retryAfter: 23}]")
    answer = azure.arm(MYREGISTRY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "23")


def test_dates_are_the_servers(azure):
    azure.patch("clockOffset: -2h")
    date = azure.session.get("https://myregistry.azurecr.io/v2/").headers["Date"]
    from email.utils import parsedate_to_datetime
    assert abs(parsedate_to_datetime(date).timestamp() - time.time() + 7200) < 5


def _status_of_v2(emulator):
    host, port = emulator.description["https"][0].split(":")
    context = ssl.create_default_context(cafile=emulator.description["ca"])
    with socket.create_connection((host, int(port))) as raw, \
            context.wrap_socket(raw, server_hostname="myregistry.azurecr.io") as connection:
        connection.sendall(b"GET /v2/ HTTP/1.1\r\nHost: myregistry.azurecr.io\r\n\r\n")
        return connection.recv(12).decode()


def test_https_listener(tmp_path):
    with EmulatorProcess(tmp_path, listen=["--https", "127.0.0.1:0"]) as emulator:
        assert _status_of_v2(emulator) == "HTTP/1.1 401"


def test_the_address_that_was_connected_to_may_be_a_private_endpoint(tmp_path):
    with EmulatorProcess(tmp_path, listen=["--https", "127.0.0.1:0"]) as emulator:
        closed = {"publicNetworkAccess": "Disabled"}
        emulator.patch({"registries": {"myregistry": closed}})
        assert _status_of_v2(emulator) == "HTTP/1.1 403"
        closed["privateEndpointConnections"] = {"pe": {"addresses": {"myregistry.azurecr.io": "127.0.0.1"}}}
        emulator.patch({"registries": {"myregistry": closed}})
        assert _status_of_v2(emulator) == "HTTP/1.1 401"


def test_private_endpoint_and_its_interface_are_shown(azure):
    azure.patch("registries: {myregistry: {privateEndpointConnections: {pe: {addresses: "
                "{myregistry.azurecr.io: 10.1.0.4}}}}}")
    base = f"{DEV}/resourceGroups/rg-registries/providers/Microsoft.Network"
    endpoint = azure.arm(f"{base}/privateEndpoints/pe").json()["properties"]
    assert endpoint["customDnsConfigs"] == [{"fqdn": "myregistry.azurecr.io", "ipAddresses": ["10.1.0.4"]}]
    interface = azure.arm(endpoint["networkInterfaces"][0]["id"]).json()["properties"]
    assert interface["ipConfigurations"][0]["properties"]["privateIPAddress"] == "10.1.0.4"


def test_keys_outlive_a_restart(tmp_path):
    def seen():
        with EmulatorProcess(tmp_path, listen=["--proxy", "127.0.0.1:0"]) as emulator:
            client = Client(emulator)
            return (Path(emulator.description["ca"]).read_bytes(),
                    client.session.get("https://login.microsoftonline.com/common/discovery/v2.0/keys").json())
    assert seen() == seen()


def test_request_log_keeps_no_secrets(azure):
    azure.basic(*CI)
    log = azure.emulator.requests()
    entry = next(e for e in log if e["path"].startswith("/oauth2/token"))
    assert (entry["service"], entry["host"], entry["method"], entry["status"], entry["authorization"]) == (
        "registry", "myregistry.azurecr.io", "GET", 200, "basic")
    assert CI[1] not in json.dumps(log) and base64.b64encode(":".join(CI).encode()).decode() not in json.dumps(log)
    azure.emulator.clear_requests()
    assert azure.emulator.requests() == []


def test_sign_in_to_a_world_that_forbids_it(azure, tmp_path):
    azure.patch("users: {alex: {disabled: true}}")
    environment = azure.emulator.profile("user", tmp_path, drop_access_tokens=True)
    assert "AADSTS50057" in run_az(environment, "account", "get-access-token").stderr


def test_twenty_az_at_once(azure, profiles, tmp_path):
    environment = profiles("user")
    az = str(Path(sys.executable).with_name("az"))
    running = []
    for number in range(20):        # each with its own folder: az itself does not share a token cache well
        folder = shutil.copytree(environment["AZURE_CONFIG_DIR"], tmp_path / str(number))
        running.append(subprocess.Popen([az, "acr", "show", "-n", "myregistry", "-o", "none"],
                                        env={**environment, "AZURE_CONFIG_DIR": str(folder)}))
    assert [process.wait(180) for process in running] == [0] * 20


# ---- World ---------------------------------------------------------------------------------------------------------

def test_merge():
    base = {"a": {"b": 1, "c": [1]}, "d": 2}
    assert merge(base, {"a": {"b": None, "c+": [2]}, "d": [3]}) == {"a": {"c": [1, 2]}, "d": [3]}
    assert base == {"a": {"b": 1, "c": [1]}, "d": 2}


@pytest.mark.parametrize("patch, message", [
    ("registries: {myregistry: {adminEnabled: true}}", "Unknown key 'adminEnabled' in registries.myregistry"),
    ("roleAssignments: {x: {role: AcrPoll, to: alex, on: registry/myregistry}}", "Role 'AcrPoll'"),
    ("roleAssignments: {x: {role: AcrPull, to: alexa, on: registry/myregistry}}", "'alexa'"),
    ("roleAssignments: {x: {role: AcrPull, to: alex, on: registry/none}}", "Scope 'registry/none'"),
    ("propagationDelay: soon", "propagationDelay"),
    ("roleAssignments: {alex-push: {condition: '@Request[x] Resembles 1'}}", "condition"),
    ("registries: [1", "Not YAML"),
])
def test_patches_that_make_no_sense(azure, patch, message):
    with pytest.raises(ValueError, match="(?s)" + message.replace("[", r"\[").replace(".", r"\.")):
        azure.patch(patch)


def test_unknown_keys_are_errors():
    with pytest.raises(WorldError):
        load_world({"registry": {}})


def test_base_world_has_no_fault():
    world = load_world(read_yaml(BASE_WORLD.read_text(encoding="utf-8")))
    authorization = Authorization(world)
    for profile in world.profiles.values():
        principal = world.find_principal(profile.principal) if profile.principal else None
        if principal and not getattr(principal, "idp", ""):
            object_id = world.object_id_in(principal, world.tenants["contoso"])
            registry = world.registries["myregistry"]
            assert "pull" in authorization.registry_actions(object_id, registry) or principal.name == "sam"


NAME = "Microsoft.ContainerRegistry/registries/repositories:name"


@pytest.mark.parametrize("condition, value, expected", [
    (f"@Request[{NAME}] StringEqualsIgnoreCase 'NGINX'", "nginx", True),
    (f"@Request[{NAME}] StringEquals 'NGINX'", "nginx", False),
    (f"@Request[{NAME}] StringNotEquals 'nginx'", "nginx", False),
    (f"@Request[{NAME}] StringLike 'team/*'", "team/api", True),
    (f"@Request[{NAME}] ForAnyOfAnyValues:StringEqualsIgnoreCase {{'a', 'b'}}", "b", True),
    (f"Exists @Request[{NAME}] AND NOT (@Request[{NAME}] StringStartsWith 'x')", "y", True),
    (f"@Request[{NAME}] StringEquals 'a' || @Request[{NAME}] StringEquals 'b'", "b", True),
    ("ActionMatches{'*/read'}", "x", True),
    ("ActionMatches{'*/write'}", "x", False),
])
def test_conditions(condition, value, expected):
    assert evaluate(condition, "a/b/read", {NAME: value}) is expected


@pytest.mark.parametrize("condition", ["", "(", "@Request[x]", "@Request[x] NumericEquals '1'", "'a' StringEquals 'b'",
                                       "ActionMatches{'a'} ActionMatches{'b'}"])
def test_conditions_that_cannot_be_read(condition):
    with pytest.raises(ConditionError):
        evaluate(condition, "a", {})
