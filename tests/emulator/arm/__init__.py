# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Azure Resource Manager: who calls, which route, whether it is allowed, and ARM's errors."""

import base64
from datetime import datetime, timezone
from urllib.parse import unquote

from tests.azure_facts import resource_type_of

from ..clouds import CLOUDS
from ..entities import User
from ..world import same
# The order is that of the routes: the one for any resource comes last.
from . import subscriptions, authorization, eligibility, registries, registry_parts, monitor, resources  # noqa: F401
from . import versions
from .routing import ROUTES, ArmError, Caller, Context, correlation


def answer(azure, request):
    """Any request to the management host."""
    try:
        response = _dispatch(azure, request)
    except ArmError as error:
        response = error.response()
    response.headers = correlation() | response.headers
    return response


def _dispatch(azure, request):
    path = unquote(request.path)
    # Assumption: the version is missed before the token is looked at, and compared with the type behind it.
    versions.check_presence(request)
    caller = authenticate(azure, request)
    known = False
    for method, pattern, handler, action in ROUTES:
        match = pattern.fullmatch(path)
        if not match:
            continue
        known = True
        if method != request.method:
            continue
        context = Context(azure, request, caller, match.groupdict())
        _check_subscription(context)
        _look_at_version(context, path)
        if action:
            context.demand(action, context.scope())
        response = _handled(context, handler)
        response.headers |= _own_headers(context, path)
        return response
    if known:
        raise ArmError(405, "HttpMethodNotSupported", f"The requested resource does not support http method "
                                                      f"'{request.method}'.")
    namespace = resource_type_of(path).partition("/")[0]
    raise ArmError(404, "InvalidResourceType", f"The resource type could not be found in the namespace '{namespace}' "
                                               f"for api version '{request.parameter('api-version')}'.")


def _handled(context, handler):
    if context.request.method == "GET":
        return handler(context)
    with context.azure.lock:
        try:
            return handler(context)
        finally:
            context.azure.authorization.forget()


def _look_at_version(context, path):
    kind, parts = resource_type_of(path), context.parts
    registry = next((r for r in context.world.registries.values() if same(r.name, parts.get("registry"))), None)
    # Assumption: resources of the world whose location is not looked up are in westeurope.
    located = "registry" in parts or ("name" in parts and "group" in parts)
    versions.check(context.world, path, context.version,
                   (registry.location if registry else "westeurope") if located else "")
    context.filtered = versions.filtered(context.world, kind, context.version)


def _own_headers(context, path):
    """What the answers of one provider, or to one method, bear besides, as recorded."""
    kind = resource_type_of(path)
    headers = {"x-ms-ratelimit-remaining-subscription-global-reads": "16499"} if context.request.method == "GET" \
        else {"x-ms-ratelimit-remaining-subscription-writes": "800"}
    if same(kind, versions.REGISTRIES):       # each version has a controller of its own
        headers["api-supported-versions"] = context.version
    elif kind.lower().startswith(versions.REGISTRIES.lower() + "/"):
        headers["api-supported-versions"] = ", ".join(versions.supported(context.world, kind))
    return headers


def authenticate(azure, request):
    """The caller that a request's token stands for.

    :raises ArmError: 401; no token, not one of ours, expired, or for another audience.
    """
    token = request.bearer()
    if not token:
        raise ArmError(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.",
                       WWW_Authenticate='Bearer authorization_uri="https://login.microsoftonline.com/common", '
                                        'error="invalid_token", error_description="The authentication failed because '
                                        'of missing \'Authorization\' header."')
    claims = azure.keys.entra.read(token)
    if not claims:
        raise _invalid("InvalidAuthenticationToken", "The access token is invalid.")
    now = azure.world.now()
    if claims["exp"] <= now:
        raise _invalid("ExpiredAuthenticationToken",
                       f"The access token expiry UTC time '{_text(claims['exp'])}' is earlier than current UTC time "
                       f"'{_text(now)}'.")
    if claims["nbf"] > now + 300:
        raise _invalid("InvalidAuthenticationToken", "The access token is not yet valid.")
    audiences = [cloud.arm_audience for cloud in CLOUDS.values()] + [
        f"https://{cloud.resource_manager}" for cloud in CLOUDS.values()]
    if claims["aud"].rstrip("/") not in [audience.rstrip("/") for audience in audiences]:
        raise _invalid("InvalidAuthenticationTokenAudience",
                       f"The access token has been obtained for wrong audience or resource '{claims['aud']}'. It "
                       "should exactly match with one of the allowed audiences "
                       "'https://management.core.windows.net/','https://management.azure.com/'.")
    tenant = azure.world.find_tenant(claims["tid"])
    if not tenant:
        # Assumption: tokens of a tenant that is gone are invalid.
        raise _invalid("InvalidAuthenticationToken", "The access token is invalid.")
    principal = azure.world.principal_by_object_id(claims["oid"])
    if isinstance(principal, User) and principal.resource_manager_wants:
        # Assumption: the words; the form is that of a challenge of Microsoft Graph, as reported.
        reason = "Continuous access evaluation resulted in challenge with result: InteractionRequired"
        wanted = base64.b64encode(principal.resource_manager_wants.encode()).decode()
        raise ArmError(401, "InvalidAuthenticationToken", reason,
                       WWW_Authenticate='Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/'
                                        f'oauth2/authorize", error_description="{reason}", '
                                        f'error="insufficient_claims", claims="{wanted}"')
    name = principal.user_principal_name if isinstance(principal, User) else claims["appid"]
    return Caller(claims["oid"], tenant, name)


def _check_subscription(context):
    subscription_id = context.parts.get("subscription")
    if not subscription_id:
        scope = context.parts.get("scope", "").strip("/").split("/")
        subscription_id = scope[1] if scope[0].lower() == "subscriptions" and len(scope) > 1 else ""
    if not subscription_id:
        return
    subscription = context.world.find_subscription(subscription_id)
    if not subscription:
        raise ArmError(404, "SubscriptionNotFound", f"The subscription '{subscription_id}' could not be found.")
    tenant = context.world.tenants[subscription.tenant]
    if tenant is not context.caller.tenant:
        own = context.caller.tenant.id
        raise _invalid("InvalidAuthenticationTokenTenant",
                       f"The access token is from the wrong issuer 'https://sts.windows.net/{own}/'. It must match the "
                       f"tenant 'https://sts.windows.net/{tenant.id}/' associated with this subscription. Please use "
                       f"the authority (URL) 'https://login.windows.net/{tenant.id}' to get the token. Note, if the "
                       "subscription is transferred to another tenant there is no impact to the services, but "
                       "information about new tenant could take time to propagate (up to an hour).")
    if subscription.state == "Disabled" and context.request.method in ("PUT", "PATCH", "DELETE"):
        raise ArmError(409, "ReadOnlyDisabledSubscription",
                       f"The subscription '{subscription.id}' is disabled and therefore marked as read only. You "
                       "cannot perform any write actions on this subscription until it is re-enabled.")


def _invalid(code, message):
    return ArmError(401, code, message,
                    WWW_Authenticate=f'Bearer authorization_uri="https://login.microsoftonline.com/", '
                                     f'error="invalid_token", error_description="{message}"')


def _text(moment):
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%m/%d/%Y %I:%M:%S %p")
