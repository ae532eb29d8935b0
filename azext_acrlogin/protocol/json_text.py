# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""JSON from the outside: parsed without trust."""

import json
import re
from typing import Any, Dict, List

_HALF = re.compile(r"\\u[dD][89A-Fa-f]")  # the escape of half a character
COMMAS = 300_000  # a page of 1,000 registries has some 100,000; a small value takes 20 times its text in memory


def parse_json(text: str) -> Any:
    """Return the parsed value, or None for what is not JSON, or too deep or too finely divided to be honest."""
    if text.count(",") > COMMAS:
        return None
    try:
        return with_whole_characters(json.loads(text, parse_constant=_refuse), text)
    except (ValueError, RecursionError):
        return None


def with_whole_characters(value: Any, text: str) -> Any:
    """`value`, parsed from `text`, in which half a character, which no request can carry, is U+FFFD as in Go's
    parser."""
    return _whole(value) if _HALF.search(text) else value


def _whole(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {_whole(name): _whole(entry) for name, entry in value.items()}
    return [_whole(entry) for entry in value] if isinstance(value, list) else value


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is not JSON")  # Python takes NaN and Infinity for numbers


def member(value: Any, *path: str) -> Any:
    """Return value[a][b]…, with names compared case-insensitively, or None as soon as a step is not there.

    Azure's services disagree about the case of member names (the refresh token's `Actions`, for instance).
    """
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value[name] if name in value else next(
            (inner for key, inner in value.items() if key.lower() == name.lower()), None)
    return value


def text_member(value: Any, *path: str) -> str:
    """Like `member`, for a text: anything else there counts as the empty text."""
    found = member(value, *path)
    return found if isinstance(found, str) else ""


def objects(value: Any) -> List[Dict[str, Any]]:
    """The objects of a list; anything else in it, or anything that is no list, is left out."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def texts(value: Any) -> List[str]:
    """The texts of a list; anything else in it, or anything that is no list, is left out."""
    return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []
