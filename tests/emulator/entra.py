# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Entra: discovery, the token endpoint and the form of its answers; who may have a token is in ``sign_in.py``."""

import json
import re
import time
import uuid
from datetime import datetime, timezone
from urllib.parse import unquote

from .clouds import CLOUDS, GRAPH
from .entities import Application, User
from .http import Response
from .sign_in import (Refusal, authenticate_with_secret, base64url, check_assertion, check_resource, check_user,
                      find_application, find_tenant, home_of, user_at_the_prompt, user_with_password,
                      user_with_refresh_token)
from .tokens import ACCESS_TOKEN_LIFETIME, AZURE_CLI, entra_access_token

SHARED_TENANTS = ("organizations", "common", "consumers")
_OPENID_SCOPES = ("openid", "profile", "offline_access", "email")
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_CLIENT_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def answer(azure, request):
    """Any request to the sign-in host."""
    path = re.sub("//+", "/", unquote(request.path))      # MSAL's Cloud Shell asks for /common//v2.0/...
    try:
        if path == "/common/discovery/instance":
            return _instance_discovery(request)
        if match := re.fullmatch(r"/common/userrealm/(.+)", path, re.IGNORECASE):
            return _user_realm(azure, match[1])
        if match := re.fullmatch(r"/([^/]+)(/v2\.0)?/\.well-known/openid-configuration", path):
            return _openid_configuration(azure, request.host, match[1])
        if re.fullmatch(r"/[^/]+/discovery(/v2\.0)?/keys", path):
            return Response.of_json({"keys": [azure.keys.entra.jwk()]})
        if (match := re.fullmatch(r"/([^/]+)/oauth2/v2\.0/devicecode", path)) and request.method == "POST":
            return _device_code(request.host, match[1])
        if (match := re.fullmatch(r"/([^/]+)/oauth2(/v2\.0)?/token", path)) and request.method == "POST":
            return _token(azure, match[1], {name: values[0] for name, values in request.form().items()})
    except Refusal as refusal:
        return _refuse(azure, refusal)
    return Response.of_text("Not found", 404)


# ---- Discovery -----------------------------------------------------------------------------------------------------

def _instance_discovery(request):
    aliases = ["login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"]
    metadata = [{"preferred_network": aliases[0], "preferred_cache": "login.windows.net", "aliases": aliases}]
    metadata += [{"preferred_network": cloud.authority, "preferred_cache": cloud.authority,
                  "aliases": [cloud.authority]} for cloud in CLOUDS.values() if cloud.authority not in aliases]
    tenant = request.parameter("authorization_endpoint").split("/")[3:4]
    return Response.of_json({
        "tenant_discovery_endpoint":
            f"https://{request.host}/{tenant[0] if tenant else 'common'}/v2.0/.well-known/openid-configuration",
        "api-version": "1.1", "metadata": metadata})


def _user_realm(azure, name):
    domain = name.rpartition("@")[2]
    managed = azure.world.find_tenant(domain) is not None
    return Response.of_json({"ver": "1.0", "account_type": "Managed" if managed else "Unknown",
                             "domain_name": domain, "cloud_instance_name": "microsoftonline.com",
                             "cloud_audience_urn": "urn:federation:MicrosoftOnline"})


def _openid_configuration(azure, host, name):
    segment = name if name in SHARED_TENANTS else find_tenant(azure, name).id
    base = f"https://{host}/{segment}"
    issuer = "{tenantid}" if name in SHARED_TENANTS else segment
    return Response.of_json({
        "issuer": f"https://{host}/{issuer}/v2.0", "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
        "token_endpoint": f"{base}/oauth2/v2.0/token", "jwks_uri": f"{base}/discovery/v2.0/keys",
        "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt", "client_secret_basic"],
        "response_types_supported": ["code", "id_token", "token"], "tenant_region_scope": "EU"})


def _device_code(host, tenant):
    return Response.of_json({
        "user_code": "EMULATED9", "device_code": f"{tenant}.{uuid.uuid4()}", "expires_in": 900, "interval": 1,
        "verification_uri": f"https://{host}/device",
        "message": f"To sign in, use a web browser to open the page https://{host}/device and enter the code EMULATED9 "
                   "to authenticate."})


# ---- The token endpoint --------------------------------------------------------------------------------------------

def _token(azure, tenant_name, form):
    tenant = None if tenant_name in SHARED_TENANTS else find_tenant(azure, tenant_name)
    audience = _audience(form)
    grant, interactive = form.get("grant_type"), form.get("grant_type") == _DEVICE_CODE
    if grant == "client_credentials":
        return _for_application(azure, tenant, form, audience)
    if grant == "password":
        user = user_with_password(azure, tenant, form)
    elif grant == "refresh_token":
        user, interactive = user_with_refresh_token(azure, form.get("refresh_token", ""))
    elif interactive:
        user = user_at_the_prompt(azure)
    else:
        raise Refusal(70003, f"The app requested an unsupported grant type '{grant}'.", "unsupported_grant_type")
    return _for_user(azure, tenant or home_of(azure, user), user, form, audience, interactive)


def _for_application(azure, tenant, form, audience):
    if tenant is None:
        raise Refusal(9001023, "The grant type is not supported over the /common or /consumers endpoints. Please use "
                               "the /organizations or tenant-specific endpoint.", "invalid_request")
    app_id = form.get("client_id", "")
    if form.get("client_assertion_type") == _CLIENT_ASSERTION:
        application = find_application(azure, tenant, app_id)
        check_assertion(azure, application, form.get("client_assertion", ""))
    else:
        application = authenticate_with_secret(azure, tenant, app_id, form.get("client_secret", ""))
    check_resource(azure, tenant, application, audience)
    return Response.of_json({
        "token_type": "Bearer", "expires_in": ACCESS_TOKEN_LIFETIME, "ext_expires_in": ACCESS_TOKEN_LIFETIME,
        "access_token": token_for(azure, tenant, application, audience)})


def _for_user(azure, tenant, user, form, audience, interactive):
    object_id = azure.world.object_id_in(user, tenant)
    if not object_id:
        provider = user.idp or f"https://sts.windows.net/{home_of(azure, user).id}/"
        raise Refusal(50020, f"User account '{user.user_principal_name}' from identity provider '{provider}' does not "
                             f"exist in tenant '{tenant.display_name}' and cannot access the application "
                             f"'{AZURE_CLI}'(Microsoft Azure CLI) in that tenant. The account needs to be added as an "
                             "external user in the tenant first. Sign out and sign in again with a different Azure "
                             "Active Directory user account.")
    check_user(user, tenant)
    check_resource(azure, tenant, user, audience, second_factor=interactive)
    now, home = azure.world.now(), home_of(azure, user)
    client = form.get("client_id", AZURE_CLI)
    home_id = user.object_id
    identity = {
        "aud": client, "iss": f"https://login.microsoftonline.com/{tenant.id}/v2.0", "iat": int(now), "nbf": int(now),
        "exp": int(now) + ACCESS_TOKEN_LIFETIME, "name": user.display_name, "oid": object_id, "sub": object_id,
        "preferred_username": user.user_principal_name, "tid": tenant.id, "ver": "2.0"}
    # Refresh tokens carry the local time of their issue, so that the servers' clock may be moved between requests.
    refresh = azure.keys.refresh_token({"user": user.name, "issued": int(time.time()), "interactive": interactive})
    return Response.of_json({
        "token_type": "Bearer", "scope": f"{audience}/user_impersonation {audience}/.default",
        "expires_in": ACCESS_TOKEN_LIFETIME, "ext_expires_in": ACCESS_TOKEN_LIFETIME,
        "access_token": token_for(azure, tenant, user, audience, client), "refresh_token": refresh, "foci": "1",
        "id_token": azure.keys.entra.sign(identity),
        "client_info": base64url(json.dumps({"uid": home_id, "utid": home.id}))})


def token_for(azure, tenant, principal, audience, client=AZURE_CLI):
    """An access token for a principal that has proved who it is."""
    common = {"now": azure.world.now(), "tenant_id": tenant.id, "audience": audience,
              "object_id": azure.world.object_id_in(principal, tenant)}
    if isinstance(principal, User):
        guest = "" if principal.tenant == tenant.name else home_of(azure, principal).id
        return entra_access_token(azure.keys, app_id=client, user=principal, guest=guest, **common)
    resource_id = "" if isinstance(principal, Application) else managed_identity_id(azure.world, principal)
    return entra_access_token(azure.keys, app_id=principal.app_id, managed_identity_id=resource_id, **common)


def managed_identity_id(world, identity):
    """The ARM id that a managed identity's token names: its own, or that of the resource it is assigned by."""
    if identity.user_assigned:
        # In lower case as recorded of the identity itself.
        return world.resource_id(identity, "Microsoft.ManagedIdentity/userAssignedIdentities").replace(
            "/resourceGroups/", "/resourcegroups/")
    host = next((h for h in world.hosts.values() if h.system_assigned == identity.name), None)
    return world.resource_id(host, host.type) if host else ""


def _audience(form):
    """The audience that the scopes ask for: ``https://management.core.windows.net//.default`` keeps one slash."""
    if form.get("resource"):
        return form["resource"]
    scopes = [s for s in form.get("scope", "").split() if s not in _OPENID_SCOPES]
    if not scopes:
        return GRAPH
    return scopes[0].removesuffix("/.default").removesuffix("/user_impersonation")


# ---- Answers -------------------------------------------------------------------------------------------------------

def refusal_body(azure, refusal):
    """The JSON that a refusal becomes."""
    trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
    timestamp = datetime.fromtimestamp(azure.world.now(), timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
    body = {
        "error": refusal.error,
        "error_description": f"{refusal} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}",
        "error_codes": [refusal.code], "timestamp": timestamp, "trace_id": trace, "correlation_id": correlation,
        "error_uri": f"https://login.microsoftonline.com/error?code={refusal.code}"}
    return body | ({"suberror": refusal.suberror} if refusal.suberror else {})


def _refuse(azure, refusal):
    return Response.of_json(refusal_body(azure, refusal), 401 if refusal.error == "invalid_client" else 400)
