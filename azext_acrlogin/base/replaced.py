# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Replaces a method of a library that has no hook, for one thread; for every other thread it is as ever."""

import threading
from contextlib import contextmanager
from functools import wraps
from typing import Any, Callable, Dict, Iterator, Tuple

Method = Callable[..., Any]


@contextmanager
def replaced(owner: type, name: str, make: Callable[[Method], Method]) -> Iterator[None]:
    """While inside, a call of `owner.name` by this thread is one of `make(the original)`.

    The last thread that leaves puts the method back. No thread may be inside twice for one method.
    """
    here = threading.get_ident()
    with _GUARD:
        method = _REPLACED.get((owner, name)) or _Replaced(owner, name)
        _REPLACED[owner, name] = method
        method.by_thread[here] = make(method.original)
    try:
        yield
    finally:
        with _GUARD:
            del method.by_thread[here]
            if not method.by_thread:
                del _REPLACED[owner, name]
                method.put_back()


class _Replaced:
    """A method that asks which thread calls it."""

    def __init__(self, owner: type, name: str) -> None:
        self._owner, self._name, self._own = owner, name, vars(owner).get(name)
        self.original: Method = getattr(owner, name)
        self.by_thread: Dict[int, Method] = {}

        @wraps(self.original)
        def call(*arguments: Any, **options: Any) -> Any:
            return self.by_thread.get(threading.get_ident(), self.original)(*arguments, **options)
        setattr(owner, name, call)

    def put_back(self) -> None:
        """Let the class be as it was; what it had inherited, it inherits again."""
        if self._own is None:
            delattr(self._owner, self._name)
        else:
            setattr(self._owner, self._name, self._own)


_GUARD = threading.Lock()
_REPLACED: Dict[Tuple[type, str], _Replaced] = {}
