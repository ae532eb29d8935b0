# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Lists of resources of any type, and resources that are only looked at: identities, clusters, machines."""

import re

from ..entities import Resource
from ..entra import managed_identity_id
from ..http import Response
from ..world import same
from .registries import REGISTRY_TYPE
from .routing import ArmError, resource_not_found, route
from .subscriptions import find_group, require_some_access
from .times import short, system_data

IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"


@route("GET", "/subscriptions/{subscription}/resources")
@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}/resources")
def resources(context):
    """ARM's resource list: what the caller may read and what the list already knows.

    Filters are ``resourceType eq`` and ``name eq``, joined by ``and``; anything else is refused.
    """
    require_some_access(context)
    wanted = parse_filter(context.request.parameter("$filter"), ("resourceType", "name"))
    return context.listing([item for item in _everything(context, wanted.get("resourcetype"), wanted.get("name"))
                            if context.may(f"{item['type']}/read", item["id"])])


@route("POST", "/providers/Microsoft.ResourceGraph/resources")
def resource_graph(context):
    """Resource Graph, for the one form of a query that is needed: the resources of a type and name in subscriptions.

    The answer's form is the specification's at 2021-03-01, where rows are objects unless a table is asked for.
    """
    body = context.request.json()
    query = re.fullmatch(r"resources \| where type =~ '([^']*)' and name =~ '([^']*)' \| project id, name",
                         body.get("query", ""))
    if not query:
        raise ArmError(400, "BadRequest", "Please provide below info when asking for support: the query is invalid.")
    wanted = {subscription.lower() for subscription in body.get("subscriptions", [])}
    among = [one for one in context.world.subscriptions.values()
             if one.id.lower() in wanted and context.world.tenants[one.tenant] is context.caller.tenant]
    # Assumption: subscriptions that the caller does not see are left out without a word.
    rows = [{"id": item["id"], "name": item["name"]} for item in _everything(context, *query.groups(), among=among)
            if context.may(f"{item['type']}/read", item["id"])]
    return Response.of_json({"totalRecords": len(rows), "count": len(rows), "data": rows, "facets": [],
                             "resultTruncated": "false"})


@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/"
              "userAssignedIdentities/{name}", f"{IDENTITY_TYPE}/read")
def user_assigned_identity(context):
    identity = next((i for i in context.world.managed_identities.values()
                     if same(i.name, context.parts["name"]) and i.user_assigned and not i.deleted), None)
    if not identity:
        raise resource_not_found(IDENTITY_TYPE, context.parts["name"], context.parts["group"])
    return context.reply({
        "id": managed_identity_id(context.world, identity), "name": identity.name, "type": IDENTITY_TYPE,
        "location": "westeurope", "tags": {},
        "properties": {"principalId": identity.object_id, "clientId": identity.app_id,
                       "tenantId": context.world.tenants[identity.tenant].id}})


@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}/providers/{namespace}/{kind}/{name}")
def any_resource(context):
    """A resource that the world describes for looking at: a cluster, a machine, a private endpoint."""
    parts = context.parts
    return _described(context, f"{parts['namespace']}/{parts['kind']}", parts["name"])


@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Web/sites/{name}/slots/{slot}")
def slot_of_a_site(context):
    """A slot, which the world describes like any other resource."""
    return _described(context, "Microsoft.Web/sites/slots", f"{context.parts['name']}/{context.parts['slot']}")


def _described(context, resource_type, name):
    context.demand(f"{resource_type}/read", context.request.path)
    find_group(context)
    item = next(_everything(context, resource_type, name, full=True), None)
    if not item:
        raise resource_not_found(resource_type, name, context.parts["group"])
    return context.reply(item)


def parse_filter(text, names):
    """The values of an OData filter made of ``name eq 'value'`` joined by ``and``; names in lower case.

    :raises ArmError: 400, the filter is something else.
    """
    values = {}
    for clause in filter(None, text.replace(" AND ", " and ").split(" and ")):
        name, _, value = clause.strip().partition(" eq ")
        if name.lower() not in [n.lower() for n in names] or value[:1] != "'" or value[-1:] != "'":
            raise ArmError(400, "InvalidFilterInQueryString", f"Invalid $filter '{text}' specified in the query "
                                                              "string.")
        values[name.lower()] = value[1:-1]
    return values


def identity_of_host(world, host):
    """The ``identity`` of a machine or site in ARM's form, None without any."""
    kinds = ([] if not host.system_assigned else ["SystemAssigned"]) + (["UserAssigned"] if host.user_assigned else [])
    if not kinds:
        return None
    identity = {"type": ", ".join(kinds)}
    if host.system_assigned:
        system = world.managed_identities[host.system_assigned]
        identity |= {"principalId": system.object_id, "tenantId": world.tenants[system.tenant].id}
    if host.user_assigned:
        identity["userAssignedIdentities"] = {
            managed_identity_id(world, one): {"principalId": one.object_id, "clientId": one.app_id}
            for one in (world.managed_identities[name] for name in host.user_assigned)}
    return identity


def _private_endpoints(world):
    """The private endpoints of registries and their network interfaces, as far as addresses and names go."""
    for registry in world.registries.values():
        for name, connection in registry.private_endpoint_connections.items():
            endpoint = Resource(name, "Microsoft.Network/privateEndpoints", registry.resource_group)
            interface = Resource(f"{name}.nic", "Microsoft.Network/networkInterfaces", registry.resource_group)
            subnet = {"id": connection.subnet}
            yield endpoint, endpoint.type, registry.location, {"properties": {
                "provisioningState": "Succeeded", "subnet": subnet,
                "networkInterfaces": [{"id": world.resource_id(interface, interface.type)}],
                "customDnsConfigs": [] if connection.zone_group else [
                    {"fqdn": host, "ipAddresses": [address]} for host, address in connection.addresses.items()],
                "privateLinkServiceConnections": [{"name": name, "properties": {
                    "privateLinkServiceId": world.registry_id(registry), "groupIds": ["registry"],
                    "privateLinkServiceConnectionState": {"status": connection.status}}}]}}
            yield interface, interface.type, registry.location, {"properties": {
                "provisioningState": "Succeeded",
                "ipConfigurations": [{"name": host.split(".")[0], "properties": {
                    "privateIPAddress": address, "subnet": subnet,
                    "privateLinkConnectionProperties": {"groupId": "registry", "fqdns": [host]}}}
                    for host, address in connection.addresses.items()]}}


def _everything(context, wanted_type, wanted_name, full=False, among=None):
    """What there is; in lists without properties, with who made it in the times of lists, as recorded.

    :param wanted_type: only resources of this type; None for all.  :param wanted_name: only those of this name.
    :param among: the subscriptions that they are in; that of the path unless given.
    """
    world = context.world
    listed = [r for r in world.registries.values() if full or not r.hidden_from_resource_list]
    entries = [(r, REGISTRY_TYPE, r.location, {"sku": {"name": r.sku, "tier": r.sku}, **(
        {"identity": r.identity} if r.identity else {})}) for r in listed]
    entries += [(i, IDENTITY_TYPE, "westeurope", {}) for i in world.managed_identities.values()
                if i.user_assigned and not i.deleted]
    entries += [(h, h.type, h.location, {"identity": identity_of_host(world, h)}) for h in world.hosts.values()]
    entries += [(r, r.type, r.location, {"tags": r.tags, **(
        {"identity": r.identity, "properties": r.properties} if full else {})}) for r in world.resources.values()]
    entries += [(w, "Microsoft.OperationalInsights/workspaces", "westeurope", {}) for w in world.workspaces.values()]
    entries += list(_private_endpoints(world))
    for entry, resource_type, location, more in entries:
        if wanted_type is not None and not same(resource_type, wanted_type):
            continue
        if wanted_name is not None and not same(entry.name, wanted_name):
            continue
        if "group" in context.parts and not same(entry.resource_group, context.parts["group"]):
            continue
        its = world.subscription_of(entry)
        if its in among if among is not None else same(its.id, context.parts["subscription"]):
            made = getattr(entry, "created_on", None) or world.now() - 90 * 86400
            shown = {"name": entry.name, "id": world.resource_id(entry, resource_type), "type": resource_type,
                     "location": location, "tags": {}, **more}
            if not full:
                shown.pop("properties", None)
                shown["systemData"] = system_data(made, short)
            yield shown
