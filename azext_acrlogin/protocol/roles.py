# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Role definitions, role assignments and deny assignments of Azure, read from Resource Manager's JSON.

What a role allows follows https://learn.microsoft.com/azure/role-based-access-control/role-definitions: each entry of
its permissions allows its actions without its notActions; the entries add up. Whether a registry honours control
actions or data actions depends on its role assignment mode:
https://learn.microsoft.com/azure/container-registry/container-registry-rbac-abac-repository-permissions.

Registries do not read every wildcard as Resource Manager does:
https://learn.microsoft.com/azure/container-registry/container-registry-rbac-custom-roles says that they support
wildcard actions in custom roles "in tenants configured with Azure Resource Manager private link", and "in a tenant
without an ARM private link, don't use wildcards and specify all required registry actions individually in a custom
role". Whether a tenant has one is not read here. The wildcards of built-in roles (Owner, Contributor, Reader) work.
"""

from dataclasses import dataclass
from typing import Any, FrozenSet, List, Optional, Tuple

from azext_acrlogin.protocol.built_in_ids import BUILT_IN
from azext_acrlogin.protocol.conditions import Evaluation, evaluate
from azext_acrlogin.protocol.json_text import member, objects, text_member, texts
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.protocol.three_valued import Truth, all_of, any_of, negated
from azext_acrlogin.protocol.times import epoch_of
from azext_acrlogin.protocol.wildcards import matches_action

LEGACY = "LegacyRegistryPermissions"
ABAC = "AbacRepositoryPermissions"
MODES = {LEGACY: "RBAC Registry Permissions", ABAC: "RBAC Registry + ABAC Repository Permissions"}  # as the portal says
CONTENT_ACTIONS = ("pull", "push", "delete", "metadata-read", "metadata-write", "catalog")
_EFFECTS = {"enforced": True, "audit": False}  # of a deny assignment
EVERYONE = "00000000-0000-0000-0000-000000000000"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
NAME_CHARACTERS = 120
ID_CHARACTERS = 500

# Assumption: with registry permissions, metadata and the catalog are read with the right to pull and metadata is
# written with the right to push, as AcrPull and AcrPush are described.
LEGACY_OPERATIONS = {
    "pull": "pull/read", "push": "push/write", "delete": "artifacts/delete", "metadata-read": "pull/read",
    "metadata-write": "push/write", "catalog": "pull/read"}
ABAC_OPERATIONS = {
    "pull": "repositories/content/read", "push": "repositories/content/write", "delete": "repositories/content/delete",
    "metadata-read": "repositories/metadata/read", "metadata-write": "repositories/metadata/write",
    "catalog": "catalog/read"}
ARM_OPERATIONS = {"view": "read", "manage": "write"}
_WILDCARDS_OF_BUILT_IN_ROLES = ("*", "*/read")  # those that reach content: Owner's, Contributor's, Reader's
_CONTENT_OPERATIONS = {f"{REGISTRIES}/{name}" for name in (*LEGACY_OPERATIONS.values(), *ABAC_OPERATIONS.values())}


@dataclass(frozen=True)
class Operation:
    """What Azure calls an action (control plane) or a data action."""

    name: str
    is_data: bool

    @property
    def is_decided_by_registries(self) -> bool:
        """Whether a registry itself decides about it, and not Resource Manager."""
        return self.name in _CONTENT_OPERATIONS


def mode_of(role_assignment_mode: Optional[str]) -> Optional[str]:
    """The mode for ARM's wire value; None where ARM shows none, or one that is not known here.

    Which members a registry has depends on the API version: 2023-11-01-preview and the stable 2025-04-01 leave the mode
    out of every registry, those with ABAC too; since 2025-03-01-preview and 2025-11-01 ordinary ones name theirs.
    """
    return next((mode for mode in MODES if mode.lower() == (role_assignment_mode or "").lower()), None)


def other_mode(mode: str) -> str:
    """The mode that a registry is not in."""
    return LEGACY if mode == ABAC else ABAC


def operations_of(action: str, mode: Optional[str]) -> List[Operation]:
    """The operations that may stand for an action: one where the mode is known, else that of either mode."""
    modes = [mode] if mode else MODES
    return list(dict.fromkeys(operation_of(action, one) for one in modes))


def operation_of(action: str, mode: str) -> Operation:
    """The operation that one of the eight actions of a diagnosis needs on a registry in that mode."""
    if action in ARM_OPERATIONS:
        return Operation(f"{REGISTRIES}/{ARM_OPERATIONS[action]}", False)
    operations = ABAC_OPERATIONS if mode == ABAC else LEGACY_OPERATIONS
    return Operation(f"{REGISTRIES}/{operations[action]}", mode == ABAC)


@dataclass(frozen=True)
class Permission:
    """One entry of a role's, or a deny assignment's, permissions.

    shows_conditions: it was read in a form that would show its condition, so that an empty one means that it has none.
    """

    actions: Tuple[str, ...] = ()
    not_actions: Tuple[str, ...] = ()
    data_actions: Tuple[str, ...] = ()
    not_data_actions: Tuple[str, ...] = ()
    condition: str = ""
    condition_version: str = ""
    shows_conditions: bool = True

    def names(self, operation: Operation) -> bool:
        """Whether the operation is among the actions and not among those taken out again."""
        given, taken = ((self.data_actions, self.not_data_actions) if operation.is_data
                        else (self.actions, self.not_actions))
        return (any(matches_action(pattern, operation.name) for pattern in given)
                and not any(matches_action(pattern, operation.name) for pattern in taken))

    def covers(self, operation: Operation, repository: Optional[str]) -> Evaluation:
        """Whether the entry covers the operation, its own condition included."""
        if not self.names(operation):
            return Evaluation(False)
        if not self.shows_conditions and _is_conditional(operation):
            return Evaluation(None, "whether a condition limits it was not shown")
        return evaluate(self.condition, operation.name, repository, self.condition_version)


@dataclass(frozen=True)
class Role:
    """A role definition. `custom` is None when nobody said whether it is one.

    id, description, assignable_scopes: as Azure wants them back when the definition is changed.
    """

    guid: str
    name: str
    permissions: Tuple[Permission, ...]
    custom: Optional[bool] = None
    id: str = ""
    description: str = ""
    assignable_scopes: Tuple[str, ...] = ()

    def names(self, operation: Operation) -> bool:
        """Whether any entry allows the operation, conditions left aside."""
        return any(permission.names(operation) for permission in self.permissions)

    def covers(self, operation: Operation, repository: Optional[str], wildcards: Truth) -> List[Evaluation]:
        """What each entry says of the operation. :param wildcards: whether registries honour those of custom roles."""
        by_wildcard = Evaluation(wildcards, f"the role '{self.name}' allows {operation.name} only by a wildcard, and "
                                            "registries do not honour the wildcards of custom roles in every tenant")
        return [by_wildcard if wildcards is not True and self._needs_wildcard(entry, operation)
                else entry.covers(operation, repository) for entry in self.permissions]

    def _needs_wildcard(self, entry: Permission, operation: Operation) -> bool:
        """Whether an entry allows the operation only if registries honour the wildcards of custom roles."""
        if self.custom is False or not operation.is_decided_by_registries or not entry.names(operation):
            return False
        given = entry.data_actions if operation.is_data else entry.actions
        enough = (operation.name, *(_WILDCARDS_OF_BUILT_IN_ROLES if self.custom is None else ()))
        return not any(pattern.lower() == one.lower() for pattern in given for one in enough)


@dataclass(frozen=True)
class RoleAssignment:
    """A role assignment, or an eligibility for one; `role` is None while its definition is not known.

    created, changed: seconds since the epoch; None when ARM does not say.
    """

    id: str
    scope: str
    role_id: str
    principal_id: str
    principal_type: str = ""
    condition: str = ""
    condition_version: str = ""
    created: Optional[float] = None
    changed: Optional[float] = None
    role: Optional[Role] = None

    @property
    def role_guid(self) -> str:
        """The last segment of the role definition's id, lower case."""
        return last_segment(self.role_id).lower()

    @property
    def role_name(self) -> str:
        """The role's name, or its GUID while that is all that is known."""
        return self.role.name if self.role else self.role_guid

    @property
    def newest_change(self) -> Optional[float]:
        """When it was created or last changed."""
        return max((moment for moment in (self.created, self.changed) if moment is not None), default=None)

    def names(self, operation: Operation) -> Truth:
        """Whether the role holds the operation, conditions left aside; None when its definition is not known."""
        return self.role.names(operation) if self.role else None

    def grants(self, operation: Operation, repository: Optional[str], wildcards: Truth = None) -> Evaluation:
        """Whether the assignment grants the operation, wherever its scope reaches.

        :param wildcards: whether registries honour those of custom roles; None when that is not known.
        """
        if self.role is None:
            return Evaluation(None, f"the definition of role {self.role_guid} cannot be read")
        entries = self.role.covers(operation, repository, wildcards)
        in_role = any_of(entry.holds for entry in entries)
        if in_role is False:
            return Evaluation(False)
        own = evaluate(self.condition, operation.name, repository, self.condition_version)
        reason = own.reason or next((entry.reason for entry in entries if entry.reason), "")
        return Evaluation(all_of([in_role, own.holds]), reason)


@dataclass(frozen=True)
class Principal:
    """An entry of a deny assignment's principals."""

    id: str
    type: str

    def includes(self, object_id: str, groups: FrozenSet[str], is_assigned: Truth) -> Truth:
        """Whether this is the identity, a group of it, or everyone.

        :param groups: ids of groups that are known to hold the identity, lower case.
        :param is_assigned: what Azure says of the identity and the whole assignment, which settles unknown groups.
        """
        if self.id == object_id.lower() or self.id in groups:
            return True
        if self.id == EVERYONE and self.type == "systemdefined":
            return True
        return is_assigned if self.type not in ("user", "serviceprincipal", "systemdefined") else False


@dataclass(frozen=True)
class DenyAssignment:
    """A deny assignment: blocks operations, whatever roles grant. One that is not enforced is only logged."""

    id: str
    name: str
    scope: str
    permissions: Tuple[Permission, ...]
    principals: Tuple[Principal, ...]
    excluded: Tuple[Principal, ...] = ()
    here_only: bool = False
    is_protected: bool = False
    condition: str = ""
    condition_version: str = ""
    is_enforced: Truth = True

    def denies(self, operation: Operation, scope: str, repository: Optional[str], object_id: str,
               groups: FrozenSet[str], is_assigned: Truth = None) -> Truth:
        """Whether it denies the operation on the resource `scope` to the identity; see `Principal.includes`."""
        reaches = same_scope(self.scope, scope) if self.here_only else is_at_or_above(self.scope, scope)
        return all_of([
            self.is_enforced, reaches,
            any_of(permission.covers(operation, repository).holds for permission in self.permissions),
            any_of(principal.includes(object_id, groups, is_assigned) for principal in self.principals),
            negated(any_of(principal.includes(object_id, groups, None) for principal in self.excluded)),
            evaluate(self.condition, operation.name, repository, self.condition_version).holds])


def _is_conditional(operation: Operation) -> bool:
    """Whether a condition can limit the operation: only data actions, and the assigning of roles, have attributes.

    Source: https://learn.microsoft.com/azure/role-based-access-control/conditions-overview.
    """
    return operation.is_data or operation.name.lower().startswith("microsoft.authorization/roleassignments/")


def is_at_or_above(scope: str, resource: str) -> bool:
    """Whether an assignment at `scope` reaches a resource, compared segment by segment and without regard to case.

    A management group counts as above: ARM lists it for a resource only when it is. An empty scope, which is no
    root ("/"), reaches nothing.
    """
    if not scope:
        return False
    held, segments = _segments(scope), _segments(resource)
    if held[:2] == ["providers", "microsoft.management"]:
        return True
    return segments[:len(held)] == held


def same_scope(scope: str, other: str) -> bool:
    """Whether both are the same resource, case and a trailing slash aside."""
    return _segments(scope) == _segments(other)


def _segments(scope: str) -> List[str]:
    return [segment for segment in scope.lower().split("/") if segment]


def last_segment(resource_id: str) -> str:
    """The name at the end of a resource id."""
    return resource_id.rstrip("/").rsplit("/", 1)[-1]


def permission_of(value: Any, *, shows_conditions: bool = True) -> Permission:
    """Read one entry of a list of permissions; whatever is missing or malformed counts as absent.

    :param shows_conditions: the API version carries conditions: 2022-05-01-preview does, 2022-04-01 does not.
    """
    actions, not_actions, data_actions, not_data_actions = (
        tuple(texts(member(value, name))) for name in ("actions", "notActions", "dataActions", "notDataActions"))
    return Permission(
        actions, not_actions, data_actions, not_data_actions,
        text_member(value, "condition"), text_member(value, "conditionVersion"), shows_conditions)


def role_of(value: Any, *, shows_conditions: bool = True) -> Role:
    """Read a role definition; `shows_conditions` as in `permission_of`.

    Where conditions are not shown, those of the built-in roles that this project knows are known all the same.
    """
    properties = member(value, "properties")
    kind = text_member(properties, "type")
    guid = last_segment(text_member(value, "id") or text_member(value, "name")).lower()
    knows_conditions = shows_conditions or guid in BUILT_IN.values()
    return Role(
        shown(guid, NAME_CHARACTERS), shown(text_member(properties, "roleName") or guid, NAME_CHARACTERS),
        tuple(permission_of(entry, shows_conditions=knows_conditions)
              for entry in objects(member(properties, "permissions"))),
        kind.lower() == "customrole" if kind else None, text_member(value, "id"),
        text_member(properties, "description"), tuple(texts(member(properties, "assignableScopes"))))


def role_assignment_of(value: Any) -> RoleAssignment:
    """Read a role assignment or a roleEligibilityScheduleInstance; the definition comes later, see `role`."""
    properties = member(value, "properties")
    return RoleAssignment(
        shown(text_member(value, "id"), ID_CHARACTERS), shown(text_member(properties, "scope"), ID_CHARACTERS),
        shown(text_member(properties, "roleDefinitionId"), ID_CHARACTERS),
        shown(text_member(properties, "principalId"), NAME_CHARACTERS).lower(),
        shown(text_member(properties, "principalType"), 40), text_member(properties, "condition"),
        text_member(properties, "conditionVersion"), epoch_of(text_member(properties, "createdOn")),
        epoch_of(text_member(properties, "updatedOn")))


def deny_assignment_of(value: Any) -> DenyAssignment:
    """Read a deny assignment.

    Its effect exists since 2024-07-01-preview: "enforced" blocks, "audit" only logs. Without one it blocks, as all deny
    assignments do that were there before; of an effect that is not known, nothing follows.
    """
    properties = member(value, "properties")

    def principals(name: str) -> Tuple[Principal, ...]:
        return tuple(Principal(text_member(entry, "id").lower(), text_member(entry, "type").lower())
                     for entry in objects(member(properties, name)))
    deny_id = shown(text_member(value, "id"), ID_CHARACTERS)
    return DenyAssignment(
        deny_id, shown(text_member(properties, "denyAssignmentName") or last_segment(deny_id), NAME_CHARACTERS),
        shown(text_member(properties, "scope"), ID_CHARACTERS),
        tuple(permission_of(entry) for entry in objects(member(properties, "permissions"))),
        principals("principals"), principals("excludePrincipals"),
        member(properties, "doNotApplyToChildScopes") is True, member(properties, "isSystemProtected") is True,
        text_member(properties, "condition"), text_member(properties, "conditionVersion"),
        _EFFECTS.get(str(member(properties, "denyAssignmentEffect") or "enforced").lower()))
