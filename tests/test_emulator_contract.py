# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The emulator against recorded answers of live Azure: same members, same forms of values, same status and headers."""

import json

import jwt
import pytest

from tests import azure_facts
from tests.azure_facts.shapes import differences
from tests.test_emulator import ACR, ALEX, DEV, GRAPH, MYREGISTRY, azure, emulator  # noqa: F401  pylint: disable=W0611

REGISTRIES = "Microsoft.ContainerRegistry/registries"
MODE = "properties.roleAssignmentMode"
OWN_VALUES = ("tags.",)


def recorded(topic, method="GET", path="", **wanted):
    """The recordings of a topic whose path holds a text."""
    return [one for one in azure_facts.recordings(topic) if one.method == method and path in one.path
            and all(getattr(one, name) == value for name, value in wanted.items())]


def registry_recordings():
    return [one for one in azure_facts.recordings("registries")]


def same_headers(one, answer, names):
    """Recorded headers of those names are there."""
    return [name for name in one.headers if name.lower() in names and name.lower() not in answer.headers]


ARM_HEADERS = {"cache-control", "content-type", "expires", "pragma", "strict-transport-security", "x-cache",
               "x-content-type-options", "api-supported-versions",
               "x-ms-ratelimit-remaining-subscription-global-reads"}


# ---- Resource Manager ----------------------------------------------------------------------------------------------

@pytest.mark.parametrize("one", registry_recordings(), ids=lambda one: f"{one.api_version}-{one.recorded}")
def test_a_registry(azure, one):  # noqa: F811
    properties = one.body["properties"]
    azure.patch({"registries": {"myregistry": {
        "sku": one.body["sku"]["name"], "regionalEndpoints": properties.get("regionalEndpoints", "Disabled")}}})
    answer = azure.arm(MYREGISTRY, version=one.api_version)
    assert answer.status_code == 200
    # The answer at 2026-03-01-preview came from the controller of 2026-01-01-preview, as its header says.
    more = ("properties.writableCacheRepos", "properties.networkRuleSet.virtualNetworkRules") \
        if one.headers["api-supported-versions"] != one.api_version else ()
    assert differences(one.body, answer.json(), may_have=more) == []
    assert not same_headers(one, answer, ARM_HEADERS - {"x-ms-ratelimit-remaining-subscription-global-reads"})


@pytest.mark.parametrize("version", azure_facts.versions(REGISTRIES))
def test_no_member_that_the_version_does_not_have(azure, version):  # noqa: F811
    body = azure.arm(MYREGISTRY, version=version).json()
    listed = azure.arm(f"{DEV}/providers/{REGISTRIES}", version=version).json()["value"]
    for item in (body, *listed):
        assert [path for path in azure_facts.paths_of(item)
                if not azure_facts.has_member(REGISTRIES, version, path)] == []
        assert ("roleAssignmentMode" in item["properties"]) == azure_facts.has_member(REGISTRIES, version, MODE)


@pytest.mark.parametrize("kind, name, topic", [("tokens", "ci-token", "registry-parts"),
                                               ("cacheRules", "hub", "registry-parts"),
                                               ("scopeMaps", "ci-readers", "registry-parts")])
def test_a_part_of_a_registry(azure, kind, name, topic):  # noqa: F811
    azure.patch("registries: {myregistry: {tokens: {ci-token: {passwords: {password1: null}}}, cacheRules: "
                "{hub: {source: mcr.microsoft.com/a, target: b}}}}")
    one = next(one for one in azure_facts.recordings(topic)
               if f"/{kind}/" in one.path and one.status < 300)
    answer = azure.arm(f"{MYREGISTRY}/{kind}/{name}", version=one.api_version)
    assert differences(one.body, answer.json(), may_lack=("properties.credentials.passwords[]",)) == []
    assert "," in answer.headers["api-supported-versions"]


def test_a_part_that_is_not_there(azure):  # noqa: F811
    one = next(one for one in azure_facts.recordings("registry-parts") if one.status == 404)
    answer = azure.arm(f"{MYREGISTRY}/scopeMaps/acr-token-scope-map", version=one.api_version)
    assert (answer.status_code, answer.json()) == (404, one.body)


def test_passwords_that_expire_at_a_full_second(azure):  # noqa: F811
    one = next(one for one in azure_facts.recordings("registry-parts") if one.path.endswith("generateCredentials"))
    answer = azure.arm(f"{MYREGISTRY}/generateCredentials", user="sam@contoso.example", method="POST",
                       version=one.api_version, json={"tokenId": f"{MYREGISTRY}/tokens/ci-token",
                                                      "expiry": one.request_body["expiry"]})
    assert answer.json()["passwords"][0]["expiry"] == one.body["passwords"][0]["expiry"] == "2100-12-31T12:59:59+00:00"
    assert differences(one.body["passwords"][0]["creationTime"], answer.json()["passwords"][0]["creationTime"]) == []


def test_role_assignments(azure):  # noqa: F811
    one = recorded("role-assignments", path="/subscriptions/{subscriptionId}/providers")[0]
    answer = azure.arm(f"{DEV}/providers/Microsoft.Authorization/roleAssignments?$filter=principalId eq '{ALEX}'",
                       version=one.api_version)
    assert differences(one.body, answer.json()) == []
    assert not same_headers(one, answer, ARM_HEADERS)


def test_a_new_role_assignment_does_not_say_who_made_it(azure):  # noqa: F811
    one = recorded("role-assignments", "PUT")[0]
    reader = f"{DEV}/providers/Microsoft.Authorization/roleDefinitions/acdd72a7-3385-48ef-bd42-f606fba81ae7"
    answer = azure.arm(f"{DEV}/providers/Microsoft.Authorization/roleAssignments/88888888-0000-4000-8000-000000000001",
                       user="sam@contoso.example", method="PUT", version=one.api_version,
                       json={"properties": {"roleDefinitionId": reader, "principalId": ALEX}})
    assert answer.status_code == 201 and answer.json()["properties"]["createdBy"] is None
    assert differences(one.body, answer.json()) == []


def test_role_definitions(azure):  # noqa: F811
    one = recorded("role-definitions", path="roleDefinitions")[0]
    answer = azure.arm(f"{MYREGISTRY}/providers/Microsoft.Authorization/roleDefinitions?$filter=roleName eq "
                       "'Contributor'", version="2022-04-01")
    assert differences(one.body, answer.json()) == []


@pytest.mark.parametrize("version, shown", [("2022-04-01", False), ("2022-05-01-preview", True)])
def test_conditions_of_permissions_come_with_a_version(azure, version, shown):  # noqa: F811
    condition = "(!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'}))"
    azure.patch({"roleAssignments": {"alex-push": {"condition": condition}}})
    value = azure.arm(f"{MYREGISTRY}/providers/Microsoft.Authorization/permissions", version=version).json()["value"]
    assert any("condition" in entry for entry in value) == shown


def test_resources(azure):  # noqa: F811
    one = recorded("resources", path="/subscriptions/{subscriptionId}/resources", api_version="2024-11-01")[0]
    answer = azure.arm(f"{DEV}/resources?$filter=resourceType eq '{REGISTRIES}'", version=one.api_version)
    assert differences(one.body, answer.json()) == []


def test_links_to_further_pages(azure):  # noqa: F811
    azure.patch("pageSize: 1")
    link = azure.arm(f"{DEV}/resourcegroups", user="sam@contoso.example").json()["nextLink"]
    assert link.startswith("https://management.azure.com/subscriptions/") and "%24skiptoken=" in link
    azure.patch("pageSize: 1\ncloud: {nextLinkPort: true}")
    link = azure.arm(f"{DEV}/resourcegroups", user="sam@contoso.example").json()["nextLink"]
    assert link.startswith("https://management.azure.com:443/subscriptions/")


@pytest.mark.parametrize("one", azure_facts.recordings("check-name"), ids=lambda one: one.api_version)
def test_a_free_name(azure, one):  # noqa: F811
    answer = azure.arm(f"{DEV}/providers/Microsoft.ContainerRegistry/checkNameAvailability", method="POST",
                       version=one.api_version, json=one.request_body)
    assert differences(one.body, answer.json()) == []


def test_a_managed_identity(azure):  # noqa: F811
    one = recorded("resources", "PUT", "userAssignedIdentities")[0]
    answer = azure.arm(f"{DEV}/resourceGroups/rg-build/providers/Microsoft.ManagedIdentity/userAssignedIdentities/"
                       "build-identity", version=one.api_version)
    assert differences(one.body, answer.json()) == []


# ---- Refused versions, filters, licences ---------------------------------------------------------------------------

@pytest.mark.parametrize("path, status, code", [
    (MYREGISTRY, 400, "NoRegisteredProviderFound"),
    (f"{DEV}/providers/{REGISTRIES}", 404, "InvalidResourceType"),
    (f"{DEV}/resources", 400, "InvalidApiVersionParameter"),
])
def test_an_unknown_version(azure, path, status, code):  # noqa: F811
    answer = azure.arm(f"{path}?api-version=2024-01-01-preview")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "2024-01-01-preview" in answer.json()["error"]["message"]


def test_no_version(azure):  # noqa: F811
    answer = azure.session.get(f"https://management.azure.com{MYREGISTRY}")
    assert (answer.status_code, answer.json()) == (400, azure_facts.reports("no api-version")[0].body)


def test_a_cloud_that_lacks_new_versions_or_hides_a_member(azure):  # noqa: F811
    azure.patch("cloud: {apiVersions: {registries: ['2023-07-01']}, versionRefusal: {code: InvalidResourceType, "
                "status: 400}}")
    refused = azure.arm(f"{MYREGISTRY}/tokens", version="2025-11-01")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "InvalidResourceType")
    assert azure.arm(MYREGISTRY, version="2023-07-01").status_code == 200
    azure.patch("cloud: {hiddenMembers: {registries: [properties.roleAssignmentMode]}}")
    assert "roleAssignmentMode" not in azure.arm(MYREGISTRY, version="2025-11-01").json()["properties"]


def test_deny_assignments(azure):  # noqa: F811
    denial = "denyAssignments: {watch: {on: resourceGroup/rg-registries, actions: ['*'], effect: audit}}\n"
    path = f"{MYREGISTRY}/providers/Microsoft.Authorization/denyAssignments?$filter=assignedTo('{ALEX}')"
    azure.patch(denial)
    new, old = azure.arm(path, version="2024-07-01-preview"), azure.arm(path, version="2022-04-01")
    assert [one["properties"]["denyAssignmentEffect"] for one in new.json()["value"]] == ["audit"]
    assert "denyAssignmentEffect" not in old.json()["value"][0]["properties"]
    assert azure.actions()[0] == 200
    azure.patch(denial + "cloud: {refusedFilters: {denyAssignments: [assignedTo]}}")
    assert azure.arm(path).status_code == 400


def test_no_licence_for_eligibility(azure):  # noqa: F811
    azure.patch("tenants: {contoso: {premiumLicence: false}}")
    answer = azure.arm(f"{MYREGISTRY}/providers/Microsoft.Authorization/roleEligibilityScheduleInstances?$filter="
                       "asTarget()")
    report = azure_facts.reports("PIM")[0]
    assert (answer.status_code, answer.json()) == (report.status, report.body)


# ---- Registries ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("one", [one for one in azure_facts.recordings("challenge") if not one.authorization],
                         ids=lambda one: one.path[:40])
def test_a_challenge(azure, one):  # noqa: F811
    answer = azure.session.request(one.method, "https://myregistry.azurecr.io" + one.path)
    assert (answer.status_code, answer.json()) == (one.status, one.body)
    challenge = next(value for name, value in one.headers.items() if name.lower() == "www-authenticate")
    for host in ("{loginServer}", "contosoacr.azurecr.io"):
        challenge = challenge.replace(host, "myregistry.azurecr.io")
    assert answer.headers["WWW-Authenticate"] == challenge
    assert not same_headers(one, answer, {"server", "docker-distribution-api-version", "access-control-expose-headers",
                                          "x-ms-correlation-request-id", "x-content-type-options"})


def test_tokens_of_an_identity(azure):  # noqa: F811
    exchanged = azure.exchange(azure.user_token(ACR).json()["access_token"])
    issued = azure.session.post("https://myregistry.azurecr.io/oauth2/token", data={
        "grant_type": "refresh_token", "service": "myregistry.azurecr.io", "scope": "repository:samples/app:pull",
        "refresh_token": exchanged.json()["refresh_token"]})
    for answer in (exchanged, issued):
        assert {"docker-distribution-api-version", "access-control-expose-headers"} & set(answer.headers) == set()
    one = azure_facts.recordings("token")[0]
    check_claims(one, issued.json()["access_token"], azure)
    refresh = jwt.decode(exchanged.json()["refresh_token"], options={"verify_signature": False})
    access = jwt.decode(issued.json()["access_token"], options={"verify_signature": False})
    assert refresh["rid"] == access["rid"] and refresh["exp"] - refresh["iat"] == 11700
    wanted = azure_facts.reports("refresh token")[0].claims
    assert refresh.keys() - {"tenant"} == wanted.keys()


@pytest.mark.parametrize("one", azure_facts.recordings("token")[2:], ids=lambda one: one.form["scope"])
def test_anonymous_tokens(azure, one):  # noqa: F811
    azure.patch("registries: {myregistry: {anonymousPullEnabled: true}}")
    answer = azure.session.post("https://myregistry.azurecr.io/oauth2/token", data={
        "grant_type": "password", "service": "myregistry.azurecr.io", "scope": one.form["scope"]})
    claims = check_claims(one, answer.json()["access_token"], azure)
    assert (claims["sub"], claims["access"]) == ("acr_anon_pull", one.claims["access"])


def check_claims(one, token, azure):  # noqa: F811
    """The claims of an access token: names, forms and lifetime are the recorded ones."""
    claims = jwt.decode(token, options={"verify_signature": False})
    # A user is named in sub, an application is recorded.
    assert differences({**one.claims, "sub": ""}, {**claims, "sub": ""}) == []
    assert claims["exp"] - claims["iat"] == one.claims["exp"] - one.claims["iat"]
    assert differences("<32 hex>", claims["rid"]) == []
    return claims


def test_what_is_not_there(azure):  # noqa: F811
    refresh = azure.exchange(azure.user_token(ACR).json()["access_token"]).json()["refresh_token"]
    for path, scope in (("/v2/samples/app/manifests/wrong-tag", "repository:samples/app:pull"),
                        ("/acr/v1/wrong-name/_tags", "repository:wrong-name:metadata_read")):
        token = azure.session.post("https://myregistry.azurecr.io/oauth2/token", data={
            "grant_type": "refresh_token", "service": "myregistry.azurecr.io", "scope": scope,
            "refresh_token": refresh}).json()["access_token"]
        answer = azure.session.get("https://myregistry.azurecr.io" + path, headers={"Authorization": f"Bearer {token}"})
        one = next(one for one in azure_facts.recordings("data-plane") if one.path.endswith(path[-9:]))
        assert (answer.status_code, answer.json()) == (404, one.body)


# ---- Graph ---------------------------------------------------------------------------------------------------------

def test_graph_answers_what_is_selected(azure):  # noqa: F811
    def ask(path):
        token = azure.user_token(GRAPH).json()["access_token"]
        return azure.session.get(f"https://graph.microsoft.com/v1.0{path}",
                                 headers={"Authorization": f"Bearer {token}"})
    assert "accountEnabled" not in ask(f"/users/{ALEX}").json()
    assert ask(f"/users/{ALEX}?$select=accountEnabled").json()["accountEnabled"] is True
    assert "accountEnabled" not in ask("/users?$filter=mail eq 'alex@contoso.example'").json()["value"][0]
    typed = ask(f"/directoryObjects/{ALEX}").json()
    assert typed["@odata.type"] == "#microsoft.graph.user" and "accountEnabled" not in typed
    made = recorded("graph", "POST")[0]
    found = ask("/servicePrincipals?$filter=displayName eq 'Contoso CI'")
    assert made.body.keys() - {"@odata.context", "deletedDateTime"} <= found.json()["value"][0].keys()
    assert not same_headers(made, found, {name.lower() for name in made.headers})
    azure.patch("applications: {ci: {deleted: true}}")
    object_id = "bbbbbbbb-0000-4000-8000-0000000000c1"
    assert ask(f"/directoryObjects/{object_id}").status_code == 404
    gone = ask(f"/directory/deletedItems/{object_id}").json()
    assert gone["displayName"] == "Contoso CI" and gone["deletedDateTime"]
    azure.patch("applications: {ci: {deleted: true, purged: true}}")
    assert ask(f"/directory/deletedItems/{object_id}").status_code == 404


# ---- The facts themselves ------------------------------------------------------------------------------------------

def test_the_facts_name_where_they_are_from():
    for topic in azure_facts.topics():
        assert all(one.source for one in azure_facts.recordings(topic)), topic
    assert json.dumps(azure_facts.filters("Microsoft.Authorization/denyAssignments"))
    assert azure_facts.members(REGISTRIES, "2024-01-01-preview") is None
    modes = [version for version in azure_facts.versions(REGISTRIES)
             if azure_facts.has_member(REGISTRIES, version, MODE)]
    assert modes[0] == "2025-03-01-preview" and "2025-04-01" not in modes and "2025-11-01" in modes
