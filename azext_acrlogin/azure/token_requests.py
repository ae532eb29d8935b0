# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Bounds and counts what MSAL and the managed identity client send while the CLI asks for a token.

They send through `requests` without a limit of time or size, and follow redirects with what they sent. An application
of MSAL takes an HTTP client, but the CLI makes its applications itself (`azure.cli.core.auth.identity`) and has no
option for one. All passes through `requests.adapters.HTTPAdapter.send`, which is replaced for the thread that asks.
"""

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator, List, Optional
from urllib.parse import urljoin, urlsplit

from azext_acrlogin.base.replaced import Method, replaced
from azext_acrlogin.net.http import BODY_BYTES, read_bounded
from azext_acrlogin.net.redaction import secrets_of, without
from azext_acrlogin.net.traffic import Traffic
from azext_acrlogin.protocol.json_text import parse_json

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter


@contextmanager
def bounded_requests(traffic: Traffic, timeout_seconds: float) -> Iterator[List[int]]:
    """While inside, bound the requests that this thread makes through `requests`, and record them into `traffic`.

    They get `timeout_seconds` where they have no time limit, and so long for reading an answer to its end; an answer
    of unusual size is an error, a redirect to another host is not followed, and a Retry-After is not waited for.
    What is handed out takes the statuses of the answers, which MSAL keeps to itself.
    """
    from requests.adapters import HTTPAdapter as Adapter
    statuses: List[int] = []

    def bounding(original: Method) -> Method:
        def send(self: "HTTPAdapter", request: "PreparedRequest", **options: Any) -> "Response":
            if options.get("timeout") is None:
                options["timeout"] = timeout_seconds
            retries = self.max_retries
            self.max_retries = retries.new(respect_retry_after_header=False)  # it may say an hour
            try:
                response = traffic.seen(request.url, lambda: original(self, request, **options))
            finally:
                self.max_retries = retries
            statuses.append(response.status_code)
            traffic.secrets.add(*secrets_of(response.request))
            _read_whole(response, traffic, timeout_seconds)
            _stay_at(urlsplit(request.url or "").hostname, response)
            return response
        return send

    with replaced(Adapter, "send", bounding):
        yield statuses


def _read_whole(response: "Response", traffic: Traffic, seconds: float) -> None:
    """Read a body now, where it can be bounded, instead of when it is looked at.

    What was secret in the request is taken out of a refusal. Anything but JSON is dropped: MSAL logs such an answer
    whole, and it may be the greater part of one with a token.

    :raises requests.exceptions.ContentDecodingError: it is longer than any answer to a token request.
    """
    from requests.exceptions import ContentDecodingError
    content, cut = read_bounded(response, BODY_BYTES, seconds)
    if cut:
        response.close()
        raise ContentDecodingError("the answer has no end")
    if parse_json(content.decode("utf-8", "replace")) is None:
        content = b""
    if response.status_code >= 400:  # a token answer may hold the very refresh token that was sent, to be kept
        secrets, status = traffic.secrets, response.status_code
        text = without(secrets, content.decode("utf-8", "surrogateescape"), status)
        content = text.encode("utf-8", "surrogateescape")
        response.headers.update({name: without(secrets, value, status) for name, value in response.headers.items()})
    response._content = content  # pylint: disable=protected-access


def _stay_at(host: Optional[str], response: "Response") -> None:
    """Take a redirect to another host out of an answer: `requests` would send the secrets of the request there."""
    try:
        target = urlsplit(urljoin(response.url, response.headers.get("Location", ""))).hostname
    except ValueError:
        target = None
    if target != host:
        response.headers.pop("Location", None)
