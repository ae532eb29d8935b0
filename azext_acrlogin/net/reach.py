# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which of a host's addresses take connections, and what that means for clients, which try them in different ways."""

import ipaddress
import queue
import socket
import time
from dataclasses import dataclass
from functools import partial
from typing import Dict, List, Optional, Sequence

from azext_acrlogin.base.threads import start

MOST = 8  # addresses of one name; more are not tried
GRACE_SECONDS = 2.0  # for the others once one has answered: enough for a first packet that is lost and sent again


@dataclass(frozen=True)
class Reach:
    """One address: after how long a connection stood, or how it failed (timeout, refused or unreachable)."""

    address: str
    milliseconds: Optional[int] = None
    failure: Optional[str] = None

    @property
    def is_silent(self) -> bool:
        """Whether a client waits for it in vain. A refusal is an answer, after which it goes on at once."""
        return self.failure == "timeout"

    @property
    def version(self) -> int:
        """4 or 6."""
        return ipaddress.ip_address(self.address.partition("%")[0]).version


def reach(addresses: Sequence[str], timeout_seconds: float, port: int = 443) -> List[Reach]:
    """Connect to all addresses at once, and hang up; in their order."""
    answers: "queue.Queue[Reach]" = queue.Queue()
    tried = list(addresses)[:MOST]
    for address in tried:
        start(partial(_connect, address, port, timeout_seconds, answers), f"connection to {address}")
    found: Dict[str, Reach] = {}
    ends = time.monotonic() + timeout_seconds
    while len(found) < len(tried):
        try:
            answer = answers.get(timeout=max(0.0, ends - time.monotonic()))
        except queue.Empty:
            break
        found[answer.address] = answer
        if answer.milliseconds is not None:
            ends = min(ends, time.monotonic() + GRACE_SECONDS)
    return [found.get(address) or Reach(address, failure="timeout") for address in tried]


def _connect(address: str, port: int, timeout_seconds: float, answers: "queue.Queue[Reach]") -> None:
    began = time.monotonic()
    try:
        socket.create_connection((address, port), timeout_seconds).close()
    except (TimeoutError, socket.timeout):
        answers.put(Reach(address, failure="timeout"))
    except ConnectionRefusedError:
        answers.put(Reach(address, failure="refused"))
    except OSError:
        answers.put(Reach(address, failure="unreachable"))
    else:
        answers.put(Reach(address, round((time.monotonic() - began) * 1000)))


def first_that_answers(reached: Sequence[Reach]) -> Optional[Reach]:
    """The one that a client which tries them one after the other ends up with, as urllib3 and so the Azure CLI does."""
    return next((one for one in reached if one.milliseconds is not None), None)


def waited_for(reached: Sequence[Reach]) -> List[Reach]:
    """Those that such a client waits for before."""
    answers = first_that_answers(reached)
    return [one for one in reached[:reached.index(answers)] if one.is_silent] if answers else []


def go_waits(reached: Sequence[Reach]) -> bool:
    """Whether docker and podman wait, too.

    Go tries the addresses of the version that comes first one after the other, and 0.3 seconds later those of the
    other version beside them (RFC 6555; net.Dialer.FallbackDelay).
    """
    first = [one for one in reached if one.version == reached[0].version]
    second = [one for one in reached if one.version != reached[0].version]
    return all(waited_for(version) or not first_that_answers(version) for version in (first, second))
