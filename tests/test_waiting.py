# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""When `--wait` diagnoses again."""

from types import SimpleNamespace

import pytest

from azext_acrlogin.engine.model import Status
from azext_acrlogin.engine.waiting import LONGEST_SECONDS, is_last, is_throttled, seconds_to_next


def outcome(status, *codes):
    return SimpleNamespace(status=status, error_codes=list(codes))


@pytest.mark.parametrize("status, codes, failed_before, last", [
    (Status.PASSED, (), False, True),
    (Status.WARNING, ("DOCKER_CREDENTIAL_MISSING_WARNING",), True, True),
    (Status.UNKNOWN, (), False, True),
    (Status.UNKNOWN, (), True, False),
    (Status.FAILED, ("ROLE_ASSIGNMENT_MISSING_ERROR",), False, False),
    (Status.FAILED, ("CONNECTIVITY_FORBIDDEN_ERROR", "REGISTRY_NAME_WARNING"), True, False),
    (Status.FAILED, ("LOGIN_REQUIRED_ERROR",), False, True),
    (Status.FAILED, ("ROLE_ASSIGNMENT_MISSING_ERROR", "IMAGE_REFERENCE_ERROR"), False, True),
    (Status.FAILED, ("UNEXPECTED_ERROR",), False, True),
])
def test_what_ends_it(status, codes, failed_before, last):
    assert is_last(outcome(status, *codes), failed_before) is last


@pytest.mark.parametrize("codes, throttled, seconds", [
    (("ROLE_ASSIGNMENT_MISSING_ERROR",), 0, 30),
    (("AAD_CONDITIONAL_ACCESS_ERROR",), 0, 60),  # MSAL repeats a refusal for a minute
    (("CONNECTIVITY_TOOMANYREQUESTS_ERROR",), 1, 60),
    (("CONNECTIVITY_TOOMANYREQUESTS_ERROR",), 2, 120),
    (("CONNECTIVITY_TOOMANYREQUESTS_ERROR",), 9, LONGEST_SECONDS),
])
def test_nobody_is_asked_too_often(codes, throttled, seconds):
    assert seconds_to_next(outcome(Status.FAILED, *codes), throttled) == seconds


def test_who_throttles():
    assert is_throttled(outcome(Status.FAILED, "CONNECTIVITY_TOOMANYREQUESTS_ERROR"))
    assert not is_throttled(outcome(Status.FAILED, "CONNECTIVITY_FORBIDDEN_ERROR"))
