# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Routes of Resource Manager, its error bodies, and the caller that a token stands for."""

import re
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Callable
from urllib.parse import urlencode

from ..http import Response

ROUTES = []
REGISTRY = ("/subscriptions/{subscription}/resourceGroups/{group}"
            "/providers/Microsoft.ContainerRegistry/registries/{registry}")


class ArmError(Exception):
    """Becomes an error response of Resource Manager."""

    def __init__(self, status, code, message, beside=None, **headers):
        """:param beside: members that stand beside ``error``."""
        super().__init__(message)
        self.status, self.code, self.headers, self.beside = status, code, headers, beside or {}

    def response(self):
        body = {"error": {"code": self.code, "message": str(self)}, **self.beside}
        return Response.of_json(body, self.status, **self.headers)


@dataclass(frozen=True)
class Caller:
    """Whose token came with a request."""
    object_id: str
    tenant: object
    name: str


@dataclass
class Context:
    """What a handler works with: the services, the request, the caller and the parts of the path."""
    azure: object
    request: object
    caller: Caller
    parts: dict[str, str]

    filtered: Callable = staticmethod(lambda item: item)      # takes away what the api-version does not have

    @property
    def world(self):
        return self.azure.world

    @property
    def version(self):
        return self.request.parameter("api-version")

    def scope(self):
        """The ARM id that the path is about: without the list, part or action at its end."""
        parts = self.parts
        if "scope" in parts:
            return parts["scope"] or "/"
        if "registry" in parts:
            return REGISTRY.format(**parts)
        if "name" in parts:
            return self.request.path
        return f"/subscriptions/{parts['subscription']}" + (
            f"/resourceGroups/{parts['group']}" if "group" in parts else "")

    def may(self, action, scope):
        return self.azure.authorization.permits(self.caller.object_id, scope, action)

    def demand(self, action, scope):
        """:raises ArmError: 403, in ARM's words, when the caller may not do this there."""
        decision = self.azure.authorization.decide(self.caller.object_id, scope, action)
        if decision.allowed:
            return
        who = f"The client '{self.caller.name}' with object id '{self.caller.object_id}'"
        if decision.denied_by:
            # Assumption: wording and code of ARM's refusal by a deny assignment.
            raise ArmError(403, "DenyAssignmentAuthorizationFailed",
                           f"{who} has permission to perform action '{action}' on scope '{scope}'; however, the access "
                           f"is denied because of the deny assignment with name '{decision.denied_by}'.")
        raise ArmError(403, "AuthorizationFailed",
                       f"{who} does not have authorization to perform action '{action}' over scope '{scope}' or the "
                       "scope is invalid. If access was recently granted, please refresh your credentials.")

    def listing(self, items, show=None):
        """A list response, in pages when the world wants it.

        :param show: makes of an item what is listed; left out when the items are that already.
        """
        size = self.world.page_size
        token = self.request.parameter("$skipToken")
        start = int(urlsafe_b64decode(token)) if token else 0
        page = items[start:start + size] if size else items
        body = {"value": [self.filtered(show(item) if show else item) for item in page]}
        if size and start + size < len(items):
            query = {name: values[0] for name, values in self.request.query.items() if name.lower() != "$skiptoken"}
            query["$skiptoken"] = urlsafe_b64encode(str(start + size).encode()).decode()
            # Recorded of links of other kinds: some providers name the port.
            port = ":443" if self.world.cloud.next_link_port else ""
            body["nextLink"] = f"https://{self.request.host}{port}{self.request.path}?{urlencode(query)}"
        return Response.of_json(body)

    def reply(self, value, status=200, **headers):
        """One resource, with the members that the api-version has."""
        return Response.of_json(self.filtered(value), status, **headers)

    def body(self):
        """The JSON that was sent."""
        # Assumption: members that the api-version does not have are ignored in what is sent, too.
        return self.filtered(self.request.json())


def route(method, template, action=None):
    """Register a handler of Context for a path template. ``{name}`` is one segment, ``{name*}`` any number.

    :param action: what the caller must be allowed to do at ``Context.scope()``.
    """
    pattern = re.sub(r"\\\{(\w+)\\\*\\\}", r"(?P<\1>.*)", re.escape(template))
    pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)

    def register(handler):
        ROUTES.append((method, re.compile(pattern + "/?", re.IGNORECASE), handler, action))
        return handler
    return register


def resource_not_found(resource_type, name, group):
    return ArmError(404, "ResourceNotFound",
                    f"The Resource '{resource_type}/{name}' under resource group '{group}' was not found. For more "
                    "details please go to https://aka.ms/ARMResourceNotFoundFix", x_ms_failure_cause="gateway")


def part_not_found(name):
    """What the registries' provider says of a part of a registry: other words than Resource Manager's, as recorded."""
    return ArmError(404, "ResourceNotFound", f"The resource {name} could not be found.", {"status": "Failed"})


def correlation():
    """The headers that every answer of Resource Manager bears."""
    value = str(uuid.uuid4())
    return {"x-ms-correlation-request-id": value, "x-ms-request-id": value,
            "x-ms-routing-request-id": f"WESTEUROPE:20200101T000000Z:{value}",
            "Strict-Transport-Security": "max-age=31536000; includeSubDomains", "X-Cache": "CONFIG_NOCACHE",
            "X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache", "Pragma": "no-cache", "Expires": "-1"}
