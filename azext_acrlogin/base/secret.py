# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Values that must not be shown, and fields of records that are not published."""

from dataclasses import field
from typing import Any


class Secret:
    """A value that may be used and never be shown: a token, a password, an authorization header.

    Neither ``str`` nor ``repr`` give it away, so that a record that holds one can be logged.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the secret itself; for the one call that sends it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__


def unpublished(**options: Any) -> Any:
    """A field of an evidence record that other checks may read and that the report does not show."""
    return field(metadata={"private": True}, **options)  # pylint: disable=invalid-field-call


def inlined(kind: type) -> Any:
    """A field that holds a record of this kind, which the report shows as if its fields were the outer record's own."""
    return field(metadata={"inlined": True}, default_factory=kind)  # pylint: disable=invalid-field-call
