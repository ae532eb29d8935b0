# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Times as Azure's services write them, read and written in one place.

RFC 3339, in all the forms that are seen: role assignments end in Z with seven decimals, passwords of registry tokens in
+00:00 with seven decimals or, where the fraction is zero, with none.
"""

import re
from datetime import datetime, timedelta, timezone, tzinfo
from typing import Optional

_EPOCH = datetime(1970, 1, 1)
_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,20}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)


def epoch_of(text: str) -> Optional[float]:
    """Seconds since the epoch (UTC) of a time of RFC 3339; None for any other text, a time without an offset too.

    A leap second counts as the first second of the next minute. Years 0001 and 9999, which stand for "never" with
    some services, are times like others.
    """
    match = _TIME.fullmatch(text)
    if not match:
        return None
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    offset_hours, offset_minutes = int(match[9] or 0), int(match[10] or 0)
    if second > 60 or offset_hours > 23 or offset_minutes > 59:
        return None
    try:
        whole = (datetime(year, month, day, hour, minute) - _EPOCH) // timedelta(seconds=1)
    except ValueError:
        return None
    offset = (offset_hours * 3600 + offset_minutes * 60) * (-1 if match[8] == "-" else 1)
    return whole + second - offset + float(f"0.{match[7] or 0}")


def utc_text(seconds: float) -> str:
    """Seconds since the epoch as RFC 3339 in UTC, without a fraction; beyond the years 0001 and 9999 their ends."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds // 1)  # unlike fromtimestamp, this knows 0001 on Windows, too
    except OverflowError:
        moment = datetime.min if seconds < 0 else datetime.max
    return moment.isoformat(timespec="seconds") + "Z"


def clock_text(seconds: float, now: float, zone: Optional[tzinfo] = None) -> str:
    """A moment for people: this machine's time of day with UTC's, to the next minute, and its date if it is not today.

    :param zone: in place of this machine's.
    """
    utc, today = (datetime.fromtimestamp(one, timezone.utc) for one in (-(-seconds // 60) * 60, now))
    local = utc.astimezone(zone)
    date = "" if local.date() == today.astimezone(zone).date() else f"{local:%Y-%m-%d} "
    return f"{date}{local:%H:%M}" + (f" ({utc:%H:%M} UTC)" if local.utcoffset() else " UTC")
