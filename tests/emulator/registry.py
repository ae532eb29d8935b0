# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The front end of every registry: network rules, challenge, token endpoints, and the way to images."""

import uuid
from ipaddress import ip_address, ip_network

from . import cached, hidden_images, images, repository_api
from .arm.registry_parts import scope_map_actions
from .authorization import LEGACY_ACTIONS
from .certificates import host_fits
from .clouds import CLOUDS
from .conditions import action_matches
from .credentials import ADMIN_ACTIONS, Identity, Rejected, sign_in
from .http import Response
from .tokens import ANONYMOUS, registry_access_token, registry_refresh_token
from .world import same

ARM_AUDIENCES = {audience.rstrip("/") for cloud in CLOUDS.values()
                 for audience in (cloud.arm_audience, f"https://{cloud.resource_manager}")}
REGISTRY_AUDIENCE = "https://containerregistry.azure.net"
_SCOPE_MAP_VERBS = {"pull": "content/read", "push": "content/write", "delete": "content/delete",
                    "metadata_read": "metadata/read", "metadata_write": "metadata/write"}
_PERMISSIONS = {"pull": "read", "push": "write", "delete": "delete"}
_UNAUTHORIZED = "authentication required, visit https://aka.ms/acr/authorization for more information."


def answer(azure, request):
    """Any request to a login server or regional endpoint."""
    registry = azure.world.registry_by_host(request.host)
    response = _front_end(azure, registry, request)
    issued = response.status == 200 and request.path.lower().startswith("/oauth2/")
    response.headers = _headers(issued) | response.headers
    return response


def answer_public(azure, request):
    """mcr.microsoft.com: a registry that asks nobody who he is."""
    if request.path.rstrip("/") == "/v2":
        return Response(200, b"{}", _headers() | {"Content-Type": "application/json; charset=utf-8"})
    return images.answer(azure, images.PUBLIC, request)


def refusal(status, code, message, detail="", headers=None):
    """An error in the form of the distribution API; ``detail`` may be null."""
    error = {"code": code, "message": message} | ({"detail": detail} if detail != "" else {})
    response = Response.of_json({"errors": [error]}, status)
    response.headers |= headers or {}
    return response


def network_denial(azure, registry, request):
    """The 403 for an address that the registry's rules do not let in, or None."""
    world = azure.world
    private = {address for connection in registry.private_endpoint_connections.values()
               if connection.status == "Approved" for address in connection.addresses.values()}
    if request.local_address in private or (world.private_path and private):
        return None
    address = world.client_address or request.client_address
    if registry.public_network_access == "Enabled":
        rules = registry.network_rule_set
        if registry.sku != "Premium" or rules.default_action == "Allow":
            return None
        if any(ip_address(address) in ip_network(rule, strict=False) for rule in rules.ip_rules):
            return None
    return refusal(403, "DENIED", f"client with IP '{address}' is not allowed access. Refer "
                                  "https://aka.ms/acr/firewall to grant access.")


def _front_end(azure, registry, request):
    path = request.path.rstrip("/").lower()
    about_tokens = path in ("/oauth2/exchange", "/oauth2/token")
    if registry.network_rules_enforced == "beforeChallenge" or about_tokens or request.headers.get("Authorization"):
        denied = network_denial(azure, registry, request)
        if denied:
            return denied
    # Assumption: a registry that could not be provisioned, or whose subscription is disabled, still challenges; it
    # answers 503 where its own data is needed.
    if about_tokens and not _in_service(azure.world, registry):
        return refusal(503, "UNAVAILABLE", "The registry is not available.")
    if path == "/oauth2/exchange" and request.method == "POST":
        return exchange(azure, registry, request)
    if path == "/oauth2/token":
        return token(azure, registry, request)
    if path == "/v2" or path.startswith(("/v2/", "/acr/v1/")):
        return _distribution(azure, registry, request)
    return refusal(404, "NOT_FOUND", "404 page not found")


def _in_service(world, registry):
    return registry.provisioning_state not in ("Failed", "Creating") and \
        world.subscription_of(registry).state not in ("Disabled", "Deleted")


# ---- /oauth2/exchange ----------------------------------------------------------------------------------------------

def exchange(azure, registry, request):
    """An Entra access token for a refresh token of the registry."""
    form = {name: values[0] for name, values in request.form().items()}
    if form.get("grant_type") not in ("access_token", "access_token_refresh_token"):
        return refusal(400, "UNSUPPORTED", f"grant_type {form.get('grant_type', '')} is not supported")
    if not same(form.get("service"), registry.login_server) and not same(form.get("service"), request.host):
        return _unauthorized("service does not match the registry")
    claims = azure.keys.entra.read(form.get("access_token", ""))
    problem = _entra_token_problem(azure, registry, claims)
    if problem:
        return _unauthorized(problem)
    identity = Identity(claims["oid"], claims.get("upn") or claims.get("unique_name") or claims["oid"])
    return _refresh_token(azure, registry, identity, claims)


def _entra_token_problem(azure, registry, claims):
    """Why the registry does not take an Entra token, an empty string when it does."""
    # Assumption: every wording of these refusals; none was recorded.
    now = azure.world.now()
    if not claims or claims["exp"] <= now or claims["nbf"] > now + 300:
        return "token validation failed"
    audience = claims["aud"].rstrip("/")
    policy = registry.policies.get("azureADAuthenticationAsArmPolicy", {}).get("status", "enabled")
    if audience != REGISTRY_AUDIENCE and (audience not in ARM_AUDIENCES or policy == "disabled"):
        return "token validation failed"
    if claims["tid"] != azure.world.tenant_of(registry).id:
        return _UNAUTHORIZED
    return ""


def _refresh_token(azure, registry, identity, claims):
    actions = azure.authorization.registry_actions(identity.object_id, registry)
    if not azure.authorization.may_sign_in(identity.object_id, registry):
        return _unauthorized(_UNAUTHORIZED)
    permissions = [_PERMISSIONS[action] for action in _PERMISSIONS if action in actions]
    return Response.of_json({"refresh_token": registry_refresh_token(
        azure.keys, now=azure.world.now(), login_server=registry.login_server, tenant_id=claims["tid"],
        subject=identity.subject, app_id=claims["appid"], actions=permissions)},
        x_ms_ratelimit_remaining_calls_per_second="166.083333")


# ---- /oauth2/token -------------------------------------------------------------------------------------------------

def token(azure, registry, request):
    """An access token, for whatever proves an identity: refresh token, password grant, Basic, or nothing at all."""
    fields = request.form() if request.method == "POST" else request.query
    scopes = [scope for value in fields.get("scope", []) for scope in value.split()]
    value = {name: values[0] for name, values in fields.items()}
    try:
        if request.method == "POST" and value.get("grant_type") == "refresh_token":
            identity = sign_in(azure, registry, None, value.get("refresh_token", ""))
        elif request.method == "POST" and value.get("grant_type") != "password":
            return refusal(400, "UNSUPPORTED", f"grant_type {value.get('grant_type', '')} is not supported")
        elif request.method == "POST" and value.get("username"):
            identity = sign_in(azure, registry, value["username"], value.get("password", ""))
        elif request.basic():
            identity = sign_in(azure, registry, *request.basic())
        elif _is_public(registry):
            identity = Identity(None, ANONYMOUS, anonymous=True)
        else:
            return _unauthorized(_UNAUTHORIZED)
    except Rejected as rejected:
        return _unauthorized(str(rejected))
    access = [entry for entry in (_granted(azure, registry, identity, scope) for scope in scopes) if entry]
    issued = registry_access_token(azure.keys, now=azure.world.now(), login_server=registry.login_server,
                                   subject=identity.subject, access=access)
    return Response.of_json({"access_token": issued}, x_ms_ratelimit_remaining_calls_per_second="166.083333")


def _is_public(registry):
    """Anonymous pull needs the Standard or Premium tier."""
    return registry.anonymous_pull_enabled and registry.sku in ("Standard", "Premium")


def _granted(azure, registry, identity, scope):
    """(type, name, actions) of what a scope asks for and the identity has; None when the scope cannot be read."""
    kind, _, rest = scope.partition(":")
    name, _, wanted = rest.rpartition(":")
    if not name:
        return None
    if identity.anonymous and kind != "registry":
        return "repository", "*", ["pull"]      # whatever is asked, as recorded
    wanted = wanted.split(",")
    if kind == "registry":
        lists = name == "catalog" and "catalog" in allowed_actions(azure, registry, identity, None)
        allowed = {"*"} if lists else set()
    elif kind in ("repository", "artifact-repository"):
        allowed = allowed_actions(azure, registry, identity, name) - {"catalog"}
        if "*" in wanted:
            wanted = sorted(allowed)
    else:
        return None
    actions = [action for action in wanted if action in allowed]
    # Assumption: a scope of which nothing is granted stays in the token, without actions.
    return kind, name, actions


def allowed_actions(azure, registry, identity, repository):
    """Everything that an identity may do in a repository (None: in the registry as such)."""
    if identity.admin:
        return ADMIN_ACTIONS
    if identity.scope_map is not None:
        granted = scope_map_actions(registry, identity.scope_map) or []
        return {action for action, verb in _SCOPE_MAP_VERBS.items() if repository and any(
            action_matches(entry, f"repositories/{repository}/{verb}") for entry in granted)}
    if identity.anonymous:
        return {"pull", "metadata_read", "catalog"}
    actions = azure.authorization.registry_actions(identity.object_id, registry, repository or "")
    if _is_public(registry) and repository:
        actions = actions | {"pull", "metadata_read"}
    return actions & set(LEGACY_ACTIONS)


# ---- /v2/ ----------------------------------------------------------------------------------------------------------

def _distribution(azure, registry, request):
    needed = _api(request).needed_scope(request)
    claims = _access_claims(azure, registry, request)
    if claims is None:
        return _challenge(azure, registry, request, needed)
    if not needed:
        return Response.of_json({})
    if not _covered(claims, needed):
        if claims["sub"] in registry.tokens:
            return refusal(403, "DENIED", "requested access to the resource is denied", _detail(needed))
        return _challenge(azure, registry, request, needed)
    if not _in_service(azure.world, registry):
        return refusal(503, "UNAVAILABLE", "The registry is not available.")
    return (hidden_images.answer(azure, registry, request) or repository_api.disallowed(azure, registry, request) or
            cached.answer(azure, registry, request) or
            _api(request).answer(azure, registry, request))


def _api(request):
    return repository_api if request.path.startswith("/acr/v1/") else images


def _access_claims(azure, registry, request):
    """The ``access`` that a request's credentials carry, None when they do not hold."""
    if request.bearer():
        claims = azure.keys.registry.read(request.bearer())
        now = azure.world.now()
        if not claims or claims.get("grant_type") != "access_token" or not claims["nbf"] <= now + 300 or \
                claims["exp"] <= now or not same(claims["aud"], registry.login_server):
            return None
        return claims
    basic = request.basic()
    if not basic:
        return None
    try:
        identity = sign_in(azure, registry, *basic)
    except Rejected:
        return None
    needed = _api(request).needed_scope(request)
    scope = f"{needed[0]}:{needed[1]}:{needed[2]}" if needed else ""
    return {"sub": identity.subject, "access": [dict(zip(("type", "name", "actions"),
                                                         _granted(azure, registry, identity, scope)))] if scope else []}


def _covered(claims, needed):
    kind, name, action = needed
    for entry in ({key.lower(): value for key, value in entry.items()} for entry in claims["access"]):
        if entry["type"] == kind and entry["name"] in (name, "*"):
            # Tools list tags with a token for pull.
            if set(action.split(",")) <= set(entry["actions"]) or (
                    action == "metadata_read" and "pull" in entry["actions"]):
                return True
    return False


def _challenge(azure, registry, request, needed):
    host = request.host
    parameters = f'realm="https://{host}/oauth2/token",service="{host}"'
    if needed:
        kind, name, action = needed
        parameters += f',scope="{kind}:{name}:{action}"'
        if request.headers.get("Authorization"):
            parameters += ',error="insufficient_scope"' if request.bearer() else ',error="invalid_token"'
    headers = {"Www-Authenticate": f"Bearer {parameters}"}
    front_door = azure.world.front_door
    if any(host_fits(host, pattern) for pattern in front_door.hosts):
        if front_door.challenge == "basic":
            headers = {"Www-Authenticate": f'Basic realm="{host}"'}
        elif front_door.challenge == "none":
            headers = {}
    message = _UNAUTHORIZED
    basic = request.basic()
    if basic:
        try:
            sign_in(azure, registry, *basic)
        except Rejected as rejected:
            message = str(rejected)
    response = refusal(401, "UNAUTHORIZED", message, _detail(needed), headers)
    response.body += b"\n"
    return response


def _detail(needed):
    """The ``detail`` of an error: capitalised names, as recorded."""
    return [dict(zip(("Type", "Name", "Action"), needed))] if needed else None


def _unauthorized(message):
    return refusal(401, "UNAUTHORIZED", message)


def _headers(issued=False):
    """What an answer of a registry carries; those that issue a token carry less. As recorded."""
    common = {"Server": "openresty", "X-Ms-Correlation-Request-Id": str(uuid.uuid4()),
              "Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
    if issued:
        return common
    return common | {"Docker-Distribution-Api-Version": "registry/2.0", "X-Content-Type-Options": "nosniff",
                     "Access-Control-Expose-Headers": ["Docker-Content-Digest", "WWW-Authenticate", "Link",
                                                       "X-Ms-Correlation-Request-Id"]}
