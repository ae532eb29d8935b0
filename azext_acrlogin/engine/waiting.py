# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`--wait`: whether to diagnose again, and after how long."""

from azext_acrlogin.catalogue import codes
from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.verdict import Verdict

# Between the beginnings of two rounds. Entra is asked in every round, and throttles who asks more often.
USUAL_SECONDS = 30.0
# So long MSAL repeats a refusal of Entra from memory (msal/throttled_http_client.py, "UI required cache"); an earlier
# round would hear nothing new.
REFUSED_SECONDS = 60.0
LONGEST_SECONDS = 300.0
THROTTLED = ("CONNECTIVITY_TOOMANYREQUESTS_ERROR", "ARM_CONNECTIVITY_WARNING")


def is_last(outcome: Verdict, failed_before: bool) -> bool:
    """Whether another round is pointless: it works, it cannot be told, or no waiting cures what is found.

    :param failed_before: in a round before this one. Then an unknown may be the way from a failure to an answer.
    """
    if outcome.status in (Status.PASSED, Status.WARNING):
        return True
    if outcome.status == Status.UNKNOWN:
        return not failed_before
    return any(code.endswith("_ERROR") and codes()[code].outlasts_waiting for code in outcome.error_codes)


def seconds_to_next(outcome: Verdict, throttled_rounds: int) -> float:
    """From the beginning of this round to that of the next.

    :param throttled_rounds: how many rounds, this one among them, were throttled one after the other.
    """
    if throttled_rounds:
        return min(LONGEST_SECONDS, USUAL_SECONDS * 2.0 ** throttled_rounds)
    refused = any(codes()[code].category == "identity" for code in outcome.error_codes)
    return REFUSED_SECONDS if refused else USUAL_SECONDS


def is_throttled(outcome: Verdict) -> bool:
    """Whether a service said that it was asked too often."""
    return any(code in THROTTLED for code in outcome.error_codes)
