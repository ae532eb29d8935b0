# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The check role-assignments from Resource Manager's answers to its findings, with a stand-in for Resource Manager."""

import json
import threading
from datetime import datetime, timezone
from types import SimpleNamespace

import pytest

from azext_acrlogin.azure.api_versions import PERMISSIONS, ROLE_DEFINITIONS
from azext_acrlogin.azure.arm import ArmAnswer
from azext_acrlogin.azure.assignees import Assignee
from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.azure.registry import Registry
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.catalogue.authorization import CODES
from azext_acrlogin.checks.role_assignments.fixing import facts_of_service
from azext_acrlogin.checks.role_assignments.reading import CHECK
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.question import Question, Cloud
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.name import NameEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.net.http import Answer
from azext_acrlogin.protocol.built_in_roles import built_in_role
from azext_acrlogin.protocol.conditions import evaluate
from azext_acrlogin.protocol.role_decisions import Standing
from azext_acrlogin.protocol.roles import ABAC, EVERYONE, LEGACY, REGISTRIES
from azext_acrlogin.protocol.times import clock_text
from azext_acrlogin.render.commands import best, fill
from tests.inputs import inputs

SUBSCRIPTION_ID = "5b000000-0000-4000-8000-000000000001"
SUBSCRIPTION = f"/subscriptions/{SUBSCRIPTION_ID}"
REGISTRY = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/myregistry"
OTHER = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerRegistry/registries/otherregistry"
ME, CLIENT = "aaaaaaaa-0000-4000-8000-000000000001", "aaaaaaaa-0000-4000-8000-0000000000c1"
TEAM, GONE = "bbbbbbbb-0000-4000-8000-000000000001", "cccccccc-0000-4000-8000-000000000001"
OWNER, GUEST = "aaaaaaaa-0000-4000-8000-000000000002", "aaaaaaaa-0000-4000-8000-000000000003"
NAME = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]"
CUSTOM = {"eeeeeeee-0000-4000-8000-000000000001": ("Registry Viewer", [f"{REGISTRIES}/read"]),
          "eeeeeeee-0000-4000-8000-000000000002": ("Contoso Image Publisher",
                                                   [f"{REGISTRIES}/pull/read", f"{REGISTRIES}/artifacts/delete"]),
          "eeeeeeee-0000-4000-8000-000000000003": ("Contoso Operator", [f"{REGISTRIES}/*"])}
GUIDS = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "AcrDelete": "c2f4ef07-c644-48eb-af81-4b1b4947fb11", "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7", "Repository Reader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "Repository Writer": "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "Configuration Reader": "69b07be0-09bf-439a-b9a6-e73de851bd59",
    "Viewer": "eeeeeeee-0000-4000-8000-000000000001", "Publisher": "eeeeeeee-0000-4000-8000-000000000002",
    "Operator": "eeeeeeee-0000-4000-8000-000000000003"}
CLOUD = Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com/",
              "https://management.core.windows.net/", "https://graph.microsoft.com/", None,
              "https://containerregistry.azure.net")


def given(role, scope=REGISTRY, to=ME, kind="User", age=30 * 86400, condition=None):
    """A role assignment as Resource Manager shows it."""
    created = datetime.fromtimestamp(datetime.now(timezone.utc).timestamp() - age, timezone.utc)
    return {"id": f"{scope}/providers/Microsoft.Authorization/roleAssignments/{role}", "properties": {
        "scope": scope, "principalId": to, "principalType": kind, "condition": condition,
        "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{GUIDS[role]}",
        "createdOn": created.strftime("%Y-%m-%dT%H:%M:%S.0000000Z")}}


def deny(*actions, **properties):
    return {"id": "/deny/1", "properties": {
        "denyAssignmentName": "Managed app", "scope": SUBSCRIPTION, "permissions": [{"actions": list(actions)}],
        "principals": [{"id": EVERYONE, "type": "SystemDefined"}], **properties}}


class ResourceManager:
    """Answers like Resource Manager for one caller, from lists; remembers what was asked, and in what order."""

    def __init__(self, assignments=(), denials=(), eligible=(), permissions=(), groups=(TEAM,), refuse=(),
                 unreadable=()):
        self.assignments, self.groups, self.refuse, self.unreadable = assignments, groups, refuse, unreadable
        self.others = {"denyAssignments": denials, "roleEligibilityScheduleInstances": eligible,
                       "permissions": permissions}
        self.asked, self._lock = [], threading.Lock()

    def role_assignments(self, _account, scope, wanted):
        return self._listed("roleAssignments", scope, wanted) or ArmAnswer(
            200, [item for item in self.assignments if self._keeps(item, scope, wanted)])

    def deny_assignments(self, _account, scope, wanted):
        return self._listed("denyAssignments", scope, wanted) or ArmAnswer(
            200, [item for item in self.others["denyAssignments"]
                  if "assignedTo" not in wanted or item["properties"].get("forMe")])

    def eligible_roles(self, _account, scope, wanted):
        kind = "roleEligibilityScheduleInstances"
        return self._listed(kind, scope, wanted) or ArmAnswer(200, list(self.others[kind]))

    def permissions(self, _account, scope):
        return self._listed("permissions", scope, "") or ArmAnswer(
            200, list(self.others["permissions"]), api_version=PERMISSIONS)

    def _listed(self, kind, scope, wanted):
        """Note what is asked; the refusal, if there is one."""
        with self._lock:
            self.asked.append((kind, scope, wanted))
        if kind in self.refuse or (kind, scope) in self.refuse:
            return ArmAnswer(403, error_code="AuthorizationFailed", answer=Answer("arm", scope, 403))
        return None

    def _keeps(self, item, scope, wanted):
        properties = item["properties"]
        above = (scope + "/").startswith(properties["scope"].rstrip("/") + "/") or \
            properties["scope"].startswith("/providers/Microsoft.Management")
        below = properties["scope"].startswith(scope + "/") and "atScope()" not in wanted
        mine = "assignedTo" not in wanted or properties["principalId"] in (ME, *self.groups)
        return (above or below) and mine

    def role_definition(self, _account, scope, guid):
        with self._lock:
            self.asked.append(("roleDefinition", scope, guid))
        if guid in self.unreadable:
            return ArmAnswer(403, error_code="AuthorizationFailed", answer=Answer("arm", scope, 403))
        if guid in CUSTOM:
            name, actions = CUSTOM[guid]
            return self._definition(guid, name, [{"actions": actions}], "CustomRole")
        role = built_in_role(guid)
        return self._definition(guid, role.name, [
            {"actions": list(one.actions), "notActions": list(one.not_actions),
             "dataActions": list(one.data_actions)} for one in role.permissions], "BuiltInRole")

    @staticmethod
    def _definition(guid, name, permissions, kind=None):
        return ArmAnswer(200, {"id": guid, "properties": {"roleName": name, "type": kind, "permissions": permissions,
                                                          "assignableScopes": [SUBSCRIPTION]}},
                         api_version=ROLE_DEFINITIONS)


class Graph:
    """Knows this identity, one deleted object, and what groups a group is in (None: that is not for everybody)."""

    groups = ()
    deleted = {"id": GONE, "displayName": "ci", "appId": "another"}
    others = ({"id": TEAM, "displayName": "platform-team"},
              {"id": OWNER, "displayName": "Sam Okafor", "userPrincipalName": "sam@contoso.example"},
              {"id": GUEST, "userPrincipalName": "gina_fabrikam.example#EXT#@contoso.example",
               "mail": "gina@fabrikam.example"})
    readable = True

    def request(self, _method, url, headers=None, body=None):
        assert headers["Authorization"] == "Bearer secret"
        if url == "https://graph.microsoft.com/v1.0/directoryObjects/getByIds":
            if not self.readable:
                return self._answer(403, {})
            known = [{"id": ME, "displayName": "ci", "appId": CLIENT}, *self.others]
            return self._answer(200, {"value": [item for item in known if item["id"] in body["ids"]]})
        if url == f"https://graph.microsoft.com/v1.0/directoryObjects/{TEAM}/getMemberGroups":
            return self._answer(403, {}) if self.groups is None else self._answer(200, {"value": list(self.groups)})
        assert url == f"https://graph.microsoft.com/v1.0/directory/deletedItems/{GONE}"
        return self._answer(200, self.deleted) if self.deleted else self._answer(404, {})

    @staticmethod
    def _answer(status, value):
        return Answer("graph", "/", status, body=json.dumps(value))


def diagnose(arm, actions=("pull",), mode=LEGACY, repository=None, exchange=None, token=None, identity=None,
             graph=None, visible=True, credential=None, token_status=200, reader=None, **asked):
    """Run both halves of the check; returns the evidence and the judgement."""
    ask = Question("myregistry", CLOUD, repository=repository, actions=tuple(actions), **asked)
    login = SimpleNamespace(token=lambda *_: TokenAnswer(Secret("secret"), {"oid": reader} if reader else None))
    context = SimpleNamespace(asked=ask, arm=arm, login=login, http=graph or Graph())
    account = SimpleNamespace(subscription_id=SUBSCRIPTION_ID, tenant_id="t")
    registry = RegistryEvidence("myregistry", visible, "myregistry.azurecr.io", account=account,
                                searched_subscriptions=[SUBSCRIPTION_ID])
    if visible:
        registry.registry = Registry(REGISTRY, SUBSCRIPTION_ID, tenant_id="t", role_assignment_mode=mode)
    found = inputs({
        "registry": registry, "login": None, "credential": credential,
        "identity": identity or IdentityEvidence("user", "alex@contoso.example", ME, None, "t"),
        "name": NameEvidence("myregistry", "myregistry", None, "myregistry.azurecr.io", None, repository, None, [],
                             None, None, None),
        "refresh-token": RefreshTokenEvidence("myregistry.azurecr.io", exchange) if exchange else None,
        "access-token": AccessTokenEvidence("myregistry.azurecr.io", repository or "probe", repository is None,
                                            token_status, granted=token) if token is not None else None})
    evidence = CHECK.gather(context, found)
    return evidence, CHECK.judge(ask, evidence, found)


def codes(judgement):
    return [finding.code for finding in judgement.findings]


SP = IdentityEvidence("servicePrincipal", CLIENT, ME, CLIENT, "t")
TO_TEAM = f"{NAME} StringStartsWith 'team/'"
SCENARIOS = {
    "AcrPush": (ResourceManager([given("AcrPush")]), {}, []),
    "AcrPush of a subscription": (ResourceManager([given("AcrPush", SUBSCRIPTION)]), {"actions": ["push"]}, []),
    "AcrPull of a management group": (ResourceManager([given(
        "AcrPull", "/providers/Microsoft.Management/managementGroups/root")]), {}, []),
    "through a group": (ResourceManager([given("AcrPull", to=TEAM, kind="Group")]), {}, []),
    "Reader pulls": (ResourceManager([given("Reader")]), {}, []),
    "nothing": (ResourceManager(), {"exchange": 401}, ["ROLE_ASSIGNMENT_MISSING_ERROR"]),
    "visibility only": (ResourceManager([given("Viewer")]), {"exchange": 401}, ["ROLE_ASSIGNMENT_MISSING_ERROR"]),
    "another registry": (ResourceManager([given("Viewer"), given("AcrPush", OTHER)]), {"exchange": 401},
                         ["ROLE_ASSIGNMENT_SCOPE_ERROR"]),
    "pull here, push elsewhere": (ResourceManager([given("AcrPull"), given("AcrPush", OTHER)]), {"actions": ["push"]},
                                  ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "pull only": (ResourceManager([given("AcrPull")]),
                  {"actions": ["pull", "push"], "exchange": 200, "token": {"pull": True, "push": False},
                   "repository": "samples/app"}, ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "Reader pushes": (ResourceManager([given("Reader")]), {"actions": ["push"]},
                      ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "custom role": (ResourceManager([given("Publisher")]), {"actions": ["push"]},
                    ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "delete only": (ResourceManager([given("AcrDelete")]), {"exchange": 200, "token": {"pull": False}},
                    ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "Reader with ABAC": (ResourceManager([given("Reader")]), {"mode": ABAC, "exchange": 401},
                         ["ROLE_ASSIGNMENT_MODE_ERROR"]),
    "AcrPull with ABAC, pull and push": (ResourceManager([given("AcrPull")]),
                                         {"mode": ABAC, "actions": ["pull", "push"]}, ["ROLE_ASSIGNMENT_MODE_ERROR"]),
    "ABAC role without ABAC": (ResourceManager([given("Repository Reader")]), {"exchange": 401},
                               ["ROLE_ASSIGNMENT_MODE_ERROR"]),
    "condition": (ResourceManager([given("Repository Writer", condition=TO_TEAM)]),
                  {"mode": ABAC, "actions": ["push"], "repository": "samples/app", "exchange": 200,
                   "token": {"push": False}}, ["ROLE_ASSIGNMENT_CONDITION_ERROR"]),
    "condition fulfilled": (ResourceManager([given("Repository Writer", condition=TO_TEAM)]),
                            {"mode": ABAC, "actions": ["push"], "repository": "team/app"}, []),
    "catalog": (ResourceManager([given("Repository Reader")]),
                {"mode": ABAC, "actions": ["catalog"], "exchange": 200, "token": {"catalog": False}},
                ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "deny assignment": (ResourceManager([given("AcrPush")], [deny(f"{REGISTRIES}/pull/read", isSystemProtected=True)]),
                        {"exchange": 401}, ["DENY_ASSIGNMENT_ERROR"]),
    "deny assignment of another action": (ResourceManager([given("AcrPush")], [deny("*/delete")]), {}, []),
    "deny assignment of an unknown group that is not mine": (
        ResourceManager([given("AcrPush")], [deny("*", principals=[{"id": GONE, "type": "Group"}])]), {}, []),
    "deny assignment of an unknown group that is mine": (
        ResourceManager([given("AcrPush")], [deny("*", principals=[{"id": GONE, "type": "Group"}], forMe=True)]), {},
        ["DENY_ASSIGNMENT_ERROR"]),
    "eligible": (ResourceManager([given("Viewer")], eligible=[given("AcrPull")]), {"exchange": 401},
                 ["ROLE_NOT_ACTIVATED_ERROR"]),
    "eligible for too little": (ResourceManager(eligible=[given("AcrPull")]), {"actions": ["push"]},
                                ["ROLE_ASSIGNMENT_MISSING_ERROR"]),
    "eligible, and already pulls": (ResourceManager([given("AcrPull")], eligible=[given("AcrPush")]),
                                    {"actions": ["push"]}, ["ROLE_NOT_ACTIVATED_ERROR"]),
    "client id": (ResourceManager([given("AcrPull", to=CLIENT, kind="ServicePrincipal")]),
                  {"identity": SP, "exchange": 401}, ["ROLE_ASSIGNMENT_PRINCIPAL_ERROR"]),
    "deleted namesake": (ResourceManager([given("AcrPull", to=GONE, kind="ServicePrincipal")]),
                         {"identity": SP, "exchange": 401}, ["ROLE_ASSIGNMENT_PRINCIPAL_ERROR"]),
    "thirty seconds old": (ResourceManager([given("AcrPull", age=30)]), {"exchange": 401}, ["ROLE_PROPAGATION_ERROR"]),
    "the token wins": (ResourceManager(), {"exchange": 200, "token": {"pull": True}}, []),
    "view": (ResourceManager([given("AcrPull")]), {"actions": ["view"], "assignee": ME}, ["ARM_READ_WARNING"]),
    "manage": (ResourceManager([given("Reader")]), {"actions": ["pull", "manage"]}, ["ARM_READ_WARNING"]),
    "no role, mode not shown": (ResourceManager([given("Viewer")]), {"exchange": 401, "mode": None},
                                ["ROLE_ASSIGNMENT_MISSING_ERROR"]),
    "pull only, mode not shown": (ResourceManager([given("AcrPull")]),
                                  {"actions": ["delete", "push", "catalog"], "mode": None},
                                  ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]),
    "no role, anonymous pull": (ResourceManager(), {"exchange": 401, "token": {"pull": True}},
                                ["ROLE_ASSIGNMENT_MISSING_ERROR"]),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_situations(name):
    arm, options, expected = SCENARIOS[name]
    evidence, judgement = diagnose(arm, **options)
    assert codes(judgement) == expected
    assert set(expected) <= set(CHECK.codes)
    assert len(evidence.access_by_roles) == 8
    if expected:
        assert judgement.findings[0].facts["object_id"] == ME
        assert any(who in judgement.message for who in ("You ", "you ", "alex@contoso.example", CLIENT))
    elif name != "the token wins":
        assert judgement.status is Status.PASSED


@pytest.mark.parametrize("name", [name for name, (_, _, expected) in SCENARIOS.items() if expected])
def test_fixes_are_complete(name):
    arm, options, _ = SCENARIOS[name]
    _, judgement = diagnose(arm, **options)
    for finding in judgement.findings:
        code = next(code for code in CODES if code.code == finding.code)
        assert any(fill(fix, finding.facts, windows=False) for fix in code.fixes[:-1] or code.fixes)
        assert all(value is None or isinstance(value, str) for value in finding.facts.values())


BOTH = ("AcrPull", "Container Registry Repository Reader")


@pytest.mark.parametrize("mode, words", [
    (None, "role assignment mode was not shown"),
    ("SomethingNew", "role assignment mode is 'SomethingNew', which this version does not know")])
@pytest.mark.parametrize("role", ["AcrPull", "Repository Reader", "Owner"])
def test_a_role_of_one_mode_decides_nothing_where_the_mode_is_not_known(role, mode, words):
    """What the registry says counts; why it says so stays open."""
    for exchange in (401, None):
        evidence, judgement = diagnose(ResourceManager([given(role)]), mode=mode, exchange=exchange)
        assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
        assert words in judgement.unknown.reason and "grants it" in judgement.unknown.reason
        assert evidence.access_by_roles[0].granted is None
    _, judgement = diagnose(ResourceManager([given(role)]), mode=mode, exchange=200, token={"pull": True})
    assert (codes(judgement), judgement.status) == ([], Status.PASSED)


def test_a_condition_is_not_blamed_where_the_mode_is_not_known():
    arm = ResourceManager([given("Repository Writer", condition=TO_TEAM)])
    _, judgement = diagnose(arm, mode=None, actions=["push"], repository="samples/app", exchange=200,
                            token={"push": False})
    assert codes(judgement) == ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]
    assert "its condition excludes" in judgement.message and "mode was not shown" in judgement.message


def test_what_is_missing_in_both_modes_is_mended_by_the_roles_of_both():
    def fix_of(arm, **options):
        _, judgement = diagnose(arm, mode=None, **options)
        finding = judgement.findings[0]
        entry = next(code for code in CODES if code.code == finding.code)
        fix = best(entry.fixes, finding.facts, windows=False)
        return judgement, [command["argv"][command["argv"].index("--role") + 1] for command in fix["commands"]]
    judgement, roles = fix_of(ResourceManager(), exchange=401)
    assert tuple(roles) == BOTH and all(role in judgement.message for role in BOTH)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"] and "mode was not shown" in judgement.message
    _, roles = fix_of(ResourceManager(), actions=["push", "delete", "catalog"])
    assert roles == ["AcrPush", "AcrDelete", "Container Registry Repository Contributor",
                     "Container Registry Repository Catalog Lister"]


def test_too_new_a_role_is_too_new_in_every_mode_or_in_none():
    young = [given("AcrPull", age=30), given("Repository Reader", age=30)]
    _, judgement = diagnose(ResourceManager(young), mode=None, exchange=401)
    assert codes(judgement) == ["ROLE_PROPAGATION_ERROR"]
    _, judgement = diagnose(ResourceManager([young[0], given("Repository Reader")]), mode=None, exchange=401)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


def test_the_healthy_path_asks_little():
    arm = ResourceManager([given("AcrPush"), given("Viewer")])
    diagnose(arm, exchange=200, token={"pull": True})
    assert sorted(kind for kind, _, _ in arm.asked) == ["denyAssignments", "roleAssignments", "roleDefinition",
                                                        "roleDefinition"]
    assert ("roleAssignments", REGISTRY, f"atScope() and assignedTo('{ME}')") in arm.asked


def test_definitions_are_read_once_and_built_in_ones_may_be_unreadable():
    arm = ResourceManager([given("AcrPull"), given("AcrPull", SUBSCRIPTION)], unreadable=[GUIDS["AcrPull"]])
    evidence, judgement = diagnose(arm)
    assert judgement.status is Status.PASSED
    assert [kind for kind, _, _ in arm.asked].count("roleDefinition") == 1
    assert evidence.unread == []


def test_an_unreadable_custom_role_is_undecided_not_absent():
    evidence, judgement = diagnose(ResourceManager([given("Publisher")], unreadable=[GUIDS["Publisher"]]))
    assert judgement.status is Status.UNKNOWN
    assert judgement.unknown.permission == "Microsoft.Authorization/roleDefinitions/read"
    assert evidence.access_by_roles[0].granted is None


def test_old_roles_that_the_registry_does_not_honour_leave_it_open():
    _, judgement = diagnose(ResourceManager([given("AcrPull", age=21 * 60)]), exchange=401)
    assert judgement.status is Status.UNKNOWN
    assert judgement.unknown.check == "refresh-token"
    _, judgement = diagnose(ResourceManager([given("AcrPull")]), exchange=200, token={"pull": False},
                            repository="samples/app")
    assert judgement.unknown.check == "access-token"


def test_a_young_role_does_not_hide_what_else_is_missing():
    _, judgement = diagnose(ResourceManager([given("AcrPull", age=30)]), actions=["pull", "push"], exchange=401)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"]


def test_a_condition_without_a_repository_stays_open_unless_the_token_grants():
    arm = ResourceManager([given("Repository Reader", condition=TO_TEAM)])
    _, judgement = diagnose(arm, mode=ABAC, exchange=200, token={})
    assert judgement.status is Status.UNKNOWN
    assert "repository" in judgement.unknown.reason
    _, judgement = diagnose(arm, mode=ABAC, exchange=200, token={"pull": True})
    assert judgement.status is Status.PASSED


def test_permissions_stand_in_for_unreadable_assignments():
    refuse = ["roleAssignments", "denyAssignments"]
    arm = ResourceManager(permissions=[{"actions": [f"{REGISTRIES}/read"]}], refuse=refuse)
    evidence, judgement = diagnose(arm, exchange=401)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    assert {entry.source for entry in evidence.access_by_roles} == {"permissions"}
    arm = ResourceManager(permissions=[{"actions": ["*/read"]}], refuse=refuse)
    assert diagnose(arm)[1].status is Status.PASSED
    assert codes(diagnose(arm, mode=ABAC)[1]) == ["ROLE_ASSIGNMENT_MODE_ERROR"]
    _, judgement = diagnose(arm, assignee="somebody")
    assert judgement.status is Status.UNKNOWN


def test_nothing_readable_is_unknown_and_says_what_the_token_grants():
    arm = ResourceManager(refuse=["roleAssignments", "denyAssignments", "permissions"])
    _, judgement = diagnose(arm, exchange=200, token={"pull": True})
    assert judgement.status is Status.UNKNOWN
    assert judgement.unknown.permission == "Microsoft.Authorization/roleAssignments/read"
    assert "access token grants" in judgement.message


def test_unreadable_deny_assignments_leave_it_open():
    _, judgement = diagnose(ResourceManager([given("AcrPull")], refuse=["denyAssignments"]))
    assert judgement.unknown.permission == "Microsoft.Authorization/denyAssignments/read"
    _, judgement = diagnose(ResourceManager([given("AcrPull")], refuse=["denyAssignments"]), token={"pull": True})
    assert judgement.status is Status.PASSED


def test_what_was_looked_for_and_not_read_is_named_beside_the_plain_finding():
    _, judgement = diagnose(ResourceManager(refuse=["roleEligibilityScheduleInstances"]), exchange=401)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    assert judgement.unknown.permission == "Microsoft.Authorization/roleAssignments/read"


def test_an_orphan_that_nothing_ties_to_the_identity_is_no_cause():
    graph = Graph()
    graph.deleted = {"id": GONE, "displayName": "another", "appId": "x"}
    arm = ResourceManager([given("AcrPull", to=GONE, kind="ServicePrincipal")])
    assert codes(diagnose(arm, identity=SP, graph=graph)[1]) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    graph.deleted = None
    assert codes(diagnose(arm, identity=SP, graph=graph)[1]) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]


@pytest.mark.parametrize("kind", ["adminUser", "token", "anonymous"])
def test_roles_do_not_apply_to_what_the_registry_knows_itself(kind):
    arm = ResourceManager()
    _, judgement = diagnose(arm, identity=IdentityEvidence(kind, "myregistry"), username="myregistry")
    assert judgement.status is Status.SKIPPED
    assert arm.asked == []


def test_without_an_object_id_or_in_another_tenant_nothing_is_asked():
    arm = ResourceManager()
    assert diagnose(arm, identity=IdentityEvidence())[1].unknown.check == "identity"
    assert diagnose(arm, identity=IdentityEvidence("user", "x", ME, None, "other"))[1].status is Status.UNKNOWN
    assert arm.asked == []


def test_given_credentials_are_refused_for_their_roles_only_if_entra_accepts_them():
    for accepted, expected in ((True, ["ROLE_PROPAGATION_ERROR"]), (False, []), (None, [])):
        refused = {"credential": CredentialEvidence(entra_accepts=accepted), "token": {}, "token_status": 401}
        _, judgement = diagnose(ResourceManager([given("AcrPull", age=30)]), identity=SP, username=CLIENT, **refused)
        assert codes(judgement) == expected
        _, judgement = diagnose(ResourceManager(), identity=SP, username=CLIENT, **refused)
        assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]


@pytest.mark.parametrize("assigned_to, groups, expected", [
    (TEAM, [], ([], Status.PASSED)),
    (GONE, [GONE.upper()], ([], Status.PASSED)),  # a group that the group is in
    (ME, [], (["ROLE_ASSIGNMENT_MISSING_ERROR"], Status.FAILED)),
    (ME, None, ([], Status.UNKNOWN)),  # the directory is closed: a group that holds it may have the role
    (TEAM, None, ([], Status.PASSED))])
def test_a_group_has_what_it_and_the_groups_around_it_are_assigned(assigned_to, groups, expected):
    graph = Graph()
    graph.groups = groups
    _, judgement = diagnose(ResourceManager([given("AcrPull", to=assigned_to, kind="Group")]), graph=graph,
                            identity=IdentityEvidence("group", "team", TEAM, None, "t"), assignee=TEAM)
    assert (codes(judgement), judgement.status) == expected


def test_an_assignee_that_only_its_roles_can_confirm():
    somebody = IdentityEvidence("unknown", ME, ME, None, "t")
    _, judgement = diagnose(ResourceManager(), identity=somebody, assignee=ME)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    _, judgement = diagnose(ResourceManager([given("AcrPush", OTHER)]), identity=somebody, assignee=ME)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_SCOPE_ERROR"]
    _, judgement = diagnose(ResourceManager([given("AcrPull")]), identity=somebody, assignee=ME)
    assert (codes(judgement), judgement.status) == ([], Status.PASSED)


def test_an_invisible_registry_and_no_role_for_it():
    """Its tenant is not known, so that no role need be missing."""
    _, judgement = diagnose(ResourceManager([given("AcrPush", OTHER)]), exchange=401, visible=False)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    assert "'AcrPush' on registry otherregistry" in judgement.message
    _, judgement = diagnose(ResourceManager(refuse=["roleAssignments"]), exchange=401, visible=False)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    _, judgement = diagnose(ResourceManager([given("AcrPull")]), exchange=401, visible=False)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    _, judgement = diagnose(ResourceManager(), visible=False)
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
    for arm in (ResourceManager(), ResourceManager(refuse=["roleAssignments"])):
        evidence, judgement = diagnose(arm, actions=["view"], exchange=200, visible=False)
        assert codes(judgement) == ["ARM_READ_WARNING"]
        assert [access.granted for access in evidence.access_by_roles] == [False, False]


def test_somebody_who_may_assign_roles_is_told_so():
    _, judgement = diagnose(ResourceManager([given("Owner")]), mode=ABAC, exchange=401)
    entry = next(code for code in CODES if code.code == codes(judgement)[0])
    fix = best(entry.fixes, judgement.findings[0].facts, windows=False)
    assert (codes(judgement), fix["runBy"]) == (["ROLE_ASSIGNMENT_MODE_ERROR"], "you")
    _, judgement = diagnose(ResourceManager([given("Owner")]), mode=ABAC, assignee=ME)
    assert not judgement.findings[0].facts["assigning_role"]


def test_deny_assignments_that_azure_protects_are_not_to_be_deleted():
    for protected, fact in ((True, "protected_deny_assignment_id"), (False, "deny_assignment_id")):
        arm = ResourceManager([given("AcrPush")], [deny("*", isSystemProtected=protected)])
        facts = diagnose(arm)[1].findings[0].facts
        assert [name for name in facts if name.endswith("deny_assignment_id")] == [fact]


def test_the_widened_condition_takes_the_repository_in():
    arm = ResourceManager([given("Repository Writer", condition=TO_TEAM)])
    facts = diagnose(arm, mode=ABAC, repository="samples/app")[1].findings[0].facts
    condition = json.loads(facts["widened_assignment"])["condition"]
    for repository, expected in (("samples/app", True), ("team/app", True), ("else", False)):
        assert evaluate(condition, f"{REGISTRIES}/repositories/content/read", repository).holds is expected
    arm = ResourceManager([given("Repository Writer", to=TEAM, kind="Group", condition=TO_TEAM)])
    facts = diagnose(arm, mode=ABAC, repository="samples/app")[1].findings[0].facts
    assert "widened_assignment" not in facts
    assert evaluate(facts["repository_condition"], "any", "samples/app").holds is True


def test_malformed_entries_are_no_roles():
    arm = ResourceManager()
    entries = [None, 1, "x", {}, {"properties": []}, {"properties": {"scope": "/"}}]
    arm.role_assignments = arm.deny_assignments = arm.eligible_roles = lambda *_: ArmAnswer(200, entries)
    evidence, judgement = diagnose(arm, exchange=401)
    assert judgement.status is Status.UNKNOWN
    assert evidence.roles_in_force[0].scope == "/"


def test_a_wildcard_of_a_custom_role_is_to_blame_only_once_the_registry_has_refused():
    arm = ResourceManager([given("Operator")])
    _, judgement = diagnose(arm, actions=["push"], exchange=401)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"] and judgement.unknown is None
    facts = judgement.findings[0].facts
    role = json.loads(facts["spelled_out_role"])
    assert role["permissions"][0]["actions"] == [
        f"{REGISTRIES}/*", f"{REGISTRIES}/push/write", f"{REGISTRIES}/pull/read"]
    assert role["roleName"] == "Contoso Operator" and role["assignableScopes"] == [SUBSCRIPTION]
    for options in ({}, {"assignee": ME, "exchange": 401}):
        evidence, judgement = diagnose(arm, **options)
        assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)
        assert "wildcard" in judgement.unknown.reason
        assert evidence.access_by_roles[0].granted is None


def test_a_registry_that_grants_by_a_wildcard_honours_it_for_every_action():
    arm = ResourceManager([given("Operator")])
    _, judgement = diagnose(arm, exchange=200, token={"pull": True})
    assert (codes(judgement), judgement.status) == ([], Status.PASSED)
    _, judgement = diagnose(arm, actions=["pull", "push"], repository="samples/app", exchange=200,
                            token={"pull": True, "push": False})
    assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)  # what refuses it is something else


def test_a_young_role_of_wildcards_may_be_too_young():
    for age in (30, 19 * 60):
        _, judgement = diagnose(ResourceManager([given("Operator", age=age)]), exchange=401)
        assert (codes(judgement), judgement.status) == ([], Status.UNKNOWN)


def test_a_refused_sign_in_is_not_blamed_on_content_where_a_role_signs_in_without_it():
    options = {"actions": ["view"], "exchange": 401}
    _, judgement = diagnose(ResourceManager([given("Viewer")]), **options)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    _, judgement = diagnose(ResourceManager([given("Configuration Reader")]), **options)
    assert (codes(judgement), judgement.status) == ([], Status.PASSED)
    _, judgement = diagnose(ResourceManager([given("Configuration Reader")]), exchange=200, token={"pull": False})
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]


def test_the_role_for_viewing_gives_no_images():
    _, judgement = diagnose(ResourceManager([given("AcrPull")]), actions=["view"], assignee=ME)
    assert judgement.findings[0].facts["role"] == (
        "Container Registry Configuration Reader and Data Access Configuration Reader")


def through_team(age, kind, role="AcrPull"):
    identity = IdentityEvidence(kind, "ci", ME, CLIENT, "t")
    return diagnose(ResourceManager([given(role, to=TEAM, kind="Group", age=age)]), identity=identity, exchange=401)[1]


HOUR = 3600
MANAGEMENT = "/providers/Microsoft.Management/managementGroups/root"


def test_how_long_a_role_is_too_new_depends_on_what_grants():
    assert codes(through_team(23 * HOUR, "managedIdentity")) == ["ROLE_PROPAGATION_ERROR"]
    assert codes(through_team(25 * HOUR, "managedIdentity")) == []
    user = through_team(HOUR, "user")
    assert (codes(user), user.status) == ([], Status.UNKNOWN) and "membership" in user.message
    own = given("AcrPull", age=HOUR)
    identity = IdentityEvidence("managedIdentity", "ci", ME, CLIENT, "t")
    assert codes(diagnose(ResourceManager([own]), identity=identity, exchange=401)[1]) == []


@pytest.mark.parametrize("role, mode, age, found", [
    ("Repository Reader", ABAC, 5 * HOUR, True), ("Repository Reader", ABAC, 7 * HOUR, False),
    ("AcrPull", LEGACY, 5 * HOUR, False), ("AcrPull", LEGACY, 600, True)])
def test_data_actions_of_a_management_group_take_hours(role, mode, age, found):
    _, judgement = diagnose(ResourceManager([given(role, MANAGEMENT, age=age)]), mode=mode, exchange=401)
    assert codes(judgement) == ["ROLE_PROPAGATION_ERROR"] * found


def test_the_time_to_try_again_is_that_of_the_first_assignment_to_count_for_the_slowest_action():
    young, older = given("AcrPull", age=60), given("AcrPush", age=15 * 60)
    evidence, judgement = diagnose(ResourceManager([young, older]), exchange=401)
    finding = judgement.findings[0]
    assert "15 minutes ago" in finding.message and finding.facts["ready_at"] == clock_text(
        evidence.now + 5 * 60 - 1, evidence.now)
    _, judgement = diagnose(ResourceManager([young, given("AcrDelete", age=600)]), actions=["pull", "delete"],
                            exchange=401)
    assert "1 minute ago" in judgement.findings[0].message


def fix_of(judgement, number=0):
    finding = judgement.findings[number]
    entry = next(code for code in CODES if code.code == finding.code)
    return best(entry.fixes, finding.facts, windows=False)


OWNERS = [given("Owner", SUBSCRIPTION, to=OWNER), given("Owner", to=TEAM, kind="Group"),
          given("Owner", SUBSCRIPTION, to=GUEST), given("Owner", to=GONE, kind="ServicePrincipal")]


def test_those_who_may_assign_roles_are_named_people_first():
    arm = ResourceManager([*OWNERS, given("AcrPush", to=OWNER)], groups=())
    evidence, judgement = diagnose(arm, exchange=401)
    assert evidence.owners == ["sam@contoso.example", "gina@fabrikam.example", "platform-team"]
    fix = fix_of(judgement)
    assert fix["description"].endswith("Owners: sam@contoso.example, gina@fabrikam.example, platform-team.")
    assert fix["runBy"] == "registryOwner"


def test_owners_have_no_names_where_the_directory_may_not_be_read_or_their_roles_are_conditional():
    unreadable = Graph()
    unreadable.readable = False
    limited = [given("Owner", to=OWNER, condition="@Request[Microsoft.Authorization/roleAssignments:PrincipalId] "
                                                  "GuidEquals 1")]
    for arm, graph in ((ResourceManager(OWNERS, groups=()), unreadable), (ResourceManager(limited), Graph()),
                       (ResourceManager(), Graph())):
        evidence, judgement = diagnose(arm, exchange=401, graph=graph)
        assert evidence.owners == [] and codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
        assert OWNER not in fix_of(judgement)["description"] and "Owner" not in fix_of(judgement)["description"]


def test_who_may_assign_roles_asks_nobody_and_a_healthy_path_does_not_ask_graph():
    _, judgement = diagnose(ResourceManager([given("Owner"), *OWNERS], groups=()), mode=ABAC, exchange=401)
    assert fix_of(judgement)["runBy"] == "you" and "Owners" not in fix_of(judgement)["description"]
    nobody = SimpleNamespace(request=None)
    assert diagnose(ResourceManager([given("AcrPull")]), exchange=200, graph=nobody)[1].status is Status.PASSED


GROUP_HAS_IT = [given("AcrPull", to=TEAM, kind="Group")]


def test_a_group_that_has_the_role_may_be_one_whose_membership_is_to_be_activated():
    _, judgement = diagnose(ResourceManager(GROUP_HAS_IT, groups=()), exchange=401)
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    assert "Group platform-team has 'AcrPull' there" in judgement.message
    for role, options in (("AcrPull", {"identity": SP}), ("AcrPull", {"mode": ABAC}), ("Viewer", {}), ("Owner", {})):
        arm = ResourceManager([given(role, to=TEAM, kind="Group")], groups=())
        assert "Group " not in diagnose(arm, exchange=401, **options)[1].message


def test_without_a_licence_for_privileged_identity_management_no_membership_can_be_activated():
    arm = ResourceManager(GROUP_HAS_IT, groups=())
    arm.eligible_roles = lambda *_: ArmAnswer(400, error_code="AadPremiumLicenseRequired")
    assert "Group " not in diagnose(arm, exchange=401)[1].message


def test_groups_have_names_where_the_directory_was_asked():
    for others, name in ((OWNERS[:1], "platform-team"), ([], TEAM)):
        _, judgement = diagnose(ResourceManager([*GROUP_HAS_IT, *others]), mode=ABAC, exchange=401)
        assert codes(judgement) == ["ROLE_ASSIGNMENT_MODE_ERROR"] and f"through group {name} " in judgement.message


def test_a_group_has_roles_elsewhere_through_the_groups_that_it_is_in():
    class Listing(ResourceManager):
        def _keeps(self, item, scope, wanted):
            mine = "principalId eq" not in wanted or item["properties"]["principalId"] in wanted
            return mine and super()._keeps(item, scope, wanted)

    class InGone(Graph):
        groups = (GONE,)
    inner = IdentityEvidence("group", "developers", TEAM, None, "t")
    for groups, expected in ((InGone(), "ROLE_ASSIGNMENT_SCOPE_ERROR"), (Graph(), "ROLE_ASSIGNMENT_MISSING_ERROR")):
        arm = Listing([given("AcrPull", OTHER, to=GONE, kind="Group")])
        assert codes(diagnose(arm, identity=inner, graph=groups, assignee=TEAM)[1]) == [expected]


@pytest.mark.parametrize("kind, assignee, run_by, words", [
    ("user", None, "you", "Activate the role 'AcrPull'"),
    ("user", ME, "serviceOwner", "Have 'alex@contoso.example' activate the role 'AcrPull'"),
    ("servicePrincipal", None, "registryOwner", "Assign the role 'AcrPull' on myregistry as an active one"),
    ("group", TEAM, "registryOwner", "Assign the role 'AcrPull' on myregistry as an active one")])
def test_who_activates_an_eligible_role(kind, assignee, run_by, words):
    object_id = TEAM if kind == "group" else ME
    identity = IdentityEvidence(kind, "alex@contoso.example", object_id, None, "t")
    arm = ResourceManager(eligible=[given("AcrPull", to=object_id)])
    _, judgement = diagnose(arm, identity=identity, **({"assignee": assignee} if assignee else {"exchange": 401}))
    assert codes(judgement) == ["ROLE_NOT_ACTIVATED_ERROR"]
    fix = fix_of(judgement)
    assert fix["runBy"] == run_by and fix["description"].startswith(words)


def test_a_deny_assignment_blocks_a_role_also_once_it_is_activated():
    eligible = [given("AcrPull")]
    _, judgement = diagnose(ResourceManager(denials=[deny(f"{REGISTRIES}/pull/read")], eligible=eligible), exchange=401)
    assert codes(judgement) == ["ROLE_NOT_ACTIVATED_ERROR", "DENY_ASSIGNMENT_ERROR"]
    for denial in (deny("*/delete"), deny("*", principals=[{"id": GONE, "type": "User"}])):
        _, judgement = diagnose(ResourceManager(denials=[denial], eligible=eligible), exchange=401)
        assert codes(judgement) == ["ROLE_NOT_ACTIVATED_ERROR"]


CLUSTER_ID = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/shop"
APP_ID = f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.App/containerApps/shop"


@pytest.mark.parametrize("given_id, mode, lacking, facts", [
    (CLUSTER_ID, LEGACY, ["pull"], {"cluster": "shop", "cluster_group": "rg", "cluster_subscription": SUBSCRIPTION_ID,
                                    "attached_registry": REGISTRY}),
    (CLUSTER_ID, ABAC, ["pull"], {"assigns_pull": "`az aks update --attach-acr`"}),
    (APP_ID, ABAC, ["pull"], {"assigns_pull": "Container Apps"}),
    (CLUSTER_ID, LEGACY, ["pull", "push"], {}), (CLUSTER_ID, None, ["pull"], {}), (CLUSTER_ID, ABAC, [], {}),
    (APP_ID, LEGACY, ["pull"], {}), (f"{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Web/sites/shop", ABAC,
                                     ["pull"], {}), (ME, ABAC, ["pull"], {})])
def test_what_a_service_assigns_by_itself_depends_on_the_mode(given_id, mode, lacking, facts):
    kind = "/".join(given_id.split("/")[6:8]) or None
    service = AssigneeEvidence(assignee=Assignee(given_id, resource_type=kind))
    assert facts_of_service(service, Standing(ME, REGISTRY, mode), lacking) == facts
    assert facts_of_service(None, Standing(ME, REGISTRY, mode), lacking) == {}


# ---- What is true beside the cause ---------------------------------------------------------------------------------

NO_PULL = deny(f"{REGISTRIES}/pull/read", f"{REGISTRIES}/repositories/content/read")
NO_PULL["properties"]["permissions"][0]["dataActions"] = [f"{REGISTRIES}/repositories/content/read"]


@pytest.mark.parametrize("name", ["nothing", "another registry", "pull only", "Reader with ABAC", "condition",
                                  "client id", "no role, mode not shown"])
def test_a_role_that_would_still_be_denied_is_said_to_be(name):
    arm, options, expected = SCENARIOS[name]
    options = {**options, "actions": ["pull"], "token": {"pull": False}}
    if name in ("pull only", "condition"):
        arm = ResourceManager([given("AcrDelete")] if name == "pull only" else arm.assignments)
    denied = ResourceManager(arm.assignments, [NO_PULL])
    _, judgement = diagnose(denied, **options)
    assert codes(judgement) == expected
    assert "deny assignment 'Managed app' on subscription" in judgement.message
    for spared in (deny("*/delete"), deny("*", principals=[{"id": GONE, "type": "User"}])):
        _, judgement = diagnose(ResourceManager(arm.assignments, [spared]), **options)
        assert "Managed app" not in judgement.message


def test_roles_that_the_mode_ignores_do_not_count_for_resource_manager():
    arm = ResourceManager([given("Repository Reader", condition=TO_TEAM), given("Viewer")])
    _, judgement = diagnose(arm, exchange=401, repository="samples/app")
    assert codes(judgement) == ["ROLE_ASSIGNMENT_MISSING_ERROR"]
    assert "Resource Manager only: 'Registry Viewer'." in judgement.message
    assert "mode ignores: 'Container Registry Repository Reader'." in judgement.message
    _, judgement = diagnose(ResourceManager([given("Viewer")]), exchange=401)
    assert "ignores" not in judgement.message


@pytest.mark.parametrize("protected, run_by, words", [
    (True, "serviceOwner", "deny-assignment show"), (False, "registryOwner", "deny-assignment delete")])
def test_what_a_deny_assignment_keeps_from_being_managed_no_role_gives(protected, run_by, words):
    arm = ResourceManager([given("Owner")], [deny("*/write", isSystemProtected=protected)])
    _, judgement = diagnose(arm, actions=["manage"])
    fix = fix_of(judgement)
    assert (codes(judgement), fix["runBy"]) == (["ARM_READ_WARNING"], run_by)
    assert words in fix["commands"][-1]["line"]


def test_no_role_lets_what_the_registry_alone_knows_view_it():
    _, judgement = diagnose(ResourceManager(), actions=["view"], username="ci-token",
                            identity=IdentityEvidence("token", "ci-token"))
    fix = fix_of(judgement)
    assert (codes(judgement), fix["runBy"]) == (["ARM_READ_WARNING"], "you")
    assert "Entra identity" in fix["description"] and "'ci-token'" in fix["description"]


def test_given_credentials_sign_in_again_as_themselves():
    options = {"username": CLIENT, "credential": CredentialEvidence(entra_accepts=True), "token": {},
               "token_status": 401, "identity": SP}
    _, judgement = diagnose(ResourceManager([given("AcrPull", age=30)]), **options)
    assert codes(judgement) == ["ROLE_PROPAGATION_ERROR"]
    assert fix_of(judgement)["commands"][0]["line"] == f"docker login myregistry.azurecr.io --username {CLIENT}"
    _, judgement = diagnose(ResourceManager([given("AcrPull", age=30)]), exchange=401)
    assert fix_of(judgement)["commands"][0]["line"] == "az acr login --name myregistry"


@pytest.mark.parametrize("reader, run_by", [(OWNER, "you"), (GUEST, "registryOwner"), (None, "registryOwner")])
def test_who_reads_for_another_identity_may_be_the_one_who_may_assign_roles(reader, run_by):
    arm = ResourceManager([given("Owner", SUBSCRIPTION, to=OWNER)])
    fix = fix_of(diagnose(arm, assignee=ME, reader=reader)[1])
    assert fix["runBy"] == run_by
    assert fix["description"].startswith(
        "Your role 'Owner' lets you do this yourself: grant the role 'AcrPull' on myregistry to "
        "alex@contoso.example."
        if run_by == "you" else
        "Grant the role 'AcrPull' on myregistry to alex@contoso.example. Owner: sam@contoso.example.")
