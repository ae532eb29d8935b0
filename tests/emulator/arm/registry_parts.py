# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""What belongs to a registry: tokens, scope maps, replications, private endpoints, and lists that are always empty."""

import secrets

from ..entities import Moment, TokenPassword
from ..world import same
from .registries import REGISTRY_TYPE, find_registry, render_private_endpoint
from .routing import REGISTRY, part_not_found, route
from .times import parsed, system_data, with_offset

SYSTEM_SCOPE_MAPS = {
    "_repositories_pull": ["repositories/*/content/read"],
    "_repositories_pull_metadata_read": ["repositories/*/content/read", "repositories/*/metadata/read"],
    "_repositories_push": ["repositories/*/content/read", "repositories/*/content/write"],
    "_repositories_push_metadata_write": [
        "repositories/*/content/read", "repositories/*/content/write", "repositories/*/metadata/read",
        "repositories/*/metadata/write"],
    "_repositories_admin": [
        "repositories/*/content/read", "repositories/*/content/write", "repositories/*/content/delete",
        "repositories/*/metadata/read", "repositories/*/metadata/write"],
}


def scope_map_actions(registry, name):
    """The actions of a scope map, one of the system's or the registry's own; None without such a map."""
    if name in SYSTEM_SCOPE_MAPS:
        return SYSTEM_SCOPE_MAPS[name]
    return registry.scope_maps[name].actions if name in registry.scope_maps else None


@route("PATCH", REGISTRY + "/tokens/{name}", f"{REGISTRY_TYPE}/tokens/write")
def token_update(context):
    """Status, scope map and removal of passwords."""
    registry = find_registry(context)
    name = _find(context, registry.tokens)
    token, properties = registry.tokens[name], context.body().get("properties", {})
    token.status = properties.get("status") or token.status
    if properties.get("scopeMapId"):
        token.scope_map = properties["scopeMapId"].rsplit("/", 1)[-1]
    if properties.get("credentials"):
        kept = {p["name"] for p in properties["credentials"].get("passwords") or []}
        token.passwords = {key: value for key, value in token.passwords.items() if key in kept}
    return context.reply(_token(context.world, registry, name))


@route("POST", REGISTRY + "/generateCredentials", f"{REGISTRY_TYPE}/generateCredentials/action")
def generate_credentials(context):
    """New passwords of a token; the only answer that shows them."""
    registry, body = find_registry(context), context.request.json()
    context.parts["name"] = body.get("tokenId", "").rsplit("/", 1)[-1]
    name = _find(context, registry.tokens)
    token, made = registry.tokens[name], []
    expires = parsed(body["expiry"]) if body.get("expiry") else None
    for key in [body["name"]] if body.get("name") else ["password1", "password2"]:
        token.passwords[key] = TokenPassword(secrets.token_urlsafe(32), Moment(context.world.now()), expires)
        made.append({**_password(key, token.passwords[key]), "value": token.passwords[key].value})
    return context.reply({"username": name, "passwords": made})


@route("PATCH", REGISTRY + "/scopeMaps/{name}", f"{REGISTRY_TYPE}/scopeMaps/write")
def scope_map_update(context):
    registry = find_registry(context)
    name = _find(context, registry.scope_maps)
    properties = context.body().get("properties", {})
    if properties.get("actions") is not None:
        registry.scope_maps[name].actions = properties["actions"]
    return context.reply(_scope_map(context.world, registry, name))


@route("PATCH", REGISTRY + "/replications/{name}", f"{REGISTRY_TYPE}/replications/write")
def replication_update(context):
    registry = find_registry(context)
    name = _find(context, registry.replications)
    properties = context.body().get("properties", {})
    if properties.get("regionEndpointEnabled") is not None:
        registry.replications[name].region_endpoint_enabled = properties["regionEndpointEnabled"]
    return context.reply(_replication(context.world, registry, name))


@route("GET", REGISTRY + "/privateEndpointConnections", f"{REGISTRY_TYPE}/privateEndpointConnections/read")
def private_endpoint_connections(context):
    registry = find_registry(context)
    return context.listing([render_private_endpoint(context.world, registry, name)
                            for name in registry.private_endpoint_connections])


@route("GET", REGISTRY + "/privateLinkResources", f"{REGISTRY_TYPE}/privateLinkResources/read")
def private_link_resources(context):
    registry = find_registry(context)
    members = ["registry", *(f"registry_data_{region}" for region in context.world.regions_of(registry))]
    return context.listing([{
        "id": f"{context.world.registry_id(registry)}/privateLinkResources/registry", "name": "registry",
        "type": f"{REGISTRY_TYPE}/privateLinkResources",
        "properties": {"groupId": "registry", "requiredMembers": members,
                       "requiredZoneNames": ["privatelink.azurecr.io"]}}])


def _find(context, items):
    name = next((key for key in items if same(key, context.parts["name"])), None)
    if not name:
        raise part_not_found(context.parts["name"])
    return name


def _replication(world, registry, name):
    one = registry.replications[name]
    return {"id": f"{world.registry_id(registry)}/replications/{name}", "name": name,
            "type": f"{REGISTRY_TYPE}/replications", "location": one.location or name, "tags": {},
            "properties": {"provisioningState": one.provisioning_state, "zoneRedundancy": "Disabled",
                           "regionEndpointEnabled": one.region_endpoint_enabled,
                           "status": {"displayStatus": one.display_status}}}


def _cache_rule(world, registry, name):
    rule, base, made = registry.cache_rules[name], world.registry_id(registry), world.now() - 30 * 86400
    properties = {"sourceRepository": rule.source, "targetRepository": rule.target, "creationDate": with_offset(made),
                  "provisioningState": "Succeeded"}
    if rule.credential_set:
        properties["credentialSetResourceId"] = f"{base}/credentialSets/{rule.credential_set}"
    shown = {"type": f"{REGISTRY_TYPE}/cacheRules", "id": f"{base}/cacheRules/{name}", "name": name,
             "systemData": system_data(made), "properties": properties}
    return shown | ({"identity": rule.identity} if rule.identity else {})


def _credential_set(world, registry, name):
    """The properties' names are those of azure-mgmt-containerregistry's models."""
    one, base, made = registry.credential_sets[name], world.registry_id(registry), world.now() - 30 * 86400
    health = {"status": one.health} | ({"errorCode": one.error_code} if one.error_code else {}) | (
        {"errorMessage": one.error_message} if one.error_message else {})
    secret = "https://contoso.vault.azure.net/secrets/source-"
    return {"id": f"{base}/credentialSets/{name}", "name": name, "type": f"{REGISTRY_TYPE}/credentialSets",
            "identity": {"type": "SystemAssigned", "principalId": "bbbbbbbb-0000-4000-8000-0000000000ca"},
            "systemData": system_data(made),
            "properties": {"loginServer": one.login_server, "creationDate": with_offset(made),
                           "provisioningState": "Succeeded", "authCredentials": [{
                               "name": "Credential1", "usernameSecretIdentifier": secret + "user",
                               "passwordSecretIdentifier": secret + "password", "credentialHealth": health}]}}


def _token(world, registry, name):
    token, base = registry.tokens[name], world.registry_id(registry)
    made = token.created_on or world.now() - 30 * 86400
    return {"type": f"{REGISTRY_TYPE}/tokens", "id": f"{base}/tokens/{name}", "name": name,
            "systemData": system_data(made),
            "properties": {
                "creationDate": with_offset(made), "provisioningState": "Succeeded", "status": token.status,
                "scopeMapId": f"{base}/scopeMaps/{token.scope_map}",
                "credentials": {"passwords": [_password(key, value) for key, value in token.passwords.items()]}}}


def _password(name, password):
    shown = {"name": name, "creationTime": with_offset(password.created_on)}
    return shown | ({"expiry": with_offset(password.expires_on)} if password.expires_on else {})


def _scope_map(world, registry, name):
    system, made = name in SYSTEM_SCOPE_MAPS, world.now() - 30 * 86400
    description = "" if system else registry.scope_maps[name].description
    return {"type": f"{REGISTRY_TYPE}/scopeMaps", "id": f"{world.registry_id(registry)}/scopeMaps/{name}", "name": name,
            "systemData": system_data(made),
            "properties": {**({"description": description} if description else {}),
                           "type": "SystemDefined" if system else registry.scope_maps[name].type,
                           "creationDate": with_offset(made), "provisioningState": "Succeeded",
                           "actions": scope_map_actions(registry, name)}}


def _task(world, registry, name):
    task, made = registry.tasks[name], world.now() - 30 * 86400
    # Assumption: what a task shows; the specification lists its members, and no recording has one.
    properties = {"provisioningState": "Succeeded", "creationDate": with_offset(made), "status": "Enabled",
                  "timeout": 3600, "platform": {"os": "linux", "architecture": "amd64"},
                  "agentConfiguration": {"cpu": 2}, **task.properties}
    shown = {"type": f"{REGISTRY_TYPE}/tasks", "id": f"{world.registry_id(registry)}/tasks/{name}", "name": name,
             "location": registry.location, "tags": {}, "systemData": system_data(made), "properties": properties}
    return shown | ({"identity": task.identity} if task.identity else {})


def _readable(kind, names, record):
    """Register listing and single reading of one kind of parts; `names` gives those of a registry."""
    @route("GET", f"{REGISTRY}/{kind}", f"{REGISTRY_TYPE}/{kind}/read")
    def all_of_them(context):
        registry = find_registry(context)
        return context.listing([record(context.world, registry, name) for name in names(registry)])

    @route("GET", f"{REGISTRY}/{kind}/{{name}}", f"{REGISTRY_TYPE}/{kind}/read")
    def one_of_them(context):
        registry = find_registry(context)
        return context.reply(record(context.world, registry, _find(context, names(registry))))


_readable("replications", lambda registry: registry.replications, _replication)
_readable("tokens", lambda registry: registry.tokens, _token)
_readable("scopeMaps", lambda registry: [*SYSTEM_SCOPE_MAPS, *registry.scope_maps], _scope_map)
_readable("cacheRules", lambda registry: registry.cache_rules, _cache_rule)
_readable("credentialSets", lambda registry: registry.credential_sets, _credential_set)
_readable("tasks", lambda registry: registry.tasks, _task)
for _kind in ("webhooks", "connectedRegistries", "agentPools"):
    _readable(_kind, lambda registry: (), None)      # kinds of parts that no world has
