# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""When `--wait` diagnoses again."""

import json
import re
import subprocess
from types import SimpleNamespace

import pytest

from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.waiting import LONGEST_SECONDS, Waiting
from tests.site.homes import AZ


def outcome(status, *codes):
    return SimpleNamespace(status=status, error_codes=list(codes))


def rounds(*outcomes, seconds=100_000):
    """When, after each outcome, the next round begins; each takes a second."""
    now = [0]
    waiting, times = Waiting(0, seconds, clock=lambda: now[0]), []
    for one in outcomes:
        now[0] += 1
        times.append(waiting.after(one))
        now[0] = times[-1] or now[0]
    return times


@pytest.mark.parametrize("status, codes, last", [
    (Status.PASSED, (), True),
    (Status.WARNING, ("DOCKER_CREDENTIAL_MISSING_WARNING",), True),
    (Status.UNKNOWN, (), True),
    (Status.FAILED, ("ROLE_ASSIGNMENT_MISSING_ERROR",), False),
    (Status.FAILED, ("CONNECTIVITY_FORBIDDEN_ERROR", "REGISTRY_NAME_WARNING"), False),
    (Status.FAILED, ("LOGIN_REQUIRED_ERROR",), True),
    (Status.FAILED, ("ROLE_ASSIGNMENT_MISSING_ERROR", "IMAGE_REFERENCE_ERROR"), True),
    (Status.FAILED, ("UNEXPECTED_ERROR",), True),
])
def test_what_ends_it(status, codes, last):
    assert (rounds(outcome(status, *codes)) == [None]) is last


FAILED = outcome(Status.FAILED, "ROLE_ASSIGNMENT_MISSING_ERROR")
REFUSED = outcome(Status.FAILED, "AAD_CONDITIONAL_ACCESS_ERROR")
THROTTLED = outcome(Status.FAILED, "CONNECTIVITY_TOOMANYREQUESTS_ERROR")


def test_an_unknown_after_a_failure_may_be_the_way_to_an_answer():
    assert rounds(FAILED, outcome(Status.UNKNOWN), outcome(Status.PASSED)) == [30, 60, None]


@pytest.mark.parametrize("outcomes, times", [
    ((FAILED, FAILED), [30, 60]),
    ((REFUSED, FAILED), [60, 90]),  # MSAL repeats a refusal for a minute
    ((THROTTLED, THROTTLED, THROTTLED, FAILED), [60, 180, 420, 450]),
    ((THROTTLED,) * 6, [60, 180, 420, 720, 1020, 1320]),
])
def test_nobody_is_asked_too_often(outcomes, times):
    assert rounds(*outcomes) == times
    assert max(later - earlier for earlier, later in zip([0, *times], times)) <= LONGEST_SECONDS


def test_no_round_begins_after_the_time():
    assert rounds(FAILED, FAILED, FAILED, seconds=60) == [30, 60, None]


def test_a_role_that_takes_effect_meanwhile(bench):
    """The real az: the first round fails, the second finds the role; what is written is the second's."""
    bench.emulator.patch("roleAssignments: {ci-push: null}")
    try:
        with subprocess.Popen(
                [str(AZ), "acr", "login-diagnose", "--name", "myregistry", "--client", "none", "--wait", "1",
                 "--output", "json"],
                env=bench.environment("sp"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                text=True) as process:
            first = process.stderr.readline()
            bench.emulator.patch()
            printed, others = process.communicate(timeout=120)
    finally:
        bench.emulator.patch()
    assert re.fullmatch(r"\d\d:\d\d:\d\d  x failed: ROLE_ASSIGNMENT_MISSING_ERROR\n", first)
    assert process.returncode == 0 and json.loads(printed)["status"] == "passed", others
    assert "Trying again" not in others  # no progress where nobody looks
