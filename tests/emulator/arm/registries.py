# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Microsoft.ContainerRegistry/registries: reading, changing, admin credentials, names."""

import re
import secrets
from datetime import datetime, timezone

from ..clouds import CLOUDS
from ..http import Response
from ..world import same
from .routing import REGISTRY, ArmError, resource_not_found, route
from .subscriptions import find_group, require_some_access

REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries"
_LIST = "/providers/Microsoft.ContainerRegistry/registries"


@route("GET", "/subscriptions/{subscription}" + _LIST)
@route("GET", "/subscriptions/{subscription}/resourceGroups/{group}" + _LIST)
def registries(context):
    """Registries of a subscription or resource group that the caller may read."""
    require_some_access(context)
    if "group" in context.parts:
        find_group(context)
    world = context.world
    found = [r for r in world.registries.values()
             if same(world.subscription_of(r).id, context.parts["subscription"])
             and ("group" not in context.parts or same(r.resource_group, context.parts["group"]))
             and not r.hidden_from_resource_list and context.may(f"{REGISTRY_TYPE}/read", world.registry_id(r))]
    return context.listing(found, lambda registry: render(world, registry))


@route("GET", REGISTRY, f"{REGISTRY_TYPE}/read")
def registry_get(context):
    return Response.of_json(render(context.world, find_registry(context)))


@route("PATCH", REGISTRY, f"{REGISTRY_TYPE}/write")
@route("PUT", REGISTRY, f"{REGISTRY_TYPE}/write")
def registry_update(context):
    """Change the settings that the body names; ARM's asynchronous pattern is answered at once."""
    registry = find_registry(context)
    body = context.request.json()
    if "sku" in body:
        registry.sku = body["sku"]["name"]
    _apply(registry, body.get("properties", {}))
    return Response.of_json(render(context.world, registry))


@route("POST", REGISTRY + "/listCredentials", f"{REGISTRY_TYPE}/listCredentials/action")
def list_credentials(context):
    return Response.of_json(_credentials(find_registry(context)))


@route("POST", REGISTRY + "/regenerateCredential", f"{REGISTRY_TYPE}/regenerateCredential/action")
def regenerate_credential(context):
    registry = find_registry(context)
    _require_admin_user(registry)
    registry.passwords[1 if context.request.json().get("name") == "password2" else 0] = secrets.token_urlsafe(24)
    return Response.of_json(_credentials(registry))


@route("GET", REGISTRY + "/listUsages", f"{REGISTRY_TYPE}/listUsages/read")
def list_usages(context):
    find_registry(context)
    return Response.of_json({"value": [
        {"name": "Size", "limit": 536870912000, "currentValue": 1048576, "unit": "Bytes"},
        {"name": "Webhooks", "limit": 500, "currentValue": 0, "unit": "Count"},
        {"name": "ScopeMaps", "limit": 50000, "currentValue": 5, "unit": "Count"},
        {"name": "Tokens", "limit": 50000, "currentValue": 1, "unit": "Count"}]})


@route("POST", "/subscriptions/{subscription}/providers/Microsoft.ContainerRegistry/checkNameAvailability",
       "Microsoft.ContainerRegistry/checkNameAvailability/read")
def check_name_availability(context):
    """Whether a name is free, over all tenants of the cloud."""
    body = context.request.json()
    name = body.get("name", "")
    if not re.fullmatch(r"[A-Za-z0-9]{5,50}", name):
        return Response.of_json({"nameAvailable": False, "reason": "Invalid", "message":
                                 "The registry name must be between 5 and 50 alphanumeric characters."})
    cloud = CLOUDS[context.caller.tenant.cloud]
    # Assumption: a registry with a domain name label leaves its bare name to others.
    taken = any(same(r.name, name) and r.domain_name_label_scope == "Unsecure" and context.world.cloud_of(r) is cloud
                for r in context.world.registries.values())
    if taken:
        return Response.of_json({"nameAvailable": False, "reason": "AlreadyExists",
                                 "message": f"The registry {name} is already in use."})
    return Response.of_json({"nameAvailable": True, "availableLoginServerName": name.lower() + cloud.suffix})


def find_registry(context):
    """The registry in the path.

    :raises ArmError: 404.
    """
    group = find_group(context)
    found = next((r for r in context.world.registries.values() if same(r.name, context.parts["registry"])
                  and r.resource_group == group.name), None)
    if not found:
        raise resource_not_found(REGISTRY_TYPE, context.parts["registry"], context.parts["group"])
    return found


def render(world, registry):
    """A registry as ARM shows it."""
    properties = {
        "loginServer": registry.login_server, "creationDate": iso(registry.created_on or world.now() - 90 * 86400),
        "provisioningState": registry.provisioning_state, "adminUserEnabled": registry.admin_user_enabled,
        "anonymousPullEnabled": registry.anonymous_pull_enabled,
        "policies": {
            "quarantinePolicy": {"status": "disabled"}, "trustPolicy": {"type": "Notary", "status": "disabled"},
            "retentionPolicy": {"days": 7, "status": "disabled"}, "exportPolicy": {"status": "enabled"},
            "azureADAuthenticationAsArmPolicy": {"status": "enabled"},
            "softDeletePolicy": {"retentionDays": 7, "status": "disabled"}, **registry.policies},
        "encryption": registry.encryption or {"status": "disabled"},
        "dataEndpointEnabled": registry.data_endpoint_enabled, "dataEndpointHostNames": world.data_hosts(registry),
        "regionalEndpoints": registry.regional_endpoints, "regionalEndpointHostNames":
            world.regional_hosts(registry) if registry.regional_endpoints == "Enabled" else [],
        "privateEndpointConnections": [render_private_endpoint(world, registry, name)
                                       for name in registry.private_endpoint_connections],
        "publicNetworkAccess": registry.public_network_access,
        "networkRuleBypassOptions": registry.network_rule_bypass_options,
        "autoGeneratedDomainNameLabelScope": registry.domain_name_label_scope, "zoneRedundancy": "Disabled"}
    if registry.role_assignment_mode:
        properties["roleAssignmentMode"] = registry.role_assignment_mode
    if registry.sku == "Premium":
        rules = registry.network_rule_set
        properties["networkRuleSet"] = {
            "defaultAction": rules.default_action,
            "ipRules": [{"action": "Allow", "value": address} for address in rules.ip_rules],
            "virtualNetworkRules": [{"action": "Allow", "virtualNetworkSubnetResourceId": subnet}
                                    for subnet in rules.virtual_network_rules]}
    if registry.provisioning_state == "Failed":
        properties["status"] = {"displayStatus": "Failed", "message": "The registry could not be provisioned.",
                                "timestamp": iso(world.now())}
    shown = {"id": world.registry_id(registry), "name": registry.name, "type": REGISTRY_TYPE,
             "location": registry.location, "tags": {}, "sku": {"name": registry.sku, "tier": registry.sku},
             "properties": properties}
    return shown | ({"identity": registry.identity} if registry.identity else {})


def render_private_endpoint(world, registry, name):
    """A private endpoint connection of a registry as ARM shows it."""
    connection = registry.private_endpoint_connections[name]
    return {"id": f"{world.registry_id(registry)}/privateEndpointConnections/{name}", "name": name,
            "type": f"{REGISTRY_TYPE}/privateEndpointConnections",
            "properties": {
                "privateEndpoint": {"id": f"{world.resource_group_id(registry.resource_group)}/providers/"
                                          f"Microsoft.Network/privateEndpoints/{name}"},
                "privateLinkServiceConnectionState": {"status": connection.status, "actionsRequired": "None"},
                "provisioningState": "Succeeded"}}


def iso(moment):
    """A moment as ARM writes it."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def moment(text):
    """A moment that ARM was given."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def _credentials(registry):
    _require_admin_user(registry)
    return {"username": registry.name, "passwords": [{"name": name, "value": value} for name, value in
                                                     zip(("password", "password2"), registry.passwords)]}


def _require_admin_user(registry):
    if not registry.admin_user_enabled:
        raise ArmError(400, "UnAuthorizedForCredentialOperations",
                       f"Cannot perform credential operations for {registry.name} as admin user is disabled. Kindly "
                       "enable admin user as per docs: https://aka.ms/acr/admin")
    while len(registry.passwords) < 2:
        registry.passwords.append(secrets.token_urlsafe(24))


def _apply(registry, properties):
    plain = {"adminUserEnabled": "admin_user_enabled", "anonymousPullEnabled": "anonymous_pull_enabled",
             "publicNetworkAccess": "public_network_access", "dataEndpointEnabled": "data_endpoint_enabled",
             "roleAssignmentMode": "role_assignment_mode", "regionalEndpoints": "regional_endpoints",
             "networkRuleBypassOptions": "network_rule_bypass_options"}
    for key, attribute in plain.items():
        if properties.get(key) is not None:
            setattr(registry, attribute, properties[key])
    registry.policies.update({k: v for k, v in (properties.get("policies") or {}).items() if v})
    rules = properties.get("networkRuleSet")
    if rules:
        registry.network_rule_set.default_action = rules.get("defaultAction",
                                                             registry.network_rule_set.default_action)
        if rules.get("ipRules") is not None:
            registry.network_rule_set.ip_rules = [rule["value"] for rule in rules["ipRules"]]
