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
from contextlib import contextmanager

ENTRANCES = ("add", "modify", "search")
WRITING_SECONDS = 0.5  # what a thread, or another process, that is at the cache gets to finish; it needs milliseconds
LOOKING_SECONDS = 0.01


@contextmanager
def serialized_token_cache() -> Iterator[None]:
    """While inside, one thread at a time is at MSAL's token cache. On leaving, none is, and none gets there any more.

    The last holds for threads that were started inside; whatever comes later finds the cache as it was.
    """
    from msal_extensions import FilePersistence, PersistedTokenCache
    guard = threading.RLock()
    replaced = [(FilePersistence, "load", _patient(FilePersistence.load))] + [
        (PersistedTokenCache, name, _guarded(getattr(PersistedTokenCache, name), guard)) for name in ENTRANCES]
    own = [(owner, name, vars(owner).get(name)) for owner, name, _ in replaced]
    for owner, name, function in replaced:
        setattr(owner, name, function)
    try:
        yield
    finally:
        guard.acquire(timeout=WRITING_SECONDS)  # and never released
        for owner, name, original in own:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


def _guarded(original, guard):
    def call(*arguments, **options):
        with guard:
            result = original(*arguments, **options)
            # A generator of `search` would hold MSAL's lock for as long as somebody goes through what it finds.
            return iter(list(result)) if isinstance(result, Iterator) else result
    return call


def _patient(load):
    """Read again while the file is empty: another process is about to write it."""
    def call(self):
        ends = time.monotonic() + WRITING_SECONDS
        while True:
            content = load(self)
            if content or time.monotonic() > ends:
                return content
            time.sleep(LOOKING_SECONDS)
    return call
