# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Roles, scopes, deny assignments and the decisions made of them; nothing here leaves the process."""

import pytest

from azext_acrlogin.protocol.built_in_roles import built_in_role
from azext_acrlogin.protocol.role_decisions import Standing, least_roles, split_by_reach
from azext_acrlogin.protocol.roles import (
    ABAC, CONTENT_ACTIONS, EVERYONE, LEGACY, REGISTRIES, DenyAssignment, Permission, Principal, Role, RoleAssignment,
    deny_assignment_of, is_at_or_above, mode_of, operation_of, other_mode, permission_of, role_assignment_of, role_of)
from azext_acrlogin.protocol.times import epoch_of

SUBSCRIPTION = "/subscriptions/5b000000-0000-4000-8000-000000000001"
GROUP = f"{SUBSCRIPTION}/resourceGroups/rg"
REGISTRY = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/myregistry"
OTHER = f"{GROUP}/providers/Microsoft.ContainerRegistry/registries/otherregistry"
ME = "aaaaaaaa-0000-4000-8000-000000000001"
TEAM = "bbbbbbbb-0000-4000-8000-000000000001"
NAME = "@Request[Microsoft.ContainerRegistry/registries/repositories:name]"
GUIDS = {
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d", "AcrPush": "8311e382-0749-4cb8-b61a-304f252e45ec",
    "AcrDelete": "c2f4ef07-c644-48eb-af81-4b1b4947fb11", "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c", "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "Repository Reader": "b93aa761-3e63-49ed-ac28-beffa264f7ac",
    "Repository Writer": "2a1e307c-b015-4ebd-883e-5b7698a07328",
    "Repository Contributor": "2efddaa5-3f1f-4df3-97df-af3f13818f4c",
    "Catalog Lister": "bfdb9389-c9a5-478a-bb2f-ba9ca092c3c7",
    "Importer": "577a9874-89fd-4f24-9dbd-b5034d0ad23a",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"}


def role(name):
    return built_in_role(GUIDS[name])


def assignment(name, scope=REGISTRY, **other):
    values = {"id": f"{scope}/assignment", "role_id": f"/x/roleDefinitions/{GUIDS.get(name, name)}",
              "principal_id": ME, "principal_type": "User", "role": role(name) if name in GUIDS else None}
    return RoleAssignment(scope=scope, **{**values, **other})


def denial(*actions, data=(), **other):
    values = {"id": "deny-1", "name": "deny", "scope": GROUP, "principals": (Principal(EVERYONE, "systemdefined"),)}
    return DenyAssignment(permissions=(Permission(actions=actions, data_actions=tuple(data)),), **{**values, **other})


def standing(*assignments, mode=LEGACY, denials=(), repository="samples/app", **other):
    return Standing(ME, REGISTRY, mode, repository, list(assignments), list(denials), **other)


def granted(*assignments, **other):
    what = standing(*assignments, **other)
    return {action for action in CONTENT_ACTIONS if what.decide(action).granted}


LEGACY_ACCESS = {
    "AcrPull": {"pull", "metadata-read", "catalog"},
    "AcrPush": {"pull", "metadata-read", "catalog", "push", "metadata-write"},
    "AcrDelete": {"delete"},
    "Owner": set(CONTENT_ACTIONS), "Contributor": set(CONTENT_ACTIONS),
    "Reader": {"pull", "metadata-read", "catalog"},
    "User Access Administrator": {"pull", "metadata-read", "catalog"},
    "Importer": {"pull", "metadata-read", "catalog"},
    "Repository Reader": set(), "Repository Writer": set(), "Repository Contributor": set(), "Catalog Lister": set()}
ABAC_ACCESS = {
    "Repository Reader": {"pull", "metadata-read"},
    "Repository Writer": {"pull", "metadata-read", "push", "metadata-write"},
    "Repository Contributor": {"pull", "metadata-read", "push", "metadata-write", "delete"},
    "Catalog Lister": {"catalog"}, "Importer": {"pull", "metadata-read", "catalog"}}


@pytest.mark.parametrize("name", GUIDS)
def test_built_in_roles_in_both_modes(name):
    assert granted(assignment(name)) == LEGACY_ACCESS[name]
    assert granted(assignment(name), mode=ABAC) == ABAC_ACCESS.get(name, set())


def test_resource_managers_side_is_the_same_in_both_modes():
    for mode in (LEGACY, ABAC):
        assert standing(assignment("Reader"), mode=mode).decide("view").granted is True
        assert standing(assignment("Reader"), mode=mode).decide("manage").granted is False
        assert standing(assignment("AcrPush"), mode=mode).decide("view").granted is False
        assert standing(assignment("Contributor"), mode=mode).decide("manage").granted is True


def test_a_mode_that_is_not_shown_is_none_of_the_two():
    assert mode_of(None) is mode_of("") is mode_of("SomethingNewPermissions") is None
    assert mode_of("LegacyRegistryPermissions") == LEGACY
    assert mode_of("abacrepositorypermissions") == ABAC
    assert (other_mode(LEGACY), other_mode(ABAC)) == (ABAC, LEGACY)


@pytest.mark.parametrize("name", GUIDS)
def test_built_in_roles_where_the_mode_was_not_shown(name):
    one, other = LEGACY_ACCESS[name], ABAC_ACCESS.get(name, set())
    what = standing(assignment(name), mode=None)
    for action in CONTENT_ACTIONS:
        expected = True if action in one & other else None if action in one | other else False
        assert what.decide(action).granted is expected
        assert expected is not None or "role assignment mode was not shown" in what.decide(action).reason


def test_roles_of_both_modes_grant_where_the_mode_was_not_shown():
    both = standing(assignment("AcrPull"), assignment("Repository Reader"), mode=None)
    assert both.decide("pull").granted is True
    assert both.decide("push").granted is False
    assert cause("push", both) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"


def test_causes_where_the_mode_was_not_shown():
    """Neither the mode nor a condition is blamed: whether it counts is not known."""
    limited = assignment("Repository Reader", condition=f"{NAME} StringStartsWith 'team/'")
    assert cause("pull", standing(limited, mode=None)) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"
    assert "Repository Reader' would, but its condition excludes" in dict(
        standing(limited, mode=None).cause("pull").by_mode)[ABAC].in_words()
    assert cause("pull", standing(mode=None)) == "ROLE_ASSIGNMENT_MISSING_ERROR"
    assert cause("pull", standing(mode=None, elsewhere=[assignment("AcrPull", OTHER)])) == (
        "ROLE_ASSIGNMENT_MISSING_ERROR")
    assert cause("pull", standing(mode=None, elsewhere=[assignment("Importer", OTHER)])) == (
        "ROLE_ASSIGNMENT_SCOPE_ERROR")
    assert cause("pull", standing(mode=None, eligible=[assignment("AcrPull")])) == "ROLE_ASSIGNMENT_MISSING_ERROR"
    assert cause("pull", standing(mode=None, eligible=[assignment("Importer")])) == "ROLE_NOT_ACTIVATED_ERROR"
    assert cause("push", standing(assignment("AcrPull"), mode=None)) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"
    everything = [denial("*", data=["*"])]
    assert cause("pull", standing(assignment("Importer"), mode=None, denials=everything)) == "DENY_ASSIGNMENT_ERROR"


def test_denied_in_one_mode_and_not_granted_in_the_other_is_undecided():
    what = standing(assignment("AcrPull"), mode=None, denials=[denial("*")])
    assert what.decide("pull").granted is None
    assert "the deny assignment 'deny' blocks it" in what.decide("pull").reason


def test_not_actions_are_taken_out_of_their_own_entry_only():
    pull = operation_of("pull", LEGACY)
    but_pull = Permission(actions=("Microsoft.ContainerRegistry/*",), not_actions=(f"{REGISTRIES}/PULL/*",))
    assert not Role("r", "r", (but_pull,)).names(pull)
    assert Role("r", "r", (but_pull, Permission(actions=(f"{REGISTRIES}/pull/read",)))).names(pull)
    data = Permission(data_actions=("*",), not_data_actions=(f"{REGISTRIES}/repositories/content/delete",))
    assert granted(assignment("custom", role=Role("c", "c", (data,))), mode=ABAC) == set(CONTENT_ACTIONS) - {"delete"}


@pytest.mark.parametrize("scope, reaches", [
    ("/", True), (SUBSCRIPTION, True), (SUBSCRIPTION.upper() + "/", True), (GROUP, True), (REGISTRY, True),
    ("/providers/Microsoft.Management/managementGroups/root", True), (OTHER, False), (REGISTRY + "2", False),
    (GROUP + "2", False), ("/subscriptions/5b000000-0000-4000-8000-000000000002", False), ("", False),
    (REGISTRY + "/replications/westeurope", False)])
def test_scopes(scope, reaches):
    assert is_at_or_above(scope, REGISTRY) is reaches
    here, elsewhere = split_by_reach([assignment("AcrPull", scope)], REGISTRY)
    assert (len(here), len(elsewhere)) == ((1, 0) if reaches else (0, 1))


@pytest.mark.parametrize("who, denied", [
    (Principal(EVERYONE, "systemdefined"), True), (Principal(ME, "user"), True), (Principal(TEAM, "group"), True),
    (Principal("cccccccc-0000-4000-8000-000000000001", "user"), False),
    (Principal("cccccccc-0000-4000-8000-000000000001", "group"), None)])
def test_whom_a_deny_assignment_is_for(who, denied):
    what = standing(assignment("AcrPush", principal_id=TEAM, principal_type="Group"),
                    denials=[denial(f"{REGISTRIES}/pull/read", principals=(who,))])
    decision = what.decide("pull")
    assert decision.granted is (None if denied is None else not denied)
    assert what.has_open_denial() is (denied is None)
    assert what.decide("push").granted is True


def test_azure_settles_whether_a_deny_assignment_of_an_unknown_group_applies():
    stranger = (Principal("cccccccc-0000-4000-8000-000000000001", "group"),)
    for listed, expected in ((frozenset(), True), (frozenset({"deny-1"}), False)):
        what = standing(assignment("AcrPull"), denials=[denial("*", principals=stranger)], denials_of_identity=listed)
        assert what.decide("pull").granted is expected


@pytest.mark.parametrize("changes, expected", [
    ({"excluded": (Principal(ME, "user"),)}, True),
    ({"excluded": (Principal("dddddddd-0000-4000-8000-000000000001", "group"),)}, None),
    ({"excluded": (Principal("dddddddd-0000-4000-8000-000000000001", "user"),)}, False),
    ({"here_only": True}, True), ({"here_only": True, "scope": REGISTRY.upper()}, False), ({"scope": OTHER}, True),
    ({"condition": "@Principal[a:b] StringEquals 'c'"}, None)])
def test_limits_of_a_deny_assignment(changes, expected):
    assert standing(assignment("AcrPull"), denials=[denial("*", **changes)]).decide("pull").granted is expected


@pytest.mark.parametrize("effect, granted_still", [
    ({}, False), ({"denyAssignmentEffect": None}, False), ({"denyAssignmentEffect": "enforced"}, False),
    ({"denyAssignmentEffect": "Audit"}, True), ({"denyAssignmentEffect": "delay"}, None),
    ({"denyAssignmentEffect": 7}, None)])
def test_only_an_enforced_deny_assignment_denies(effect, granted_still):
    read = deny_assignment_of({"id": "/deny/1", "properties": {
        "scope": GROUP, "permissions": [{"actions": ["*"]}],
        "principals": [{"id": EVERYONE, "type": "SystemDefined"}], **effect}})
    assert standing(assignment("AcrPull"), denials=[read]).decide("pull").granted is granted_still


def test_a_deny_assignment_of_data_actions_spares_control_actions():
    data = denial(data=["*"])
    assert granted(assignment("AcrPull"), denials=[data]) == LEGACY_ACCESS["AcrPull"]
    assert granted(assignment("Repository Reader"), denials=[data], mode=ABAC) == set()


def test_what_was_not_read_leaves_a_decision_open():
    assert Standing(ME, REGISTRY).decide("pull").granted is None
    assert Standing(ME, REGISTRY, LEGACY, in_force=[assignment("AcrPull")]).decide("pull").granted is None
    assert Standing(ME, REGISTRY, in_force=[assignment("AcrPull")]).decide("pull").granted is None
    assert Standing(ME, REGISTRY, in_force=[]).decide("pull").granted is False
    custom = assignment("custom")
    assert standing(custom).decide("pull").granted is None
    assert standing(custom, assignment("AcrPull")).decide("pull").granted is True


def test_conditions_depend_on_the_repository():
    limited = assignment("Repository Writer", condition=f"{NAME} StringStartsWith 'team/'")
    assert standing(limited, mode=ABAC, repository="team/app").decide("push").granted is True
    assert standing(limited, mode=ABAC, repository="samples/app").decide("push").granted is False
    assert standing(limited, mode=ABAC, repository=None).decide("push").granted is None
    assert "repository" in standing(limited, mode=ABAC, repository=None).decide("push").reason


def test_a_condition_in_the_role_itself_counts():
    permission = Permission(data_actions=(f"{REGISTRIES}/repositories/content/read",),
                            condition=f"{NAME} StringEquals 'samples/app'")
    custom = assignment("custom", role=Role("c", "c", (permission,)))
    assert standing(custom, mode=ABAC).decide("pull").granted is True
    assert standing(custom, mode=ABAC, repository="other").decide("pull").granted is False


CONTENT = {"actions": [f"{REGISTRIES}/pull/read"], "notActions": [], "notDataActions": [],
           "dataActions": [f"{REGISTRIES}/repositories/content/read"]}  # as 2022-04-01 shows it: without a condition


def test_a_condition_that_was_not_shown_leaves_data_actions_undecided():
    for shows, expected in ((True, True), (False, None)):
        entry = Role("", "permissions", (permission_of(CONTENT, shows_conditions=shows),))
        custom = role_of({"id": "/r/c", "properties": {"type": "CustomRole", "permissions": [CONTENT]}},
                         shows_conditions=shows)
        for one in (entry, custom):
            decision = standing(assignment("custom", role=one), mode=ABAC).decide("pull")
            assert decision.granted is expected
            assert expected or "condition" in decision.reason
            assert standing(assignment("custom", role=one)).decide("pull").granted is True  # no attribute to limit it
            assert standing(assignment("custom", role=one), mode=ABAC).decide("push").granted is False


def test_the_conditions_of_known_built_in_roles_are_known():
    read = role_of({"id": f"/r/{GUIDS['Repository Reader']}", "properties": {
        "type": "BuiltInRole", "permissions": [CONTENT]}}, shows_conditions=False)
    assert standing(assignment("Repository Reader", role=read), mode=ABAC).decide("pull").granted is True
    owner = permission_of({"actions": ["*"]}, shows_conditions=False)
    assert standing(assignment("custom", role=Role("", "x", (owner,)))).may_assign_roles() is None


def test_delegated_owners_may_not_be_said_to_assign_any_role():
    condition = ("!(ActionMatches{'Microsoft.Authorization/roleAssignments/write'}) OR "
                 "@Request[Microsoft.Authorization/roleAssignments:RoleDefinitionId] GuidEquals 'x'")
    assert standing(assignment("Owner")).may_assign_roles().role_name == "Owner"
    assert standing(assignment("Owner", condition=condition)).may_assign_roles() is None
    assert granted(assignment("Owner", condition=condition)) == set(CONTENT_ACTIONS)
    assert standing(assignment("Contributor")).may_assign_roles() is None


def cause(action, what):
    return what.cause(action).code


def test_causes_in_the_order_of_the_contract():
    stray = (assignment("AcrPull", principal_id="client"), "its client id")
    elsewhere, eligible = [assignment("AcrPull", OTHER)], [assignment("AcrPull", GROUP)]
    assert cause("pull", standing()) == "ROLE_ASSIGNMENT_MISSING_ERROR"
    assert cause("pull", standing(elsewhere=elsewhere)) == "ROLE_ASSIGNMENT_SCOPE_ERROR"
    assert cause("pull", standing(assignment("AcrDelete"), elsewhere=elsewhere)) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"
    assert cause("pull", standing(elsewhere=elsewhere, strays=[stray])) == "ROLE_ASSIGNMENT_PRINCIPAL_ERROR"
    assert cause("pull", standing(assignment("Repository Reader"), strays=[stray])) == "ROLE_ASSIGNMENT_MODE_ERROR"
    assert cause("pull", standing(assignment("Repository Reader"), eligible=eligible)) == "ROLE_NOT_ACTIVATED_ERROR"
    denied = standing(assignment("AcrPull"), denials=[denial("*")], eligible=eligible)
    assert cause("pull", denied) == "DENY_ASSIGNMENT_ERROR"
    assert cause("push", standing(assignment("AcrPull"), eligible=eligible)) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"


@pytest.mark.parametrize("name, action, mode, expected", [
    ("AcrPull", "pull", ABAC, "MODE"), ("Reader", "pull", ABAC, "MODE"), ("Owner", "push", ABAC, "MODE"),
    ("Contributor", "delete", ABAC, "MODE"), ("AcrPull", "push", ABAC, "MISSING"), ("Reader", "push", ABAC, "MISSING"),
    ("Repository Reader", "pull", LEGACY, "MODE"), ("Repository Reader", "push", LEGACY, "MISSING"),
    ("Repository Reader", "catalog", ABAC, "INSUFFICIENT"), ("Reader", "push", LEGACY, "INSUFFICIENT"),
    ("AcrDelete", "pull", LEGACY, "INSUFFICIENT"), ("Catalog Lister", "catalog", LEGACY, "MODE")])
def test_mode_insufficient_missing(name, action, mode, expected):
    assert cause(action, standing(assignment(name), mode=mode)) == f"ROLE_ASSIGNMENT_{expected}_ERROR"


def test_condition_only_for_roles_that_the_mode_honours():
    condition = f"{NAME} StringStartsWith 'team/'"
    writer = assignment("Repository Writer", condition=condition)
    assert cause("push", standing(writer, assignment("AcrPush"), mode=ABAC)) == "ROLE_ASSIGNMENT_CONDITION_ERROR"
    reader = assignment("Repository Reader", condition=condition)
    assert cause("push", standing(reader, mode=ABAC)) == "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR"
    assert cause("pull", standing(reader, mode=LEGACY, repository=None)) == "ROLE_ASSIGNMENT_MODE_ERROR"


@pytest.mark.parametrize("actions, mode, roles", [
    (["pull"], LEGACY, ["AcrPull"]), (["pull", "push"], LEGACY, ["AcrPush"]),
    (["delete", "pull"], LEGACY, ["AcrPull", "AcrDelete"]), (["delete"], LEGACY, ["AcrDelete"]),
    (["catalog"], LEGACY, ["AcrPull"]), (["pull"], ABAC, ["Container Registry Repository Reader"]),
    (["push", "catalog"], ABAC, ["Container Registry Repository Writer",
                                 "Container Registry Repository Catalog Lister"]),
    (["delete", "push"], ABAC, ["Container Registry Repository Contributor"]), ([], ABAC, [])])
def test_least_roles(actions, mode, roles):
    assert least_roles(actions, mode) == roles


@pytest.mark.parametrize("value", [None, 1, "x", [], {}, {"properties": None},
                                   {"properties": {"permissions": [1, None]}},
                                   {"id": 5, "properties": {"scope": [], "principals": {"id": 1}, "createdOn": 7}},
                                   {"properties": {"permissions": [{"actions": "*"}, {"actions": [None, 1]}]}}])
def test_malformed_answers_grant_nothing(value):
    read = role_of(value)
    broken = role_assignment_of(value)
    assert granted(assignment("custom", role=read)) == set()
    assert not is_at_or_above(broken.scope, REGISTRY)
    assert standing(assignment("AcrPull"), denials=[deny_assignment_of(value)]).decide("pull").granted is True


def test_reading_arms_answers():
    read = role_assignment_of({"id": f"{REGISTRY}/providers/x/1", "properties": {
        "scope": REGISTRY, "roleDefinitionId": f"{SUBSCRIPTION}/providers/x/roleDefinitions/{GUIDS['AcrPull'].upper()}",
        "principalId": ME.upper(), "principalType": "Group", "condition": None,
        "createdOn": "2026-11-24T01:00:00.1234567Z",
        "updatedOn": "2026-11-24T02:00:00Z"}})
    assert (read.role_guid, read.principal_id, read.condition) == (GUIDS["AcrPull"], ME, "")
    assert read.newest_change == epoch_of("2026-11-24T02:00:00Z") == pytest.approx(read.created + 3600, abs=1)
    assert read.role_name == GUIDS["AcrPull"]
    custom = role_of({"id": "/r/Guid-1", "properties": {"roleName": "Contoso\nPublisher", "type": "CustomRole"}})
    assert (custom.guid, custom.name, custom.custom) == ("guid-1", "Contoso Publisher", True)


WILDCARDS = ("*", "Microsoft.ContainerRegistry/*", f"{REGISTRIES}/*", f"{REGISTRIES}/*/read", f"{REGISTRIES}/PULL/*")


@pytest.mark.parametrize("pattern", WILDCARDS)
def test_whether_registries_honour_a_custom_roles_wildcard_is_not_known(pattern):
    custom = assignment("custom", role=Role("c", "Contoso", (Permission(actions=(pattern,)),), custom=True))
    what = standing(custom)
    decision = what.decide("pull")
    assert decision.granted is None and "'Contoso'" in decision.reason and "wildcard" in decision.reason
    assert what.by_wildcard("pull") is custom
    assert standing(custom, wildcards=True).decide("pull").granted is True
    assert standing(custom, assignment("AcrPull")).decide("pull").granted is True
    assert standing(custom, assignment("AcrPull")).by_wildcard("pull") is None


def test_what_a_custom_role_names_and_what_resource_manager_decides_needs_no_wildcard():
    entry = Permission(actions=("*", f"{REGISTRIES}/PULL/read"))
    what = standing(assignment("custom", role=Role("c", "c", (entry,), custom=True)))
    assert what.decide("pull").granted is True
    assert what.decide("push").granted is None
    assert what.decide("manage").granted is True and what.may_assign_roles()


@pytest.mark.parametrize("custom, pattern, expected", [
    (False, f"{REGISTRIES}/*", True), (None, "*", True), (None, "*/read", True), (None, f"{REGISTRIES}/*", None)])
def test_wildcards_of_built_in_roles_work(custom, pattern, expected):
    """Where nobody said whether a role is built in, a wildcard that only custom ones have is doubted."""
    role_with = Role("c", "c", (Permission(actions=(pattern,)),), custom=custom)
    assert standing(assignment("any", role=role_with)).decide("pull").granted is expected


def test_a_wildcard_is_not_to_blame_where_something_else_takes_the_action_away_or_leaves_it_open():
    custom = assignment("custom", role=Role("c", "c", (Permission(actions=("*",)),), custom=True))
    assert standing(custom, denials=[denial("*")]).by_wildcard("pull") is None
    assert standing(custom, assignment("unread")).by_wildcard("pull") is None
    assert standing(custom, mode=ABAC).by_wildcard("pull") is None
    assert standing(custom, mode=None).by_wildcard("pull") is None
