# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Watches every HTTP request of this process while a diagnosis runs, also those that MSAL makes on its behalf.

MSAL and the managed identity client send through `requests` without a limit of time or size, and follow redirects
with what they sent; their answers' `Date` headers tell how far this machine's clock is off. All pass through
`requests.adapters.HTTPAdapter.send`: the one place where limits can be set and an answer seen. It is put back when the
diagnosis ends.
"""

import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Iterator, List, Optional
from urllib.parse import urljoin, urlsplit

from azext_acrlogin.net.http import BODY_BYTES, read_bounded
from azext_acrlogin.net.redaction import secrets_of, without
from azext_acrlogin.protocol.json_text import parse_json


@dataclass(frozen=True)
class DateSeen:
    """A server's clock against ours: `skew_seconds` is positive when the local clock is ahead."""

    host: str
    skew_seconds: float


@dataclass
class Traffic:
    """Counts of the requests seen so far. `failed` counts no answer, 429 and 5xx."""

    total: int = 0
    failed: int = 0
    dates: List[DateSeen] = field(default_factory=list)

    def saw(self, host: str, status: Optional[int], date: Optional[str], sent: float, answered: float) -> None:
        """Record one request; `sent` and `answered` are seconds since the epoch, by the local clock."""
        self.total += 1
        if status is None or status == 429 or status >= 500:
            self.failed += 1
        skew = clock_skew(date, sent, answered)
        if skew is not None:
            self.dates.append(DateSeen(host, skew))


def clock_skew(date: Optional[str], sent: float, answered: float) -> Optional[float]:
    """Seconds by which the local clock is ahead of a `Date` header (RFC 9110, 6.6.1), or None when it says nothing.

    The header was written at some moment between `sent` and `answered`; only what lies outside that span is skew.
    """
    if not date:
        return None
    try:
        theirs = parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError, OverflowError, OSError):
        return None
    if theirs < sent - 1:  # the header has whole seconds
        return sent - theirs
    return min(0.0, answered - theirs)


@contextmanager
def watched(traffic: Traffic, timeout_seconds: float) -> Iterator[None]:
    """While inside, record every request into `traffic`, and bound those that others make.

    They get `timeout_seconds` where they have no time limit, and so long for reading an answer to its end; an answer
    of unusual size is an error, a redirect to another host is not followed, and a Retry-After is not waited for.
    """
    from requests.adapters import HTTPAdapter
    original = HTTPAdapter.send

    def send(self, request, **options):
        if options.get("timeout") is None:
            options["timeout"] = timeout_seconds
        host = urlsplit(request.url).hostname or ""
        self.max_retries = self.max_retries.new(respect_retry_after_header=False)  # it may say an hour
        sent = time.time()
        try:
            response = original(self, request, **options)
        except Exception:
            traffic.saw(host, None, None, sent, time.time())
            raise
        traffic.saw(host, response.status_code, response.headers.get("Date"), sent, time.time())
        if not options.get("stream"):  # not one of our own, which bound themselves
            _read_whole(response, timeout_seconds)
            _stay_at(host, response)
        return response

    HTTPAdapter.send = send
    try:
        yield
    finally:
        HTTPAdapter.send = original


def _read_whole(response, seconds: float) -> None:
    """Read a body now, where it can be bounded, instead of when it is looked at.

    What was secret in the request is taken out of a refusal. What is no JSON is dropped: MSAL logs such an answer
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
        secrets, status = secrets_of(response.request), response.status_code
        text = without(secrets, content.decode("utf-8", "surrogateescape"), status)
        content = text.encode("utf-8", "surrogateescape")
        response.headers.update({name: without(secrets, value, status) for name, value in response.headers.items()})
    response._content = content  # pylint: disable=protected-access


def _stay_at(host: str, response) -> None:
    """Take a redirect to another host out of an answer: `requests` would send the secrets of the request there."""
    try:
        target = urlsplit(urljoin(response.url, response.headers.get("Location", ""))).hostname
    except ValueError:
        target = None
    if target != host:
        response.headers.pop("Location", None)
