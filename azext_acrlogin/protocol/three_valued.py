# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Logic with True, False and None for unknown (Kleene's): unknown only where the unknown part would matter."""

from typing import Iterable, Optional

Truth = Optional[bool]
UNKNOWN: Truth = None


def all_of(values: Iterable[Truth]) -> Truth:
    """False as soon as one value is, else None when one is unknown; True for no values."""
    values = list(values)
    if any(value is False for value in values):
        return False
    return None if None in values else True


def any_of(values: Iterable[Truth]) -> Truth:
    """True as soon as one value is, else None when one is unknown; False for no values."""
    return negated(all_of(negated(value) for value in values))


def negated(value: Truth) -> Truth:
    """The opposite; unknown stays unknown."""
    return None if value is None else not value
