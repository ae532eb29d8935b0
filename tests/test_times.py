# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Times in the forms that Azure's services write."""

from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from azext_acrlogin.protocol.times import clock_text, epoch_of, utc_text

NEW_YEAR = datetime(2025, 1, 1, tzinfo=timezone.utc).timestamp()


@pytest.mark.parametrize("text", [
    "2025-01-01T00:00:00Z", "2025-01-01T00:00:00+00:00", "2025-01-01T00:00:00.0000000Z",
    "2025-01-01T00:00:00.0000000+00:00", "2025-01-01T00:00:00.000Z", "2025-01-01t00:00:00z",
    "2025-01-01 00:00:00-00:00",
    "2025-01-01T01:00:00+01:00", "2024-12-31T18:30:00-05:30", "2024-12-31T23:59:60Z"])
def test_one_moment_in_all_forms(text):
    assert epoch_of(text) == NEW_YEAR


def test_recorded_forms():
    """An expiry without a fraction and with an offset, and one with seven decimals: azure-cli's recordings of 2021."""
    assert utc_text(epoch_of("2100-12-31T12:59:59+00:00")) == "2100-12-31T12:59:59Z"
    assert epoch_of("2021-12-30T21:13:22.0097954+00:00") == pytest.approx(epoch_of("2021-12-30T21:13:22Z") + 0.0097954)
    assert epoch_of("2025-05-13T03:02:56.452223+00:00") > epoch_of("2025-05-13T03:02:56Z")


@pytest.mark.parametrize("text", [
    "", "never", "2025-01-01", "2025-01-01T00:00:00", "2025-13-01T00:00:00Z", "2025-02-30T00:00:00Z",
    "2025-01-01T24:00:00Z", "2025-01-01T00:60:00Z", "2025-01-01T00:00:61Z", "2025-01-01T00:00:00+99:99",
    "2025-01-01T00:00:00.Z", "0000-01-01T00:00:00Z", "2025-01-01T00:00:00Z\n", "٢٠٢٥-01-01T00:00:00Z",
    "2025-01-01T00:00:00ZZ", "1735689600", "2025-01-01T00:00:00." + "0" * 1000 + "Z"])
def test_what_is_no_time(text):
    assert epoch_of(text) is None


def test_the_ends_of_time():
    for text in ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"):
        assert utc_text(epoch_of(text)) == text
    assert utc_text(epoch_of("0001-01-01T00:00:00+23:59")) == "0001-01-01T00:00:00Z"
    assert utc_text(epoch_of("9999-12-31T23:59:59-23:59")) == "9999-12-31T23:59:59Z"


@given(st.datetimes(), st.integers(-14 * 60, 14 * 60))
def test_both_live_forms_say_the_same(moment, minutes):
    """With Z and with an offset, with seven decimals and with none where the fraction is zero."""
    expected = (moment - datetime(1970, 1, 1)) / timedelta(seconds=1)
    fraction = f".{moment.microsecond:06d}0" if moment.microsecond else ""
    whole = moment.replace(microsecond=0)
    for form in (whole.isoformat() + fraction + "Z", whole.isoformat() + fraction + "+00:00"):
        assert epoch_of(form) == pytest.approx(expected, abs=1e-4)
    shift = timedelta(minutes=minutes)
    if datetime.min + abs(shift) <= whole <= datetime.max - abs(shift):
        sign, ahead = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
        local = f"{(whole + shift).isoformat()}{fraction}{sign}{ahead[0]:02d}:{ahead[1]:02d}"
        assert epoch_of(local) == pytest.approx(expected, abs=1e-4)


@given(st.text())
def test_any_text(text):
    assert epoch_of(text) is None or isinstance(epoch_of(text), float)


def test_a_time_of_day_has_utc_beside_it_and_a_date_only_where_it_is_another_day():
    noon, berlin = epoch_of("2026-11-26T12:00:00Z"), timezone(timedelta(hours=1))
    assert clock_text(noon + 20 * 60, noon, berlin) == "13:20 (12:20 UTC)"
    assert clock_text(noon + 1, noon, timezone.utc) == "12:01 UTC"
    assert clock_text(noon + 24 * 3600, noon, berlin) == "2026-11-27 13:00 (12:00 UTC)"
    assert clock_text(noon + 11.5 * 3600, noon, berlin) == "2026-11-27 00:30 (23:30 UTC)"
