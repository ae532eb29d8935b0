# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Calls that must not keep anybody waiting.

A blocked name look-up, MSAL or managed identity call cannot be cancelled. Such calls run in daemon threads, which
neither the report nor the end of the process waits for; the standard thread pools join their workers at exit.
"""

import queue
import threading
from functools import partial
from typing import Callable, Dict, List, Sequence, Tuple, TypeVar

T = TypeVar("T")
R = TypeVar("R")

SIDE_BY_SIDE = 8  # requests of one kind at once; more would look like an attack to a throttling service


class OutOfTime(Exception):
    """The call did not return within its limit. It may still be running; its result is discarded."""


def start(work: Callable[[], object], name: str) -> None:
    """Run `work` in a daemon thread of that name; in this one where the system allows no further thread."""
    try:
        threading.Thread(target=work, name=name, daemon=True).start()
    except RuntimeError:  # "can't start new thread": a limit of the user or the container
        work()


def bounded(call: Callable[[], T], seconds: float, name: str = "bounded call") -> T:
    """Return what `call` returns, or raise what it raises.

    :raises OutOfTime: when it does neither within `seconds`.
    """
    answers: "queue.Queue[Tuple[bool, object]]" = queue.Queue(maxsize=1)

    def work() -> None:
        try:
            answers.put((True, call()))
        except BaseException as error:  # pylint: disable=broad-except
            answers.put((False, error))  # raised again below, in the thread that asked

    start(work, name)
    try:
        returned, value = answers.get(timeout=seconds)
    except queue.Empty:
        raise OutOfTime(f"{name}: no result within {seconds:g} s") from None
    if returned:
        return value  # type: ignore[return-value]
    raise value  # type: ignore[misc]


def side_by_side(inputs: Sequence[T], work: Callable[[T], R], most: int = SIDE_BY_SIDE) -> List[R]:
    """Apply `work` to every input, at most `most` at once; results come in the order of the inputs.

    An exception of `work` is raised here. The threads are daemons, so that none keeps the process alive.
    """
    results: Dict[int, R] = {}
    errors: List[BaseException] = []
    pending = list(enumerate(inputs))
    guard = threading.Lock()

    def worker(ended: threading.Event) -> None:
        try:
            while True:
                with guard:
                    if not pending or errors:
                        return
                    position, value = pending.pop(0)
                results[position] = work(value)
        except Exception as error:  # pylint: disable=broad-except
            errors.append(error)  # raised below, in the thread that asked
        finally:
            ended.set()

    ended = [threading.Event() for _ in range(min(most, len(pending)))]
    for event in ended:
        start(partial(worker, event), "side by side")
    for event in ended:
        event.wait()
    if errors:
        raise errors[0]
    return [results[position] for position in sorted(results)]
