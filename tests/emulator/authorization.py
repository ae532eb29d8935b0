# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Who may do what: the one place where role and deny assignments are evaluated, for ARM and for registries."""

import threading
from dataclasses import dataclass

from .conditions import action_matches, evaluate
from .entities import Group, RoleAssignment
from .roles import CR, REPOSITORIES, RoleDefinition
from .world import World, same

REPOSITORY_NAME = f"{REPOSITORIES}:name"
ABAC = "AbacRepositoryPermissions"
EVERYONE = "00000000-0000-0000-0000-000000000000"
# Container Registry Contributor and Data Access Configuration Administrator, and the one that only reads.
SIGNING_IN = ("3bc748fc-213d-45c1-8d91-9da5725539b9", "69b07be0-09bf-439a-b9a6-e73de851bd59")

# What a registry's action asks of the caller.
# Assumption: with registry permissions, reading metadata and the catalog goes with pull and writing metadata with push,
# as the descriptions of AcrPull and AcrPush suggest.
LEGACY_ACTIONS = {
    "pull": f"{CR}/pull/read",
    "push": f"{CR}/push/write",
    "delete": f"{CR}/artifacts/delete",
    "metadata_read": f"{CR}/pull/read",
    "metadata_write": f"{CR}/push/write",
    "deleted_read": f"{CR}/deleted/read",
    "deleted_restore": f"{CR}/deleted/restore/action",
    "catalog": f"{CR}/pull/read",
}
ABAC_ACTIONS = {
    "pull": f"{REPOSITORIES}/content/read",
    "push": f"{REPOSITORIES}/content/write",
    "delete": f"{REPOSITORIES}/content/delete",
    "metadata_read": f"{REPOSITORIES}/metadata/read",
    "metadata_write": f"{REPOSITORIES}/metadata/write",
    "catalog": f"{CR}/catalog/read",
}


@dataclass(frozen=True)
class Grant:
    """A role assignment with everything resolved."""
    assignment: RoleAssignment
    role: RoleDefinition
    scope: str
    principal_id: str
    created_on: float


@dataclass(frozen=True)
class Decision:
    allowed: bool
    denied_by: str = ""         # name of the deny assignment that takes it away


class _WorkedOut:
    """What followed from the world so far, so that a large one is gone through once and not at every request."""

    def __init__(self):
        self.lock = threading.RLock()   # else many requests at once would all go through it
        self.grants = None      # every role assignment
        self.groups = {}        # object id: ids of its groups
        self.above = {}         # scope: itself and all that lie above it
        self.by_scope = {}      # object id: scope: its grants there


class Authorization:
    def __init__(self, world: World):
        self._world = world
        self._worked_out = _WorkedOut()
        for assignment in [*world.role_assignments.values(), *world.role_eligibilities.values()]:
            if assignment.condition:
                evaluate(assignment.condition, "", {})      # a condition that cannot be read is an error of the world

    def forget(self):
        """Look at the world anew; whoever changes it calls this."""
        self._worked_out = _WorkedOut()

    # -- what is assigned --

    def grants(self):
        """Every role assignment of the world."""
        worked_out = self._worked_out
        with worked_out.lock:
            if worked_out.grants is None:
                worked_out.grants = [self.resolve(one) for one in list(self._world.role_assignments.values())]
            return worked_out.grants

    def resolve(self, assignment):
        scope = self._world.scope_id(assignment.on)
        return Grant(assignment, self._world.find_role(assignment.role), scope,
                     self.principal_id(assignment.to, scope),
                     # Assumption: an assignment without a date has been there for a month.
                     getattr(assignment, "created_on", None) or self._world.now() - 30 * 86400)

    def principal_id(self, name, scope):
        """The object id that a name of the world has in the tenant of a scope."""
        principal = self._world.find_principal(name)
        if principal is None:
            return name
        tenant = self._world.tenant_of_scope(scope)
        return (self._world.object_id_in(principal, tenant) if tenant else None) or principal.object_id

    def groups_of(self, object_id):
        """Object ids of the groups that a principal is in, nested ones included."""
        groups = self._worked_out.groups
        if object_id not in groups:
            groups[object_id] = self._find_groups(object_id)
        return groups[object_id]

    def _find_groups(self, object_id):
        groups_by_member = {}
        for group in self._world.groups.values():
            for name in group.members:
                groups_by_member.setdefault(name, []).append(group)
        found = {}
        pending = [p for p in [self._world.principal_by_object_id(object_id)] if p]
        while pending:
            for group in groups_by_member.get(pending.pop().name, ()):
                if group.object_id not in found:
                    found[group.object_id] = group
                    pending.append(group)
        return set(found)

    def grants_of(self, object_id):
        """Role assignments of a principal, direct ones and those of its groups."""
        mine = {object_id.lower(), *self.groups_of(object_id)}
        return [grant for grant in self.grants() if grant.principal_id.lower() in mine]

    def _grants_by_scope(self, object_id):
        """The same by scope, in lower case and without a slash at its end."""
        by_scope = self._worked_out.by_scope
        with self._worked_out.lock:
            if object_id not in by_scope:
                found = {}
                for grant in self.grants_of(object_id):
                    found.setdefault(_plain(grant.scope), []).append(grant)
                by_scope[object_id] = found
            return by_scope[object_id]

    def covers(self, scope, target):
        """Whether a scope is the target or lies above it."""
        return _plain(scope) in self._at_and_above(target)

    def _at_and_above(self, target):
        above = self._worked_out.above
        if target not in above:
            parts = _plain(target).split("/")
            above[target] = frozenset({
                "", *("/".join(parts[:length]) for length in range(1, len(parts) + 1)),
                *(group.lower() for group in self.management_groups_above(_plain(target)))})
        return above[target]

    def management_groups_above(self, target):
        """Ids of the management groups over a scope, nearest first."""
        parts = target.strip("/").split("/")
        subscription = self._world.find_subscription(parts[1]) if parts[0].lower() == "subscriptions" else None
        name = subscription.management_group if subscription else ""
        if "managementgroups" in [part.lower() for part in parts]:
            name = next((g.parent for g in self._world.management_groups.values() if same(g.name, parts[-1])), "")
        while name:
            yield f"/providers/Microsoft.Management/managementGroups/{name}"
            name = self._world.management_groups[name].parent

    # -- decisions --

    def decide(self, object_id, scope, action, *, data=False, attributes=None, honoured_only=False, wildcards=True):
        """Whether a principal may do something.

        :param data: the action is a data action.
        :param attributes: of the request, for conditions; None takes every condition for fulfilled.
        :param honoured_only: leave out assignments that are younger than the world's propagation delay.
        :param wildcards: those of custom roles count.
        """
        grants = self._grants_by_scope(object_id)
        allowed = any(_applies(grant, action, data, attributes, wildcards)
                      for place in self._at_and_above(scope) for grant in grants.get(place, ())
                      if not honoured_only or self._honoured(grant))
        denial = self._denial(object_id, scope, action, data) if allowed else ""
        return Decision(allowed and not denial, denial)

    def permits(self, object_id, scope, action):
        """ARM's question."""
        return self.decide(object_id, scope, action).allowed

    def sees_below(self, object_id, scope):
        """Whether a principal has any assignment at, above or below a scope: such subscriptions are listed for it."""
        return any(self.covers(place, scope) or self.covers(scope, place)
                   for place in self._grants_by_scope(object_id))

    def registry_actions(self, object_id, registry, repository=None):
        """The data-plane actions that a registry honours for a principal.

        :param repository: None asks for "on some repository": conditions then count as fulfilled.
        """
        scope = self._world.registry_id(registry)
        abac = registry.role_assignment_mode == ABAC
        # Assumption: without the private link registries ignore the wildcards of custom roles for content altogether;
        # the documentation says that they do not support them there.
        wildcards = self._world.tenant_of(registry).resource_manager_private_link
        attributes = None if repository is None else {REPOSITORY_NAME: repository}
        return {action for action, needed in (ABAC_ACTIONS if abac else LEGACY_ACTIONS).items()
                if self.decide(object_id, scope, needed, data=abac, honoured_only=True, wildcards=wildcards,
                               attributes={} if action == "catalog" else attributes).allowed}

    def may_sign_in(self, object_id, registry):
        """Whether a registry exchanges an Entra token of a principal."""
        # Assumption: any action on content is enough, even the catalog's alone. The two roles for a registry's
        # configuration sign in, too, and then may do nothing with content.
        scope = self._world.registry_id(registry)
        return bool(self.registry_actions(object_id, registry)) or any(
            self._honoured(grant) and grant.role.guid in SIGNING_IN for place in self._at_and_above(scope)
            for grant in self._grants_by_scope(object_id).get(place, ()))

    def _honoured(self, grant):
        return grant.created_on + self._world.propagation_delay <= self._world.now()

    def _denial(self, object_id, scope, action, data):
        mine = {object_id.lower(), *self.groups_of(object_id)}
        for denial in self._world.deny_assignments.values():
            if denial.effect == "audit":
                continue
            at = self._world.scope_id(denial.on)
            if not (same(at, scope) if denial.not_for_child_scopes else self.covers(at, scope)):
                continue
            principals = {self.principal_id(name, at).lower() for name in denial.to if name != "everyone"}
            spared = {self.principal_id(name, at).lower() for name in denial.except_for}
            if not ("everyone" in denial.to or principals & mine) or spared & mine:
                continue
            denied, kept = ((denial.data_actions, denial.not_data_actions) if data
                            else (denial.actions, denial.not_actions))
            if _matches(denied, action) and not _matches(kept, action):
                return denial.name
        return ""


def principal_type(principal):
    """ARM's word for a principal of the world."""
    # Assumption: an assignment of a principal that nobody knows says ServicePrincipal.
    if principal is None:
        return "ServicePrincipal"
    if isinstance(principal, Group):
        return "Group"
    return "User" if hasattr(principal, "user_principal_name") else "ServicePrincipal"


def _applies(grant, action, data, attributes, wildcards):
    role = grant.role
    granted, taken = (role.data_actions, role.not_data_actions) if data else (role.actions, role.not_actions)
    if role.custom and not wildcards:
        granted = [pattern for pattern in granted if "*" not in pattern]
    if not _matches(granted, action) or _matches(taken, action):
        return False
    condition = grant.assignment.condition
    return not condition or attributes is None or evaluate(condition, action, attributes)


def _plain(scope):
    return scope.rstrip("/").lower()


def _matches(patterns, action):
    return any(action_matches(pattern, action) for pattern in patterns)
