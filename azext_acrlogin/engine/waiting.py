# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`--wait`: whether to diagnose again, and after how long."""

import time
from typing import Callable, Optional

from azext_acrlogin.catalogue import codes
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.verdict import Verdict

# Between the beginnings of two rounds. Entra is asked in every round, and throttles who asks more often.
USUAL_SECONDS = 30.0
# So long MSAL repeats a refusal of Entra from memory (msal/throttled_http_client.py, "UI required cache"); an earlier
# round would hear nothing new.
REFUSED_SECONDS = 60.0
LONGEST_SECONDS = 300.0
TOLERANCE_SECONDS = 1.0  # the last of several rounds is not lost to fractions
THROTTLED = ("CONNECTIVITY_TOOMANYREQUESTS_ERROR", "ARM_CONNECTIVITY_WARNING")


class Waiting:
    """The rounds so far.

    :param began: the first one, by the monotonic clock.  :param seconds: from then on in which another may begin.
    """

    def __init__(self, began: float, seconds: float, clock: Callable[[], float] = time.monotonic):
        self._began, self._ends_at, self._clock = began, began + seconds + TOLERANCE_SECONDS, clock
        self._failed_before = False
        self._throttled = 0  # rounds, one after the other

    def after(self, outcome: Verdict) -> Optional[float]:
        """When the next round is to begin, by the monotonic clock; None if this one was the last."""
        if _is_last(outcome, self._failed_before):
            return None
        self._failed_before = self._failed_before or outcome.status == Status.FAILED
        self._throttled = self._throttled + 1 if any(code in THROTTLED for code in outcome.error_codes) else 0
        self._began = max(self._began + _seconds_between(outcome, self._throttled), self._clock())
        return self._began if self._began <= self._ends_at else None


def _is_last(outcome: Verdict, failed_before: bool) -> bool:
    """Whether another round is pointless: it works, it cannot be told, or no waiting cures what is found.

    After a round that failed, an unknown may be the way to an answer.
    """
    if outcome.status in (Status.PASSED, Status.WARNING):
        return True
    if outcome.status == Status.UNKNOWN:
        return not failed_before
    return any(code.endswith("_ERROR") and codes()[code].outlasts_waiting for code in outcome.error_codes)


def _seconds_between(outcome: Verdict, throttled: int) -> float:
    """From the beginning of a round to that of the next."""
    if throttled:
        return min(LONGEST_SECONDS, USUAL_SECONDS * 2.0 ** throttled)
    refused = any(codes()[code].category == "identity" for code in outcome.error_codes)
    return REFUSED_SECONDS if refused else USUAL_SECONDS
