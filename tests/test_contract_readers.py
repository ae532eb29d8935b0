# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The product's readers against answers that were recorded from live Azure, by way of the door where there is one."""

import base64
import json
from copy import deepcopy
from dataclasses import replace
from datetime import datetime, timezone
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest

from azext_acrlogin.azure import assignees
from azext_acrlogin.azure.cache_rules import read_rule
from azext_acrlogin.azure.login_event_log import read_events
from azext_acrlogin.azure.registry import registry_of
from azext_acrlogin.azure.registry_search import search
from azext_acrlogin.azure.registry_tokens import read_token
from azext_acrlogin.azure.role_reading import RoleReader
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.checks import credential, encryption, private_endpoint
from azext_acrlogin.checks import registry as registry_check
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.resolver import Resolution
from azext_acrlogin.protocol.challenge import bearer, parse_challenges
from azext_acrlogin.protocol.jwt import claims_of, time_claim
from azext_acrlogin.protocol.registry_errors import error_codes, error_text, is_registry_answer
from azext_acrlogin.protocol.roles import ABAC, LEGACY, Operation, is_at_or_above, mode_of
from azext_acrlogin.protocol.scopes import access_shown, granted_actions
from tests import azure_facts
from tests.contract.door import ACCOUNT, GUID, REGISTRY, Reply, door
from tests.emulator.arm.versions import shown
from tests.inputs import inputs

REGISTRIES = "Microsoft.ContainerRegistry/registries"
RECORDED_ACCOUNT = replace(ACCOUNT, subscription_id="00000000-0000-0000-0000-000000000000")


def recorded(topic, path="", **wanted):
    """The recordings of a topic whose path ends so."""
    found = [one for one in azure_facts.recordings(topic) if one.path.endswith(path)
             and all(getattr(one, name) == value for name, value in wanted.items())]
    assert found
    return found


def reported(about):
    return azure_facts.reports(about)[0]


def epoch(text):
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc).timestamp()


def of_list(body):
    """As a list shows a single resource."""
    return body if isinstance(body.get("value"), list) else {"value": [body]}


def jwt(claims):
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (
        {"typ": "JWT", "alg": "RS256"}, claims)]
    return ".".join([*parts, "c2ln"])


# -- Registries --

MODES = {"2021-08-01-preview": None, "2022-02-01-preview": None, "2023-07-01": None, "2026-03-01-preview": LEGACY,
         "2026-09-01-preview": LEGACY}     # of the recordings; 2025-03-01-preview has one of each


def evidence_of(body):
    """What the product learns of a registry."""
    name = body["name"].lower()

    def server(request):
        path = urlsplit(request.url).path
        if path.endswith("/registries"):
            return Reply(of_list(body))
        if "/providers/" in path or path.endswith("/resources"):
            return Reply()
        return Reply({"subscriptionId": RECORDED_ACCOUNT.subscription_id, "state": "Enabled"})

    with door(server) as (arm, _):
        found = {"name": SimpleNamespace(registry_name=name, host=None, subscription=None, resource_group=None,
                                         derived_login_server=f"{name}.azurecr.io", regional=False),
                 "login": SimpleNamespace(accounts=[RECORDED_ACCOUNT])}
        return registry_check.gather(SimpleNamespace(arm=arm, asked=SimpleNamespace(timeout_seconds=1)), inputs(found))


@pytest.mark.parametrize("one", recorded("registries"), ids=lambda one: f"{one.api_version}-{one.body['name']}")
def test_registry(one):
    evidence, properties = evidence_of(one.body), one.body["properties"]
    assert evidence.found and not evidence.login_server_derived and not evidence.problems
    registry = evidence.registry
    assert evidence.login_server == registry.login_server == properties["loginServer"]
    assert (registry.resource_id, registry.location) == (one.body["id"], one.body["location"])
    assert registry.sku == one.body["sku"]["name"]
    assert registry.provisioning_state == properties["provisioningState"]
    assert registry.role_assignment_mode == properties.get("roleAssignmentMode")
    if one.api_version in MODES:
        assert registry.role_assignment_mode == MODES[one.api_version]
    assert (registry.admin_user_enabled, registry.anonymous_pull_enabled) == (False, False)
    assert registry.public_network_access == "Enabled"
    assert registry.network_default_action == ("Allow" if "networkRuleSet" in properties else None)
    assert registry.network_rule_bypass_options == properties["networkRuleBypassOptions"]
    assert registry.network_rule_bypass_allowed_for_tasks is properties.get("networkRuleBypassAllowedForTasks")
    rules = properties.get("networkRuleSet", {}).get("virtualNetworkRules")
    assert registry.has_subnet_rules is (None if rules is None else bool(rules))
    assert registry.has_private_endpoints is False
    expected = "enabled" if "azureADAuthenticationAsArmPolicy" in properties["policies"] else None
    assert registry.authentication_as_arm == expected
    policies = properties["policies"]
    assert (registry.quarantine, registry.retention, registry.export) == tuple(
        policies.get(name, {}).get("status") for name in ("quarantinePolicy", "retentionPolicy", "exportPolicy"))
    assert registry.retention_days == policies["retentionPolicy"]["days"]
    soft_delete = policies.get("softDeletePolicy", {})
    assert (registry.soft_delete, registry.soft_delete_days) == (soft_delete.get("status"),
                                                                 soft_delete.get("retentionDays"))
    assert registry.network_rule_bypass_options == properties.get("networkRuleBypassOptions")
    assert registry.network_rule_bypass_allowed_for_tasks is properties.get("networkRuleBypassAllowedForTasks")
    shows_subnets = "virtualNetworkRules" in properties.get("networkRuleSet", {})
    assert registry.allowed_subnets == (() if shows_subnets else None)
    assert (registry.data_endpoints, registry.private_endpoints) == ((), ())
    assert encryption.gather(SimpleNamespace(), inputs({"registry": evidence})) is not None


def test_both_modes_are_recorded():
    modes = {evidence_of(one.body).role_assignment_mode
             for one in recorded("registries", api_version="2025-03-01-preview")}
    assert modes == {ABAC, LEGACY}


def test_the_version_that_is_asked_for_shows_the_recorded_mode():
    """The answer holds what its version has, as Azure does; what the SDK of this CLI asks for must hold the mode."""
    with_abac = next(one.body for one in recorded("registries") if one.body["properties"].get(
        "roleAssignmentMode") == ABAC)

    def server(request):
        members = azure_facts.members(REGISTRIES, parse_qs(urlsplit(request.url).query)["api-version"][0])
        return Reply(shown(deepcopy(with_abac), azure_facts.tree(members)))

    with door(server) as (arm, _):
        answer = arm.registry(RECORDED_ACCOUNT, "rg", with_abac["name"])
    assert mode_of(answer.value["properties"].get("roleAssignmentMode")) == ABAC


def test_a_mode_that_is_not_shown_is_not_legacy():
    stable = recorded("registries", api_version="2023-07-01")[0]
    assert mode_of(evidence_of(stable.body).role_assignment_mode) is None


@pytest.mark.parametrize("one", recorded("check-name"), ids=lambda one: one.api_version)
def test_name_availability(one):
    def server(request):
        return Reply(one.body if request.method == "POST" else {"value": []})

    with door(server) as (arm, _):
        assert search(arm, [ACCOUNT], "myregistry", None, None, None).name_available is True


# -- Subscriptions, groups, resources --

def test_registries_in_the_list_of_resources():
    for one in recorded("resources", "/resources")[:2]:
        listed = one.body["value"][0]

        def server(request, one=one, listed=listed):
            path = urlsplit(request.url).path
            return Reply(one.body if path.endswith("/resources") else
                         listed if path.endswith(listed["name"].lower()) else {"value": []})

        with door(server) as (arm, _):
            found = search(arm, [RECORDED_ACCOUNT], listed["name"].lower(), None, None, None)
        assert found.registry.resource_id == listed["id"]


def test_a_subscription():
    one = recorded("resources", "/subscriptions/{subscriptionId}")[0]
    with door(lambda request: Reply(one.body)) as (arm, _):
        assert search(arm, [RECORDED_ACCOUNT], "myregistry", None, None, None).subscription["state"] == "Enabled"


def test_resource_groups_go_on_at_their_link():
    one = recorded("resources", "/resourcegroups")[0]
    last = {"value": [{"id": "x", "name": "last"}]}
    with door(lambda request: Reply(last if "skiptoken" in request.url else one.body)) as (arm, sent):
        names = [group["name"] for group in arm.resource_groups(RECORDED_ACCOUNT).items]
    assert names == ["arm-python-RG", "last"] and sent[-1].url.startswith(one.body["nextLink"].partition("<")[0])


def test_an_identity():
    one = recorded("resources", "/userAssignedIdentities/{name}")[0]
    graph = SimpleNamespace()
    with door(lambda request: Reply(one.body)) as (arm, _):
        given = one.body["id"].replace("resourcegroups", "resourceGroups")
        found = assignees.find(given, arm, graph, [RECORDED_ACCOUNT])
    properties = one.body["properties"]
    assert (found.object_id, found.client_id) == (properties["principalId"], properties["clientId"])
    assert (found.fault, found.type, found.name) == (None, "managedIdentity", one.body["name"])


def test_diagnostic_settings():
    one = recorded("resources", "/diagnosticSettings")[0]
    with door(lambda request: Reply(one.body)) as (arm, _):
        assert read_events(arm, arm.http, arm.login, ACCOUNT, REGISTRY, None).enabled is False
    with_logins = deepcopy(one.body)
    with_logins["value"][0]["properties"]["logs"][0]["category"] = "ContainerRegistryLoginEvents"
    with door(lambda request: Reply(with_logins)) as (arm, _):
        log = read_events(arm, arm.http, arm.login, ACCOUNT, REGISTRY, None)
    assert log.enabled and log.workspace == one.body["value"][0]["properties"]["workspaceId"]


# -- Roles --

def reader_of(server, unread=()):
    """What a reader of roles makes of answers: a function that is given it."""
    def read(ask):
        with door(server) as (arm, _):
            reader = RoleReader(arm, RECORDED_ACCOUNT, GUID)
            found = ask(reader)
        assert [one.what.split()[0] for one in reader.unread] == list(unread)
        return found
    return read


@pytest.mark.parametrize("one", recorded("role-assignments"), ids=lambda one: f"{one.method}-{one.path.split('/')[-2]}")
def test_role_assignments(one):
    wire = of_list(one.body)["value"][0]
    found, = reader_of(lambda request: Reply(of_list(one.body)))(lambda reader: reader.assignments(REGISTRY, True))
    properties = wire["properties"]
    assert (found.id, found.scope) == (wire["id"], properties["scope"])
    assert found.role_guid == properties["roleDefinitionId"].rpartition("/")[2]
    assert (found.principal_id, found.principal_type) == (properties["principalId"], properties["principalType"])
    assert (found.condition, found.condition_version) == ("", "")
    assert round(found.created, 3) == pytest.approx(epoch(properties["createdOn"][:23]), abs=1)
    assert round(found.changed, 3) == pytest.approx(epoch(properties["updatedOn"][:23]), abs=1)
    assert found.newest_change == max(found.created, found.changed)


def test_an_assignment_at_the_root_reaches_everything():
    roots = [wire for one in recorded("role-assignments") for wire in of_list(one.body)["value"]
             if wire["properties"]["scope"] == "/"]
    assert roots and is_at_or_above("/", REGISTRY)


@pytest.mark.parametrize("name", ["Contributor", "Reader"])
def test_role_definitions(name):
    body = next(one.body["value"][0] for one in recorded("role-definitions", "/roleDefinitions")
                if one.body["value"][0]["properties"]["roleName"] == name)
    assignment = recorded("role-assignments")[0].body["value"]
    assignment = [{**assignment[0], "properties": {
        **assignment[0]["properties"], "roleDefinitionId": f"/x/roleDefinitions/{body['name']}"}}]

    def server(request):
        return Reply(body if "/roleDefinitions/" in request.url else {"value": assignment})

    found, = reader_of(server)(lambda reader: reader.with_roles(REGISTRY, reader.assignments(REGISTRY, True)))
    assert (found.role.guid, found.role.name, found.role.custom) == (body["name"], name, False)
    assert found.role.names(Operation(f"{REGISTRIES}/read", False))
    assert found.role.names(Operation(f"{REGISTRIES}/write", False)) == (name == "Contributor")
    assert not found.role.names(Operation(f"{REGISTRIES}/repositories/content/read", True))


def test_a_role_definition_that_does_not_exist():
    one = recorded("role-definitions", status=404)[0]
    with door(lambda request: Reply(one.body, one.status)) as (arm, _):
        answer = arm.role_definition(ACCOUNT, REGISTRY, GUID)
    assert (answer.ok, answer.status, answer.error_code) == (False, 404, "RoleDefinitionDoesNotExist")


def test_permissions():
    one = recorded("role-definitions", "/permissions")[0]
    found, = reader_of(lambda request: Reply(one.body))(lambda reader: reader.permissions(REGISTRY))
    assert (found.actions, found.not_actions, found.data_actions, found.not_data_actions) == (("*",), (), (), ())


def test_without_p2_nobody_is_eligible():
    report = reported("ARM PIM")
    assert reader_of(lambda request: Reply(report.body, report.status))(
        lambda reader: reader.eligible(REGISTRY, True)) == []


# -- Parts of a registry --

def token_of(expiry=None):
    """What is read of the recorded token; passwords have the form of the recorded new ones."""
    body = recorded("registry-parts", "/tokens/{name}")[0].body
    passwords = recorded("registry-parts", "/generateCredentials")[0].body["passwords"]
    if expiry is not None:
        body = deepcopy(body)
        body["properties"]["credentials"]["passwords"] = [{
            **{name: value for name, value in passwords[0].items() if name != "value"},
            "expiry": expiry or passwords[0]["expiry"]}]
    scope_map = recorded("registry-parts", "/scopeMaps/{name}", method="PUT")[0].body
    return body, lambda request: Reply(scope_map if "/scopeMaps/" in request.url else {"value": [body]})


def test_a_token_and_its_scope_map():
    body, server = token_of("")
    with door(server) as (arm, sent):
        found = read_token(arm, ACCOUNT, body["id"].rpartition("/tokens/")[0], "ACR-token")
    assert (found.listed, found.exists, found.status) == (True, True, "enabled")
    assert (found.scope_map, found.scope_map_actions) == ("acr-token-scope-map", ["repositories/foo/content/read"])
    assert found.password_expiries == ["2100-12-31T12:59:59+00:00"]
    assert urlsplit(sent[-1].url).path.endswith("/scopeMaps/acr-token-scope-map")


def test_a_scope_map_that_is_not_there():
    body, _ = token_of()
    missing = recorded("registry-parts", status=404)[0]
    with door(lambda request: Reply(missing.body, 404) if "/scopeMaps/" in request.url else Reply(
            {"value": [body]})) as (arm, _):
        assert read_token(arm, ACCOUNT, body["id"].rpartition("/tokens/")[0], "acr-token").scope_map_actions is None
        answer = arm.scope_map(ACCOUNT, REGISTRY, "x")
    assert (answer.error_code, answer.error_text) == (
        "ResourceNotFound", "The resource acr-token-scope-map could not be found.")


@pytest.mark.parametrize("expiry, expired", [
    ("", False), ("2025-01-01T00:00:00+00:00", True), ("2025-01-01T00:00:00.1234567+00:00", True),
    ("2025-01-01T00:00:00Z", True)], ids=["as-recorded", "past", "past-with-a-fraction", "past-in-Z"])
def test_the_expiry_of_a_password(expiry, expired):
    body, server = token_of(expiry)
    registry = RegistryEvidence(
        name="clireg000002", found=True, account=ACCOUNT, login_server="clireg000002.azurecr.io",
        registry=registry_of({"id": body["id"].rpartition("/tokens/")[0]}, ACCOUNT))
    with door(server) as (arm, _):
        context = SimpleNamespace(arm=arm, asked=SimpleNamespace(username="acr-token", cloud=None),
                                  password=Secret("x" * 52))
        found = inputs({"registry": registry})
        assert credential.gather(context, found).token_passwords_expired is expired


def test_a_cache_rule():
    one = recorded("registry-parts", "/cacheRules/{name}")[0]
    with door(lambda request: Reply(of_list(one.body))) as (arm, _):
        listed, rule = read_rule(arm, ACCOUNT, REGISTRY, "cached-mcr/aci-helloworld")
        assert read_rule(arm, ACCOUNT, REGISTRY, "another/repository") == (True, None)
    assert listed and (rule.name, rule.source) == (one.body["name"], "mcr.microsoft.com/azuredocs/aci-helloworld")
    assert (rule.credential_set, rule.credential_health) == (None, None)


@pytest.mark.parametrize("state", ["Approved", "Pending"])
def test_private_endpoints(monkeypatch, state):
    """As recorded: pending at first; its DNS configurations are empty, so that the address is an interface's."""
    connection = deepcopy(recorded("private-endpoints", "/privateEndpointConnections")[0].body["value"][0])
    connection["properties"]["privateLinkServiceConnectionState"]["status"] = state
    endpoint = recorded("private-endpoints", "/privateEndpoints/{name}")[0].body
    interface = {"properties": {"ipConfigurations": [{"properties": {"privateIPAddress": "10.1.0.5"}}]}}
    monkeypatch.setattr(private_endpoint, "resolve", lambda host, seconds: Resolution(host, ("10.1.0.5",)))
    registry = RegistryEvidence(
        name="myregistry", found=True, account=ACCOUNT, login_server="myregistry.azurecr.io",
        registry=registry_of({"properties": {"privateEndpointConnections": [connection]}}, ACCOUNT))
    with door(lambda request: Reply(interface if "/networkInterfaces/" in request.url else endpoint)) as (arm, sent):
        context = SimpleNamespace(arm=arm, asked=SimpleNamespace(
            timeout_seconds=1, cloud=SimpleNamespace(registry_suffix=".azurecr.io")))
        found = private_endpoint.gather(context, inputs({
            "registry": registry, "dns": SimpleNamespace(addresses=["10.1.0.5"], proxy=None, alias=None)}))
    approved = state == "Approved"
    assert found.approved == ([connection["properties"]["privateEndpoint"]["id"]] if approved else [])
    if approved:
        assert found.endpoint_addresses == ["10.1.0.5"]
        assert [urlsplit(request.url).path.split("/")[-2] for request in sent] == [
            "privateEndpoints", "networkInterfaces"]


# -- Refusals of Resource Manager --

@pytest.mark.parametrize("about", ["ARM 401", "ARM 403", "ARM 404 of a provider", "ARM 409", "ARM PIM",
                                   "unsupported api-version, Resource Manager's own", "no api-version"])
def test_refusals(about):
    report = reported(about)
    with door(lambda request: Reply(report.body, report.status)) as (arm, sent):
        for answer in (arm.subscription(ACCOUNT), arm.resource_groups(ACCOUNT)):
            assert (answer.ok, answer.status, answer.items) == (False, report.status, [])
            assert answer.error_code == report.body["error"]["code"]
            assert answer.error_text and answer.error_text[:60] == report.body["error"]["message"][:60]
            assert answer.reachable and not answer.is_impossible
    assert len(sent) == 2


def test_an_empty_list_is_no_refusal():
    with door(lambda request: Reply(reported("ARM list").body)) as (arm, _):
        answer = arm.resources(ACCOUNT, "resourceType eq 'Microsoft.ContainerRegistry/registries'")
    assert answer.ok and answer.items == []


# -- Graph --

class Graph:
    """Answers with a service principal where its object is asked for."""

    def __init__(self, body):
        self._body = body

    def get(self, _account, path):
        if "/" in path.partition("?")[0]:
            return 200, {"@odata.type": "#microsoft.graph.servicePrincipal", **self._body}
        return 200, {"value": []}


def test_a_service_principal():
    body = recorded("graph", "/servicePrincipals", method="POST")[0].body
    found = assignees.find(body["id"], None, Graph(body), [ACCOUNT])
    assert (found.type, found.object_id, found.client_id) == ("servicePrincipal", body["id"], body["appId"])
    assert (found.name, found.enabled, found.fault) == (body["displayName"], True, None)


def test_an_empty_list_of_graph():
    body = recorded("graph", "/servicePrincipals", method="GET")[0].body
    graph = SimpleNamespace(get=lambda account, path: (404, {}) if "/" in path.partition("?")[0] else (200, body))
    assert assignees.find(GUID, None, graph, [ACCOUNT]).fault == "not-found"


# -- Registries' own answers --

@pytest.mark.parametrize("one", recorded("challenge"), ids=lambda one: f"{one.method}-{one.path}"[:40])
def test_challenges(one):
    header = next(value for name, value in one.headers.items() if name.lower() == "www-authenticate")
    challenge = bearer(parse_challenges(header))
    service = challenge.parameters["service"]
    assert challenge.parameters["realm"] == f"https://{service}/oauth2/token"
    assert challenge.parameters.get("error") in (None, "insufficient_scope")
    assert error_codes(one.body) == ["UNAUTHORIZED"]
    assert error_text(one.body).startswith("authentication required")
    assert is_registry_answer({name.lower(): str(value) for name, value in one.headers.items()}, one.body)


@pytest.mark.parametrize("one", [one for one in azure_facts.recordings("data-plane") if one.status >= 400],
                         ids=lambda one: one.path)
def test_refusals_of_a_registry(one):
    assert error_codes(one.body) in (["NAME_UNKNOWN"], ["MANIFEST_UNKNOWN"])
    assert error_text(one.body) == one.body["errors"][0]["message"]


def test_the_refresh_token():
    claims = claims_of(jwt(reported("refresh token").claims))
    assert time_claim(claims, "exp") - time_claim(claims, "iat") == 11_700
    for one in recorded("exchange"):
        assert one.status == 200 and list(one.body) == ["refresh_token"]


@pytest.mark.parametrize("one", recorded("token"), ids=lambda one: f"{one.claims['sub'][:14]}-{one.form['scope']}")
def test_access_tokens(one):
    claims = claims_of(jwt(one.claims))
    catalog = one.form["scope"].startswith("registry")
    granted = granted_actions(claims, "library/hello-world", catalog)
    anonymous = one.claims["sub"] == "acr_anon_pull"
    expected = {"catalog"} if catalog else {"pull"} if anonymous else {"delete"}
    assert {action for action, is_granted in granted.items() if is_granted} == expected
    assert time_claim(claims, "exp") - time_claim(claims, "iat") == (1200 if anonymous else 4500)
    assert access_shown(claims)
