# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The described world and the questions that services ask of it; ``entities.py`` says what it is made of."""

import time
import uuid
from dataclasses import dataclass, field
from functools import cached_property

from .clouds import CLOUDS
from .entities import (Application, CloudLimits, CustomRole, DenyAssignment, Duration, ForwardProxy, FrontDoor, Group,
                       Host, HostCertificate, LoginEvent, ManagedIdentity, ManagementGroup, Outage, Profile, Registry,
                       Resource, ResourceGroup, RoleAssignment, RoleEligibility, Subscription, Tenant, Throttling, User,
                       Workspace)
from .roles import BUILT_IN_ROLES, RoleDefinition

_NAMESPACE = uuid.UUID("5d0b7b0e-4c1c-4b57-9d5e-0a3b6f1d2c00")


class WorldError(ValueError):
    """The world or a patch makes no sense; the message says where."""


def guid(*parts):
    """A GUID that is the same in every run, for whatever the world leaves unnamed."""
    return str(uuid.uuid5(_NAMESPACE, "/".join(parts)))


def same(left, right):
    """Azure compares names, ids and domains without case."""
    return bool(left) and bool(right) and left.lower() == right.lower()


@dataclass
class World:
    """All of it. Sections are dictionaries by name, so that a patch can change or remove one entry."""
    clock_offset: Duration = Duration(0)             # the servers' clock minus the local one
    propagation_delay: Duration = Duration(600)      # until the data plane honours a role assignment
    elapsed_since_sign_in: Duration = Duration(0)    # how old refresh tokens and federated assertions are taken to be
    page_size: int = 0                               # of ARM's lists; 0 is no paging
    latency_milliseconds: int = 0
    client_address: str = ""                         # as the registry sees it; default: the connection's
    private_path: bool = False                       # the client's way to registries is their private endpoint
    signs_in_interactively: str = ""                 # the user who answers prompts to sign in, second factor included
    runs_on: str = ""                                # the host that the identity endpoints answer for
    cloud: CloudLimits = field(default_factory=CloudLimits)
    known_audiences: list[str] = field(default_factory=list)
    cloud_shell_lacks: list[str] = field(default_factory=list)   # audiences that Cloud Shell's endpoint does not issue
    tenants: dict[str, Tenant] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    managed_identities: dict[str, ManagedIdentity] = field(default_factory=dict)
    hosts: dict[str, Host] = field(default_factory=dict)
    management_groups: dict[str, ManagementGroup] = field(default_factory=dict)
    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    resource_groups: dict[str, ResourceGroup] = field(default_factory=dict)
    registries: dict[str, Registry] = field(default_factory=dict)
    role_definitions: dict[str, CustomRole] = field(default_factory=dict)
    role_assignments: dict[str, RoleAssignment] = field(default_factory=dict)
    deny_assignments: dict[str, DenyAssignment] = field(default_factory=dict)
    role_eligibilities: dict[str, RoleEligibility] = field(default_factory=dict)
    resources: dict[str, Resource] = field(default_factory=dict)
    workspaces: dict[str, Workspace] = field(default_factory=dict)
    login_events: list[LoginEvent] = field(default_factory=list)
    throttling: list[Throttling] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    certificates: dict[str, HostCertificate] = field(default_factory=dict)   # by host or suffix; "*" is every host
    reset_on_handshake: list[str] = field(default_factory=list)              # host name suffixes
    front_door: FrontDoor = field(default_factory=FrontDoor)
    proxy: ForwardProxy = field(default_factory=ForwardProxy)
    profiles: dict[str, Profile] = field(default_factory=dict)

    def __post_init__(self):
        for tenant in self.tenants.values():
            tenant.id = tenant.id or guid("tenant", tenant.name)
            tenant.display_name = tenant.display_name or tenant.name.title()
        for principal in self.principals():
            principal.object_id = principal.object_id or guid("principal", principal.name)
            principal.display_name = principal.display_name or principal.name
        for user in self.users.values():
            for tenant, account in user.guest_in.items():
                account.object_id = account.object_id or guid("guest", user.name, tenant)
        for application in self.applications.values():
            application.registration_id = application.registration_id or guid("registration", application.name)
        for identity in [*self.applications.values(), *self.managed_identities.values()]:
            identity.app_id = identity.app_id or guid("application", identity.name)
        for subscription in self.subscriptions.values():
            subscription.id = subscription.id or guid("subscription", subscription.name)
            subscription.display_name = subscription.display_name or subscription.name
        for registry in self.registries.values():
            registry.login_server = registry.login_server or registry.name.lower() + self.cloud_of(registry).suffix
        for workspace in self.workspaces.values():
            workspace.customer_id = workspace.customer_id or guid("workspace", workspace.name)
        self._check_references()

    def now(self):
        """The servers' time, in seconds since the epoch."""
        return time.time() + self.clock_offset

    # -- identities --

    def principals(self):
        """Users, groups, service principals and managed identities."""
        return [*self.users.values(), *self.groups.values(), *self.applications.values(),
                *self.managed_identities.values()]

    def find_principal(self, name):
        """The user, group, application or managed identity of that name, or None."""
        for section in (self.users, self.groups, self.applications, self.managed_identities):
            if name in section:
                return section[name]
        return None

    def object_id_in(self, principal, tenant):
        """The principal's object id in a tenant: a guest has another one there than at home. None without account."""
        if principal.tenant == tenant.name:
            return principal.object_id
        account = principal.guest_in.get(tenant.name) if isinstance(principal, User) else None
        return account.object_id if account else None

    def principal_by_object_id(self, object_id):
        """The principal that bears an object id in any tenant, or None."""
        for principal in self.principals():
            if getattr(principal, "deleted", False):
                continue
            if same(principal.object_id, object_id):
                return principal
            if isinstance(principal, User) and any(same(a.object_id, object_id) for a in principal.guest_in.values()):
                return principal
        return None

    def user_by_name(self, name):
        return next((u for u in self.users.values() if same(u.user_principal_name, name) and not u.deleted), None)

    def application_by_id(self, app_id):
        """The application or managed identity with that client id, or None."""
        for identity in [*self.applications.values(), *self.managed_identities.values()]:
            if same(identity.app_id, app_id) and not identity.deleted:
                return identity
        return None

    def find_tenant(self, name):
        """A tenant by its id or domain, or None."""
        return next((t for t in self.tenants.values()
                     if not t.deleted and (same(t.id, name) or same(t.domain, name))), None)

    # -- resources --

    def subscription_of(self, resource):
        """The subscription of anything that is in a resource group."""
        return self.subscriptions[self.resource_groups[resource.resource_group].subscription]

    def tenant_of(self, resource):
        return self.tenants[self.subscription_of(resource).tenant]

    def cloud_of(self, resource):
        return CLOUDS[self.tenant_of(resource).cloud]

    def resource_group_id(self, name):
        group = self.resource_groups[name]
        return f"/subscriptions/{self.subscriptions[group.subscription].id}/resourceGroups/{group.name}"

    def resource_id(self, resource, resource_type):
        namespace, *kinds = resource_type.split("/")
        path = "/".join(f"{kind}/{name}" for kind, name in zip(kinds, resource.name.split("/")))
        return f"{self.resource_group_id(resource.resource_group)}/providers/{namespace}/{path}"

    def registry_id(self, registry):
        return self.resource_id(registry, "Microsoft.ContainerRegistry/registries")

    def scope_id(self, on):
        """The ARM id of a scope as the world writes it.

        :raises WorldError: it names nothing.
        """
        if on.startswith("/"):
            return on
        kind, _, name = on.partition("/")
        try:
            if kind == "registry":
                return self.registry_id(self.registries[name])
            if kind == "resourceGroup":
                return self.resource_group_id(name)
            if kind == "subscription":
                return f"/subscriptions/{self.subscriptions[name].id}"
            if kind == "managementGroup":
                return f"/providers/Microsoft.Management/managementGroups/{self.management_groups[name].name}"
        except KeyError:
            pass
        raise WorldError(f"Scope '{on}' names nothing in this world")

    def tenant_of_scope(self, scope):
        """The tenant that an ARM scope lies in."""
        parts = scope.strip("/").split("/")
        if parts[0].lower() == "subscriptions":
            subscription = self.find_subscription(parts[1])
            return self.tenants[subscription.tenant] if subscription else None
        if "managementGroups" in parts:
            return self.tenants[self.management_groups[parts[-1]].tenant]
        return None

    def find_subscription(self, subscription_id):
        return next((s for s in self.subscriptions.values() if same(s.id, subscription_id)), None)

    def registry_by_host(self, host):
        """The registry that a login server, regional endpoint or data endpoint belongs to, or None."""
        host = host.lower()
        for registry in self.registries.values():
            if host in self.hosts_of(registry):
                return registry
        return None

    def hosts_of(self, registry):
        """Every host name that answers for the registry itself (blob hosts of the region are shared)."""
        names = [registry.login_server.lower()]
        if registry.regional_endpoints == "Enabled":
            names += self.regional_hosts(registry)
        return names + self.data_hosts(registry)

    def regional_hosts(self, registry):
        label, _, suffix = registry.login_server.lower().partition(".")
        return [f"{label}.{region}.geo.{suffix}" for region in self.regions_of(registry)]

    def data_hosts(self, registry):
        if not registry.data_endpoint_enabled:
            return []
        label, _, suffix = registry.login_server.lower().partition(".")
        return [f"{label}.{region}.data.{suffix}" for region in self.regions_of(registry)]

    @staticmethod
    def regions_of(registry):
        return [registry.location, *(r.location or name for name, r in registry.replications.items()
                                     if (r.location or name) != registry.location)]

    # -- roles --

    def find_role(self, name):
        """A role definition by its name or GUID, built in or custom.

        :raises WorldError: there is none.
        """
        for role in self.all_roles():
            if same(role.role_name, name) or same(role.guid, name.rsplit("/", 1)[-1]):
                return role
        raise WorldError(f"Role '{name}' is neither built in nor in roleDefinitions")

    @cached_property
    def _roles(self):
        custom = [RoleDefinition(role_name=r.role_name or r.name, guid=guid("role", r.name), actions=r.actions,
                                 not_actions=r.not_actions, data_actions=r.data_actions,
                                 not_data_actions=r.not_data_actions, custom=True,
                                 assignable_scopes=[s if s == "/" else self.scope_id(s) for s in r.assignable_scopes])
                  for r in self.role_definitions.values()]
        return [*BUILT_IN_ROLES, *custom]

    def all_roles(self):
        """Every role definition, built in and custom; a request changes what custom ones allow, and nothing else."""
        return self._roles

    def _check_references(self):
        for label, entry in [*self.role_assignments.items(), *self.role_eligibilities.items()]:
            self.find_role(entry.role)
            self.scope_id(entry.on)
            if not self.find_principal(entry.to) and len(entry.to) != 36:
                raise WorldError(f"'{label}' is for '{entry.to}': neither a principal of this world nor an object id")
        for name, group in self.resource_groups.items():
            if group.subscription not in self.subscriptions:
                raise WorldError(f"resourceGroups.{name}: no subscription '{group.subscription}'")
