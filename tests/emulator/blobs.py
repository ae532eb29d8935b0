# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""Where layers come from: a dedicated data endpoint, or Azure's blob storage behind a signed address."""

import uuid
from urllib.parse import urlencode

from .http import Response

_BAD_AUTHENTICATION = (
    '\ufeff<?xml version="1.0" encoding="utf-8"?><Error><Code>InvalidAuthenticationInfo</Code><Message>Authentication '
    "information is not given in the correct format. Check the value of Authorization header.\nRequestId:{}\n"
    "</Message></Error>")


def redirect(azure, registry, reference):
    """The 307 that sends a client to a blob, by its digest."""
    hosts = azure.world.data_hosts(registry)
    query = urlencode({"se": "2099-01-01T00:00:00Z", "sp": "r", "sr": "b", "sv": "2018-03-28",
                       "sig": azure.keys.outside_issuer.key_id, "regid": registry.name})
    algorithm, _, value = reference.partition(":")
    host = hosts[0] if hosts else registry.blob_host
    return Response(307, b"", {
        "Location": f"https://{host}/{uuid.uuid5(uuid.NAMESPACE_DNS, registry.login_server).hex}//docker/registry/v2/"
                    f"blobs/{algorithm}/{value[:2]}/{value}/data?{query}",
        "Docker-Content-Digest": reference})


def answer(azure, request):
    """A request to a blob host or data endpoint. A client that forwards its Authorization header is refused."""
    from .registry import network_denial  # the registry's front end knows its network rules
    registry = azure.world.registry_by_host(request.host)
    denied = network_denial(azure, registry, request) if registry else None
    if denied:
        return denied
    if request.headers.get("Authorization"):
        return Response.of_text(_BAD_AUTHENTICATION.format(uuid.uuid4()), 400, "application/xml")
    parts = request.path.split("/")
    if request.parameter("sig") != azure.keys.outside_issuer.key_id or len(parts) < 3:
        # Assumption: a blob host that is asked for nothing in particular answers as storage does without a signature.
        return Response.of_text("<?xml version='1.0'?><Error><Code>ResourceNotFound</Code></Error>", 404,
                                "application/xml", Server="Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0")
    reference = f"{parts[-4]}:{parts[-2]}"
    content = azure.backend.blob(azure, request.parameter("regid"), reference) if azure.backend \
        else azure.images.blobs.get(reference)
    if content is None:
        return Response.of_text("<?xml version='1.0'?><Error><Code>BlobNotFound</Code></Error>", 404,
                                "application/xml")
    return Response(200, content, {"Content-Type": "application/octet-stream",
                                   "Server": "Windows-Azure-Blob/1.0 Microsoft-HTTPAPI/2.0"})
