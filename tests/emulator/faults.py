# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Faults that a whole service or host has, whatever is asked of it: throttling, outages, a captive portal."""

from .certificates import host_fits
from .http import Response

_HTML = ("<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n<center><h1>{status} {reason}</h1>"
         "</center>\r\n<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n")
_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Temporarily Unavailable",
            504: "Gateway Time-out"}


def fault(world, service, request):
    """The response of whatever stands in the way of a request, or None."""
    portal = world.front_door.captive_portal
    if portal and any(host_fits(request.host, host) for host in portal.hosts):
        return captive_portal(portal)
    for outage in world.outages:
        if _concerns(outage, service, request) and outage.times != 0 and outage.path in ("", request.path):
            outage.times = outage.times and outage.times - 1
            return out_of_order(outage, service)
    for throttling in world.throttling:
        if _concerns(throttling, service, request):
            return throttled(throttling, service)
    return None


def captive_portal(portal):
    page = "<html><head><title>Contoso Guest Network</title></head><body>Please sign in to go online.</body></html>"
    if portal.redirect_to:
        return Response.of_text(page, 302, Location=portal.redirect_to, Server="gateway")
    return Response.of_text(page, portal.status, Server="gateway")


def out_of_order(outage, service):
    reason = _REASONS.get(outage.status, "Error")
    if outage.body == "html":
        return Response.of_text(_HTML.format(status=outage.status, reason=reason), outage.status, Server="openresty")
    if outage.body == "json":
        return Response.of_json(error_body(service, outage.status, reason.replace(" ", ""), reason), outage.status)
    return Response.of_text(outage.body, outage.status, "text/plain")


def throttled(throttling, service):
    message = {
        "registry": "Too many requests. Please visit https://aka.ms/acr/skus#sku-feature-matrix to view limits of "
                    "all service tiers.",
        "arm": "The request is being throttled as the limit has been reached for operation type - Read. For more "
               "information, see - https://aka.ms/srpthrottlinglimits",
    }.get(service, "Too many requests.")
    # Assumption: the wait is told by Retry-After for registries too.
    headers = {} if throttling.retry_after is None else {"Retry_After": throttling.retry_after}
    return Response.of_json(error_body(service, 429, "TooManyRequests", message), 429, **headers)


def error_body(service, status, code, message):
    """The error body in the style of a service."""
    if service == "registry":
        return {"errors": [{"code": "TOOMANYREQUESTS" if status == 429 else code.upper(), "message": message}]}
    if service == "entra":
        return {"error": "temporarily_unavailable", "error_description": message, "error_codes": [90033]}
    return {"error": {"code": code, "message": message}}


def _concerns(entry, service, request):
    return ((not entry.service or entry.service == service)
            and (not entry.host or host_fits(request.host, entry.host))
            and request.path.lower().startswith(entry.path_prefix.lower()))
