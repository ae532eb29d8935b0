# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Services named by --assignee: what their settings say, and whether the registry accepts their connections. With the
decisive evidence taken away, nothing is found."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from azext_acrlogin.azure import assignees
from azext_acrlogin.azure.api_versions import VERSIONS, older_versions
from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.assignees import Assignee, find
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.azure.registry import Registry, registry_of
from azext_acrlogin.azure.sign_in_settings import CLUSTER, IDENTITY, SERVICES, TASK, sign_in
from azext_acrlogin.catalogue import codes as catalogue
from azext_acrlogin.checks import assignee, service_network
from azext_acrlogin.engine.model import Status
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.render.commands import best
from tests import azure_facts
from tests.contract.door import ACCOUNT as KNOWN, door
from tests.inputs import inputs
from tests.test_judgements import asked, codes

SUBSCRIPTION, TENANT = "33333333-0000-4000-8000-00000000d001", "22222222-0000-4000-8000-00000000d001"
ACCOUNT = Account(SUBSCRIPTION, "Dev", "Enabled", TENANT, TENANT, "alex", "user", None, False, True)
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry"
ONE, TWO = (f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{name}" for name in ("one", "two"))
HOST = "myregistry.azurecr.io"
LEGACY, ABAC = "LegacyRegistryPermissions", "AbacRepositoryPermissions"
KNOWN_REGISTRY = Registry(REGISTRY, login_server=HOST, role_assignment_mode=LEGACY, anonymous_pull_enabled=False,
                          admin_user_enabled=False)
SITE, SLOT, APP, JOB = ("Microsoft.Web/sites", "Microsoft.Web/sites/slots", "Microsoft.App/containerApps",
                        "Microsoft.App/jobs")
CONTAINERS, WORKSPACE = "Microsoft.ContainerInstance/containerGroups", "Microsoft.MachineLearningServices/workspaces"
AKS, MACHINE = "Microsoft.ContainerService/managedClusters", "Microsoft.Compute/virtualMachines"


def settings(kind, properties, of=f"{REGISTRY}/tasks/build", **registry):
    return sign_in(kind.lower(), {"id": of, "properties": properties}, replace(KNOWN_REGISTRY, **registry))


# ---- What settings say ---------------------------------------------------------------------------------------------

def test_every_service_can_be_read():
    assert {CLUSTER, IDENTITY, *SERVICES} <= set(VERSIONS)


def registries(**entry):
    return {"configuration": {"registries": [{"server": "other.azurecr.io", "identity": "system"},
                                             *([{"server": "MyRegistry.azurecr.io", **entry}] if entry else [])]}}


@pytest.mark.parametrize("kind", [APP, JOB])
def test_what_a_container_app_names_for_this_registry(kind):
    found = settings(kind, registries(identity=ONE))
    assert (found.identity, found.fault, found.with_arm_token) == (ONE, None, True)
    found = settings(kind, registries(username="ci", passwordSecretRef="s"))
    assert (found.fault, found.with_arm_token) == ("own-credentials", False) and "'ci'" in found.said
    assert settings(kind, registries()).fault == "no-credentials"
    assert settings(kind, registries(), anonymous_pull_enabled=None).fault == "unsettled"
    assert settings(kind, registries(), anonymous_pull_enabled=True).fault == "unsettled"
    assert (settings(kind, {}).fault, settings(kind, {}).identity) == (None, "")


def test_what_a_container_group_names():
    def entries(**entry):
        return {"imageRegistryCredentials": [{"server": HOST, **entry}]}
    assert settings(CONTAINERS, entries(identity=ONE)).identity == ONE
    assert settings(CONTAINERS, entries(identity="[system]")).identity == "system"
    assert settings(CONTAINERS, entries(username="x")).fault == "own-credentials"
    assert not settings(CONTAINERS, entries(identity=ONE)).with_arm_token


@pytest.mark.parametrize("kind", [SITE, SLOT])
def test_how_a_site_signs_in(kind):
    def site(**config):
        found = settings(kind, {"siteConfig": config})
        return found.identity, found.with_arm_token, found.fault
    assert site(acrUseManagedIdentityCreds=True, acrUserManagedIdentityID="id") == ("id", True, None)
    assert site() == ("", False, None)  # what is not shown is not known
    assert site(acrUseManagedIdentityCreds=False) == ("", False, "own-credentials")
    assert site(acrUseManagedIdentityCreds=False, linuxFxVersion="sitecontainers") == ("", False, "unsettled")


def test_a_workspace_signs_in_to_the_registry_that_it_is_linked_to():
    linked = {"containerRegistry": REGISTRY.upper(), "primaryUserAssignedIdentity": ONE}
    assert (settings(WORKSPACE, linked).identity, settings(WORKSPACE, linked).fault) == (ONE, None)
    for properties, registry in (({**linked, "containerRegistry": REGISTRY + "2"}, {}), ({}, {}),
                                 (linked, {"admin_user_enabled": True}), (linked, {"admin_user_enabled": None})):
        assert settings(WORKSPACE, properties, **registry).fault == "unsettled"


@pytest.mark.parametrize("credentials, registry, expected", [
    ({"sourceRegistry": {"loginMode": "Default"}}, {}, (None, True)),
    (None, {}, (None, True)),
    ({"sourceRegistry": {"loginMode": "None"}}, {}, ("unsettled", False)),
    (None, {"role_assignment_mode": ABAC}, ("no-source-identity", False)),
    (None, {"role_assignment_mode": None}, ("unsettled", False)),
    (None, {"resource_id": None}, ("unsettled", False)),
    ({"sourceRegistry": {"identity": "[system]"}}, {"role_assignment_mode": ABAC}, (None, False)),
    ({"sourceRegistry": {"identity": "[caller]"}}, {"role_assignment_mode": ABAC}, ("unsettled", False)),
    ({"customRegistries": {HOST: {"userName": {"value": "x"}}}}, {}, ("own-credentials", False)),
    ({"customRegistries": {"MyRegistry.azurecr.io": {"identity": "id"}}}, {}, (None, False))])
def test_how_a_task_signs_in_to_its_own_registry(credentials, registry, expected):
    found = settings(TASK, {"credentials": credentials}, **registry)
    assert (found.fault, found.built_in) == expected
    assert found.identity == {"[system]": "system", "id": "id"}.get(
        next((name for name in ("[system]", "id") if f"'{name}'" in str(credentials)), ""), "")


def test_a_task_is_asked_for_at_no_version_that_hides_its_identity():
    """At 2019-06-01-preview a task with an identity for its own registry looks like one without."""
    assert older_versions(f"{REGISTRY}/tasks/build") == ()
    assert older_versions(REGISTRY) == older_versions(f"{REGISTRY}/tokens") != ()
    member = "properties.credentials.sourceRegistry.identity"
    kind = "Microsoft.ContainerRegistry/registries/tasks"
    assert [one for one in azure_facts.versions(kind) if azure_facts.has_member(kind, one, member)] == [VERSIONS[TASK]]


def test_how_a_task_signs_in_to_another_registry():
    of = f"{REGISTRY}2/tasks/build"
    assert settings(TASK, {"step": {"type": "Docker"}}, of).fault == "no-credentials"
    assert settings(TASK, {"step": {"type": "Docker"}}, of, anonymous_pull_enabled=True).fault == "unsettled"
    for step in ({"type": "EncodedTask"}, {"type": "FileTask"}, None):
        assert settings(TASK, {"step": step}, of).fault == "unsettled"


# ---- Who is found --------------------------------------------------------------------------------------------------

class Arm:
    """Shows resources by what their ids end with."""

    def __init__(self, **resources):
        self.resources, self.asked = resources, []

    def resource(self, _account, resource_id):
        self.asked.append(resource_id)
        value = self.resources.get(resource_id.rsplit("/", 1)[-1])
        return ArmAnswer(200, value) if value is not None else ArmAnswer(404, error_code="ResourceNotFound")


def of_type(kind, properties=None, identity=None, given="one"):
    arm = Arm(one={"id": f"{GROUP}/providers/{kind}/one", "name": "one", "identity": identity,
                   "properties": properties or {}})
    found = find(f"{GROUP}/providers/{kind}/{given}", arm, None, [ACCOUNT], KNOWN_REGISTRY)
    return found, arm


SYSTEM_ASSIGNED = {"type": "SystemAssigned", "principalId": "own"}
ASSIGNED = {"userAssignedIdentities": {ONE: {"principalId": "p1", "clientId": "c1"}}}
BOTH = {"userAssignedIdentities": {**ASSIGNED["userAssignedIdentities"],
                                   TWO: {"principalId": "p2", "clientId": "c2"}}}


@pytest.mark.parametrize("identity, named, expected", [
    (SYSTEM_ASSIGNED, "system", ("own", None)), (BOTH, TWO, ("p2", None)), (BOTH, "c1", ("p1", None)),
    (ASSIGNED, "system", (None, "not-attached")), (SYSTEM_ASSIGNED, "c1", (None, "not-attached")),
    (None, "system", (None, "not-attached")), (SYSTEM_ASSIGNED, ONE, (None, "unsettled")),
    (SYSTEM_ASSIGNED, "system-environment", (None, "of-another"))])
def test_the_identity_that_is_named(identity, named, expected):
    found, _ = of_type(APP, registries(identity=named), identity)
    assert (found.object_id, found.fault) == expected
    who = {"p1": f"one of {found.name}", "p2": f"two of {found.name}"}
    assert found.identity_name == who.get(found.object_id, found.name)


@pytest.mark.parametrize("environment, command", [
    (f"{GROUP}/providers/Microsoft.App/managedEnvironments/env", True), (None, False), ("/env; rm -rf ~", False)])
def test_an_app_that_pulls_as_its_environment(environment, command):
    found, _ = of_type(APP, {**registries(identity="system-environment"), "environmentId": environment})
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, found), inputs({}))
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    assert "it pulls with the system-assigned identity of its environment" in judgement.unknown.reason
    assert ("its environment 'env'" in judgement.unknown.reason) is command
    assert "--assignee" in found.next_step and ("`az containerapp env show --ids /sub" in found.next_step) is command
    assert "rm -rf" not in judgement.message


@pytest.mark.parametrize("fault, own, mode, lines", [
    ("gone", "SystemAssigned", LEGACY,
     ["identity create --name kubelet", "--assign-identity IDENTITY_ID", "--attach-acr"]),
    ("gone", "UserAssigned", LEGACY, ["identity create --name kubelet", "--assign-kubelet-identity", "--attach-acr"]),
    ("renewed", "UserAssigned", LEGACY, ["--assign-kubelet-identity", "--attach-acr"]),
    ("renewed", "UserAssigned", ABAC, ["--assign-kubelet-identity"]),
    ("renewed", "UserAssigned", None, ["--assign-kubelet-identity"]),
    ("gone", None, LEGACY, []), ("no-identity", "UserAssigned", LEGACY, [])])
def test_what_gives_a_cluster_a_kubelet_identity(fault, own, mode, lines):
    """The commands are complete where the cluster shows what they need, and are not shown where it does not."""
    kubelet = {} if fault == "no-identity" else {"kubeletidentity": {
        "resourceId": f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/kubelet"}}
    resource = {"identity": {"type": own} if own else None, "properties": {"identityProfile": kubelet}}
    who = Assignee(f"{GROUP}/providers/{AKS}/one", "resource", "one", resource_type=AKS, fault=fault,
                   pulls_as="kubelet", resource=resource)
    registry = RegistryEvidence("myregistry", True, HOST, registry=replace(KNOWN_REGISTRY, role_assignment_mode=mode))
    finding, = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, who), inputs({"registry": registry})
                              ).findings
    fix = best(catalogue()[finding.code].fixes, finding.facts, windows=False)
    assert len(fix["commands"]) == len(lines)
    assert all(part in command["line"] for part, command in zip(lines, fix["commands"]))
    assert ("IDENTITY_ID" in fix["description"]) is (own == "SystemAssigned")
    assert "restarts what runs on them" in fix["description"]


def test_an_environment_may_lend_its_identity():
    found, _ = of_type(APP, registries(identity=TWO), ASSIGNED)
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, found), inputs({}))
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    assert "may be one of its environment's" in judgement.message


POOL = {"aks-managed-poolName": "gpu"}


@pytest.mark.parametrize("tags, identity, expected", [
    (POOL, ASSIGNED, ("p1", None)), (POOL, {**SYSTEM_ASSIGNED, **ASSIGNED}, ("p1", None)),
    (POOL, BOTH, (None, "of-another")), (POOL, None, (None, "of-another")),
    ({}, BOTH, (None, "several-identities")), (None, {**SYSTEM_ASSIGNED, **ASSIGNED}, ("own", None))])
def test_the_nodes_of_a_cluster_pull_with_its_kubelet_identity(tags, identity, expected):
    kind = "Microsoft.Compute/virtualMachineScaleSets"
    arm = Arm(one={"id": f"{GROUP}/providers/{kind}/one", "name": "one", "identity": identity, "tags": tags})
    found = find(f"{GROUP}/providers/{kind}/one", arm, None, [ACCOUNT], KNOWN_REGISTRY)
    assert (found.object_id, found.fault) == expected


@pytest.mark.parametrize("identity, expected", [
    (SYSTEM_ASSIGNED, ("own", None)), (ASSIGNED, ("p1", None)), (BOTH, (None, "several-identities")),
    (None, (None, "no-identity")), ({**SYSTEM_ASSIGNED, **BOTH}, ("own", None))])
def test_the_identity_where_none_is_named(identity, expected):
    found, _ = of_type(MACHINE, identity=identity)
    assert (found.object_id, found.fault) == expected


def test_an_own_access_needs_no_identity():
    arm = Arm(build={"id": f"{REGISTRY}/tasks/build", "name": "build", "properties": {}})
    found = find(f"{REGISTRY}/tasks/build", arm, None, [ACCOUNT], KNOWN_REGISTRY)
    assert (found.fault, found.object_id, found.built_in_access, found.type) == (None, None, True, "unknown")
    assert found.resource_type == "Microsoft.ContainerRegistry/registries/tasks"


@pytest.mark.parametrize("kind, part", [
    (AKS, "agentPools/gpu"), ("Microsoft.Compute/virtualMachineScaleSets", "virtualMachines/0"), (APP, "revisions/r1")])
def test_a_part_of_a_service_stands_for_it(kind, part):
    found, arm = of_type(kind, given=f"one/{part}")
    assert arm.asked[0] == f"{GROUP}/providers/{kind}/one"
    assert found.resource_type == kind


@pytest.mark.parametrize("given, said", [
    (SUBSCRIPTION, "subscription 'Dev'"), (TENANT, "a tenant"), (f"/subscriptions/{SUBSCRIPTION}", "a subscription"),
    (GROUP, "a resource group"), (REGISTRY, "id of a registry"),
    ("https://portal.azure.com/x", "not the id of a resource"),
    ("Contoso CI", "neither an id nor a user principal name"), ("developers", "neither an id nor a user"),
    (f"{GROUP}/providers/Microsoft.App/managedEnvironments/e", "name an app or job"),
    (f"{GROUP}/providers/Microsoft.Sql/servers/db", "Microsoft.Sql/servers"),
    (f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/one/other/x", "managedClusters/other")])
def test_ids_of_what_does_not_sign_in(given, said):
    arm = Arm()
    graph = SimpleNamespace(get=lambda *_: pytest.fail("the directory knows nothing of it"))
    who = find(given, arm, graph, [ACCOUNT], KNOWN_REGISTRY)
    judgement = assignee.judge(asked(assignee=given), AssigneeEvidence(None, who), inputs({}))
    assert (who.fault, judgement.status, arm.asked) == ("unsupported", Status.UNKNOWN, [])
    assert said in judgement.message and assignees.ACCEPTED in judgement.message


def test_a_user_who_is_not_there_is_neither_locked_nor_disabled():
    graph = SimpleNamespace(get=lambda *_: (404, {}))
    who = find("alxe@contoso.example", Arm(), graph, [ACCOUNT], KNOWN_REGISTRY)
    finding, = assignee.judge(asked(assignee=who.given), AssigneeEvidence(None, who), inputs({})).findings
    fix = best(catalogue()[finding.code].fixes, finding.facts, windows=False)
    assert finding.code == "AAD_ACCOUNT_ERROR"
    assert "alxe@contoso.example" in finding.message and "alxe@contoso.example" in fix["description"]
    assert "unlock" not in fix["description"]


@pytest.mark.parametrize("mode, lines", [
    (LEGACY, ["--enable-managed-identity", "--node-image-only", f"--attach-acr {REGISTRY}"]),
    (ABAC, ["--enable-managed-identity", "--node-image-only"])])
def test_a_cluster_whose_service_principal_is_gone_has_no_kubelet_identity(mode, lines):
    application = "a1b2c3d4-0000-4000-8000-00000000d001"
    arm = Arm(one={"name": "one", "properties": {"servicePrincipalProfile": {"clientId": application}}})
    graph = SimpleNamespace(get=lambda _, path: (404, {}) if path.startswith("directoryObjects") else (200, {}))
    who = find(f"{GROUP}/providers/{AKS}/one", arm, graph, [ACCOUNT], KNOWN_REGISTRY)
    registry = RegistryEvidence("myregistry", True, HOST, registry=replace(KNOWN_REGISTRY, role_assignment_mode=mode))
    finding, = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, who), inputs({"registry": registry})
                              ).findings
    assert application in finding.message and "kubelet identity" not in finding.message
    fix = best(catalogue()[finding.code].fixes, finding.facts, windows=False)
    assert [line["line"].rpartition(f"--subscription {SUBSCRIPTION} ")[2] for line in fix["commands"]] == lines


def test_a_type_that_is_not_read_is_asked_for_nowhere():
    with door() as (arm, sent):
        answer = arm.resource(KNOWN, f"{GROUP}/providers/Microsoft.Sql/servers/db")
    assert (answer.is_impossible, answer.ok, sent) == (True, False, [])
    assert "microsoft.sql/servers" in answer.error_text


# ---- Which tokens a service asks for -------------------------------------------------------------------------------

@pytest.mark.parametrize("with_arm_token, policy, expected", [
    (True, "disabled", ["AAD_ARM_AUDIENCE_ERROR"]), (True, "enabled", []), (True, None, []), (False, "disabled", [])])
def test_tokens_for_resource_manager(with_arm_token, policy, expected):
    who = Assignee("given", "resource", "web", "managedIdentity", "own", with_arm_token=with_arm_token)
    registry = RegistryEvidence("myregistry", True, HOST, registry=Registry(authentication_as_arm=policy))
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, who), inputs({"registry": registry}))
    assert codes(judgement) == expected


@pytest.mark.parametrize("fault", ["own-credentials", "unsettled", "unreadable", "unsupported"])
def test_what_is_not_decided_is_not_found(fault):
    who = Assignee("given", "resource", "web", resource_type=APP, fault=fault, server_text="words")
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, who), inputs({}))
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN) and "words" in judgement.message


# ---- Its network ---------------------------------------------------------------------------------------------------

CLOSED = {"publicNetworkAccess": "Disabled", "privateEndpointConnections": [],
          "networkRuleBypassOptions": "AzureServices", "networkRuleBypassAllowedForTasks": False,
          "networkRuleSet": {"defaultAction": "Allow", "ipRules": [], "virtualNetworkRules": []}}
ENDPOINT = {"privateEndpointConnections": [{"name": "pe", "properties": {
    "privateLinkServiceConnectionState": {"status": "Approved"}}}]}


def rules(*ranges, **more):
    return {**CLOSED, "publicNetworkAccess": "Enabled", "networkRuleSet": {
        "defaultAction": "Deny", "ipRules": [{"value": one} for one in ranges], "virtualNetworkRules": [], **more}}


def network(kind, registry, properties=None, identity=None, object_id="own", built_in=False, arm=None):
    who = Assignee("given", "resource", "one", object_id=object_id, resource_type=kind, built_in_access=built_in,
                   resource={"identity": identity, "properties": properties or {}}, account=ACCOUNT)
    seen = registry_of({"id": REGISTRY, "properties": registry}, ACCOUNT)
    of = inputs({"registry": RegistryEvidence("myregistry", True, HOST, registry=seen),
                 "assignee": AssigneeEvidence(None, who)})
    evidence = service_network.gather(SimpleNamespace(arm=arm), of)
    judgement = service_network.judge(asked(assignee="given"), evidence, of)
    assert codes(judgement) in ([], ["SERVICE_NETWORK_ERROR"])
    return judgement.status


FAILED, PASSED, UNKNOWN = Status.FAILED, Status.PASSED, Status.UNKNOWN
ADDRESSES = {"outboundIpAddresses": "198.51.100.1,198.51.100.2"}
ALONE = {**ADDRESSES, "vnetImagePullEnabled": False}


@pytest.mark.parametrize("registry, properties, expected", [
    (CLOSED, ALONE, FAILED), ({**CLOSED, **ENDPOINT}, ALONE, FAILED),
    ({**CLOSED, **ENDPOINT}, {**ALONE, "vnetImagePullEnabled": True}, UNKNOWN),
    ({**CLOSED, **ENDPOINT}, ADDRESSES, UNKNOWN),
    ({**CLOSED, **ENDPOINT}, {**ALONE, "virtualNetworkSubnetId": "/s"}, UNKNOWN),
    ({**CLOSED, **ENDPOINT}, {**ALONE, "hostingEnvironmentProfile": {"id": "/e"}}, UNKNOWN),
    ({**CLOSED, "publicNetworkAccess": "Enabled"}, ALONE, PASSED),
    ({**CLOSED, "publicNetworkAccess": "SecuredByPerimeter"}, ALONE, UNKNOWN),
    (rules("198.51.100.0/24"), ALONE, PASSED), (rules("198.51.100.1"), ALONE, FAILED),
    (rules("203.0.113.9"), {**ALONE, "vnetImagePullEnabled": True}, UNKNOWN),  # perhaps through a gateway's address
    (rules("203.0.113.9"), {"vnetImagePullEnabled": False}, UNKNOWN),  # its addresses are not shown
    (rules(), {"vnetImagePullEnabled": False}, FAILED),
    ({**rules("203.0.113.9"), "publicNetworkAccess": "SecuredByPerimeter"}, ALONE, UNKNOWN)])
def test_the_network_of_a_site(registry, properties, expected):
    assert network(SITE, registry, properties) == network(SLOT, registry, properties) == expected


def test_a_registry_that_nobody_can_reach():
    for kind in (SITE, APP, JOB, AKS, MACHINE):
        assert network(kind, CLOSED) == FAILED
        assert network(kind, {**CLOSED, **ENDPOINT}) == UNKNOWN
        without = {name: value for name, value in CLOSED.items() if name != "privateEndpointConnections"}
        assert network(kind, without) == UNKNOWN  # not shown is not none


AS_SYSTEM, AS_USER = {"identity": {"principalId": "own"}}, {"identity": {"principalId": "x"}}
OWN = {"object_id": None, "built_in": True}


@pytest.mark.parametrize("more, task, expected", [
    ({}, AS_SYSTEM, FAILED), ({}, OWN, FAILED), ({}, AS_USER, UNKNOWN),
    ({"networkRuleBypassAllowedForTasks": True}, AS_SYSTEM, PASSED),
    ({"networkRuleBypassAllowedForTasks": True}, OWN, UNKNOWN),
    ({"networkRuleBypassAllowedForTasks": None}, AS_SYSTEM, UNKNOWN),
    ({"networkRuleBypassOptions": "None"}, AS_USER, FAILED),
    ({"networkRuleBypassOptions": "None", "networkRuleBypassAllowedForTasks": True}, AS_SYSTEM, FAILED),
    ({"networkRuleBypassOptions": None}, AS_SYSTEM, UNKNOWN),
    (ENDPOINT, AS_SYSTEM, FAILED), (rules(), AS_SYSTEM, FAILED), (rules("203.0.113.0/24"), AS_SYSTEM, UNKNOWN),
    ({**ENDPOINT, "agents": "pool"}, AS_SYSTEM, UNKNOWN)])
def test_the_network_of_a_task(more, task, expected):
    pool = {"agentPoolName": more.get("agents")}
    assert network("Microsoft.ContainerRegistry/registries/tasks", {**CLOSED, **more}, pool, **task) == expected


@pytest.mark.parametrize("kind", [CONTAINERS, WORKSPACE])
def test_the_network_of_a_trusted_service(kind):
    assert network(kind, CLOSED) == network(kind, rules()) == PASSED
    assert network(kind, {**CLOSED, "networkRuleBypassOptions": "None"}) == FAILED
    assert network(kind, {**CLOSED, "networkRuleBypassOptions": None}) == UNKNOWN
    assert network(kind, CLOSED, object_id=None) == UNKNOWN  # it bypasses the rules with an identity only


def cluster(outbound="loadBalancer", node_address=False, ids=("a", "b")):
    profile = {"effectiveOutboundIPs": [{"id": f"{GROUP}/providers/Microsoft.Network/publicIPAddresses/{one}"}
                                        for one in ids]}
    return {"agentPoolProfiles": [{"enableNodePublicIP": node_address}], "networkProfile": {
        "outboundType": outbound, "loadBalancerProfile": profile, "natGatewayProfile": profile}}


def public(**addresses):
    return Arm(**{name: {"properties": {"ipAddress": address}} for name, address in addresses.items()})


SHOWN = public(a="198.51.100.1", b="198.51.100.2")


@pytest.mark.parametrize("registry, properties, arm, expected", [
    (rules("198.51.100.0/24"), cluster(), SHOWN, PASSED), (rules("198.51.100.1"), cluster(), SHOWN, FAILED),
    (rules("203.0.113.9"), cluster("managedNATGateway"), SHOWN, FAILED),
    (rules("203.0.113.9"), cluster("userDefinedRouting"), SHOWN, UNKNOWN),
    (rules("203.0.113.9"), cluster(node_address=True), SHOWN, UNKNOWN),
    (rules("203.0.113.9"), cluster(node_address=None), SHOWN, UNKNOWN),
    (rules("203.0.113.9"), cluster(), public(a="198.51.100.1"), UNKNOWN),  # one cannot be read
    (rules("203.0.113.9"), cluster(ids=()), SHOWN, UNKNOWN), (rules("203.0.113.9"), {}, SHOWN, UNKNOWN),
    ({**rules("203.0.113.9"), **ENDPOINT}, cluster(), SHOWN, UNKNOWN),
    (rules("203.0.113.9", virtualNetworkRules=[{"id": "/s"}]), cluster(), SHOWN, UNKNOWN),
    (rules("203.0.113.9", virtualNetworkRules=None), cluster(), SHOWN, UNKNOWN)])
def test_the_network_of_a_cluster(registry, properties, arm, expected):
    assert network(AKS, registry, properties, arm=arm) == expected


def test_an_identity_alone_has_no_network():
    assert network("Microsoft.ManagedIdentity/userAssignedIdentities", CLOSED) == Status.SKIPPED


@pytest.mark.parametrize("kind, identity, properties, expected", [
    (MACHINE, None, {}, "az vm identity assign"), (SITE, None, {}, "az webapp identity assign"),
    ("Microsoft.Compute/virtualMachineScaleSets", None, {}, "az vmss identity assign"),
    (WORKSPACE, None, {"containerRegistry": REGISTRY}, "Assign a managed identity to 'one'"),
    (MACHINE, BOTH, {}, "Name the identity that pulls"), (SITE, BOTH, {}, "acrUserManagedIdentityID"),
    (SITE, SYSTEM_ASSIGNED, {"siteConfig": {"acrUserManagedIdentityID": "c9"}},
     "Assign the identity that the settings"),
    (APP, ASSIGNED, registries(identity="system"), f"--identity {ONE}"),
    (APP, None, registries(identity="system"), "az containerapp identity assign"),
    (APP, BOTH, registries(), "which of its identities signs in to myregistry.azurecr.io"),
    (JOB, SYSTEM_ASSIGNED, registries(), "az containerapp job registry set")])
def test_the_fix_follows_the_evidence(kind, identity, properties, expected):
    who, _ = of_type(kind, properties, identity)
    registry = RegistryEvidence("myregistry", True, HOST, registry=KNOWN_REGISTRY)
    judgement = assignee.judge(asked(assignee="given"), AssigneeEvidence(None, who), inputs({"registry": registry}))
    finding, = judgement.findings
    fix = best(catalogue()[finding.code].fixes, finding.facts, windows=False)
    assert expected in " ".join([fix["description"], *(command["line"] for command in fix["commands"])])
