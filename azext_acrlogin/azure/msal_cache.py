# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Keeps MSAL's token cache whole, and keeps threads and processes that use it at the same time from harming each other.

Observed with msal 1.39 and msal-extensions 1.3: the cache is guarded with a lock of the process and a lock file, which
`add` takes in this order and `modify` in the other, so that two threads which get their tokens at the same moment wait
for each other until the lock file's 10 seconds are over. The file is written in place: a process that ends meanwhile
leaves half of it, and one that reads meanwhile finds it empty, takes that for no login, and later writes it so.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from azext_acrlogin.base.replaced import Method, replaced

ENTRANCES = ("add", "modify", "search")
WRITING_SECONDS = 0.5  # what a thread, or another process, that is at the cache gets to finish; it needs milliseconds
LOOKING_SECONDS = 0.01


class CacheTurns:
    """The turns of one run's threads at MSAL's token cache."""

    def __init__(self) -> None:
        self._guard = threading.RLock()

    @contextmanager
    def one_at_a_time(self) -> Iterator[None]:
        """While inside, this thread waits for its turn whenever it goes to the cache."""
        from msal_extensions import FilePersistence, PersistedTokenCache
        with ExitStack() as stack:
            stack.enter_context(replaced(FilePersistence, "load", _patient))
            for name in ENTRANCES:
                stack.enter_context(replaced(PersistedTokenCache, name, self._in_turn))
            yield

    def end(self) -> None:
        """Wait for the thread that is at the cache; whichever comes there later waits for ever."""
        self._guard.acquire(timeout=WRITING_SECONDS)  # and never released; pylint: disable=consider-using-with

    def _in_turn(self, original: Method) -> Method:
        def call(*arguments: Any, **options: Any) -> Any:
            with self._guard:
                result = original(*arguments, **options)
                # A generator of `search` would hold MSAL's lock for as long as somebody goes through what it finds.
                return iter(list(result)) if isinstance(result, Iterator) else result
        return call


def _patient(load: Method) -> Method:
    """Read again while the file is empty: another process is about to write it."""
    def call(*arguments: Any) -> Any:
        ends = time.monotonic() + WRITING_SECONDS
        while True:
            content = load(*arguments)
            if content or time.monotonic() > ends:
                return content
            time.sleep(LOOKING_SECONDS)
    return call
