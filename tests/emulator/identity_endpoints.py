# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Managed identities: the instance metadata service of a virtual machine, App Service's endpoint, and Cloud Shell's."""

from .entra import refusal_body, token_for
from .http import Response
from .sign_in import Refusal, check_resource
from .tokens import ACCESS_TOKEN_LIFETIME
from .world import same

APP_SERVICE = "Microsoft.Web/sites"
IDENTITY_HEADER = "853b9a84-5bfa-4b22-a3f3-0b9a43d9ad8a"


def answer(azure, request):
    """A plain HTTP request. The path tells the three endpoints apart."""
    path = request.path.rstrip("/")
    if path == "/metadata/identity/oauth2/token":
        return instance_metadata(azure, request)
    if path == "/msi/token":
        return app_service(azure, request)
    if path == "/oauth2/token" and request.method == "POST":
        return cloud_shell(azure, request)
    return _imds_error(404, "not_found", "The endpoint does not exist.")


def instance_metadata(azure, request):
    """IMDS: tokens for the identities of the machine that the world says we run on."""
    if request.headers.get("Metadata", "").lower() != "true":
        return _imds_error(400, "bad_request_102", "Required metadata header not specified")
    host = azure.world.hosts.get(azure.world.runs_on)
    # Assumption: the descriptions of IMDS, which it says may change.
    if not host:
        return _imds_error(400, "invalid_request", "Identity not found")
    identity, problem = _chosen(azure, request, host, ("client_id", "object_id", "msi_res_id", "mi_res_id"))
    if problem:
        return _imds_error(400, "invalid_request", problem)
    audience = request.parameter("resource")
    try:
        token = _issue(azure, identity, audience)
    except Refusal as refused:
        error = "invalid_resource" if refused.code in (500011, 50001) else refused.error
        return _imds_error(400, error, refusal_body(azure, refused)["error_description"])
    return Response.of_json({
        "access_token": token, "client_id": identity.app_id, "expires_in": str(ACCESS_TOKEN_LIFETIME),
        "expires_on": str(int(azure.world.now()) + ACCESS_TOKEN_LIFETIME), "ext_expires_in": "3600",
        "not_before": str(int(azure.world.now())), "resource": audience, "token_type": "Bearer"})


def app_service(azure, request):
    """App Service, Functions, Container Apps; api-version 2019-08-01."""
    if request.headers.get("X-IDENTITY-HEADER") != IDENTITY_HEADER:
        return Response.of_json({"statusCode": 401, "message": "Unauthorized"}, 401)
    host = azure.world.hosts.get(azure.world.runs_on)
    if not host or host.type != APP_SERVICE:
        host = next((h for h in azure.world.hosts.values() if h.type == APP_SERVICE), None)
    identity, problem = _chosen(azure, request, host, ("client_id", "object_id", "mi_res_id")) if host else (None, "x")
    if problem:
        return Response.of_json({"statusCode": 400, "message": "No User Assigned or Delegated Managed Identity found "
                                                               "for specified ClientId/ResourceId/PrincipalId."}, 400)
    audience = request.parameter("resource")
    try:
        token = _issue(azure, identity, audience)
    except Refusal as refused:
        return Response.of_json({"statusCode": 500, "message": str(refused)}, 500)
    return Response.of_json({
        "access_token": token, "client_id": identity.app_id, "resource": audience, "token_type": "Bearer",
        "expires_on": str(int(azure.world.now()) + ACCESS_TOKEN_LIFETIME)})


def cloud_shell(azure, request):
    """Cloud Shell's broker: a token of the user whose profile the world marks ``cloudShell``."""
    profile = next((p for p in azure.world.profiles.values() if p.cloud_shell), None)
    if not profile:
        return Response.of_json({"error": {"code": "invalid_request", "message": "No user is signed in."}}, 400)
    user = azure.world.users[profile.principal]
    audience = request.form().get("resource", [""])[0]
    if audience.rstrip("/") in azure.world.cloud_shell_lacks:    # as reported in Azure/CloudShell#484
        return Response.of_json({"error": {
            "code": "AudienceNotSupported",
            "message": f"Audience {audience} is not a supported MSI token audience."}}, 400)
    try:
        token = _issue(azure, user, audience)
    except Refusal as refused:
        return Response.of_json({"error": {"code": refused.error, "message": str(refused)}}, 400)
    return Response.of_json({"access_token": token, "refresh_token": "", "expires_in": str(ACCESS_TOKEN_LIFETIME),
                             "expires_on": str(int(azure.world.now()) + ACCESS_TOKEN_LIFETIME),
                             "not_before": str(int(azure.world.now())), "resource": audience, "token_type": "Bearer"})


def _chosen(azure, request, host, parameters):
    """(identity, problem): the one that the request names, else the system's, else the only one there is."""
    world = azure.world
    user_assigned = [world.managed_identities[name] for name in host.user_assigned]
    named = next((request.parameter(name) for name in parameters if request.parameter(name)), "")
    if named:
        for identity in user_assigned:
            resource_id = world.resource_id(identity, "Microsoft.ManagedIdentity/userAssignedIdentities")
            if not identity.deleted and any(same(named, one) for one in (identity.app_id, identity.object_id,
                                                                         resource_id)):
                return identity, ""
        return None, "Identity not found"
    if host.system_assigned and not world.managed_identities[host.system_assigned].deleted:
        return world.managed_identities[host.system_assigned], ""
    user_assigned = [identity for identity in user_assigned if not identity.deleted]
    if len(user_assigned) > 1:
        return None, ("Multiple user assigned identities exist, please specify the clientId / resourceId of the "
                      "identity in the token request")
    return (user_assigned[0], "") if user_assigned else (None, "Identity not found")


def _issue(azure, principal, audience):
    tenant = azure.world.tenants[principal.tenant]
    check_resource(azure, tenant, principal, audience)
    return token_for(azure, tenant, principal, audience)


def _imds_error(status, error, description):
    return Response.of_json({"error": error, "error_description": description}, status,
                            Server="IMDS/150.870.65.1854")
