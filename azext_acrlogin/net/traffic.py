# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Counts the requests of a run, and keeps what their answers say of this machine's clock and the secrets they held."""

import threading
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Callable, List, Optional
from urllib.parse import urlsplit

from azext_acrlogin.protocol.known_secrets import KnownSecrets

if TYPE_CHECKING:
    from requests import Response


@dataclass(frozen=True)
class DateSeen:
    """A server's clock against ours: `skew_seconds` is positive when the local clock is ahead."""

    host: str
    skew_seconds: float


@dataclass
class Traffic:
    """The requests seen so far, by any thread. `failed` counts no answer, 429 and 5xx.

    secrets: what servers were sent in this run, and may repeat.
    """

    total: int = 0
    failed: int = 0
    dates: List[DateSeen] = field(default_factory=list)
    secrets: KnownSecrets = field(default_factory=KnownSecrets, repr=False)
    _guard: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def seen(self, url: Optional[str], send: Callable[[], "Response"]) -> "Response":
        """Send a request to `url`, and record how it ended. What `send` raises is raised."""
        host, sent = urlsplit(url or "").hostname or "", time.time()
        try:
            response = send()
        except Exception:
            self._saw(host, None, None, sent)
            raise
        self._saw(host, response.status_code, response.headers.get("Date"), sent)
        return response

    def _saw(self, host: str, status: Optional[int], date: Optional[str], sent: float) -> None:
        skew = clock_skew(date, sent, time.time())
        with self._guard:
            self.total += 1
            if status is None or status == 429 or status >= 500:
                self.failed += 1
            if skew is not None:
                self.dates.append(DateSeen(host, skew))


def clock_skew(date: Optional[str], sent: float, answered: float) -> Optional[float]:
    """Seconds by which the local clock is ahead of a `Date` header (RFC 9110, 6.6.1), or None when it says nothing.

    The header was written at some moment between `sent` and `answered`; only what lies outside that span is skew.
    Both are seconds since the epoch, by the local clock.
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
