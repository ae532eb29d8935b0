# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Patterns with wildcards, matched in time that grows with the product of both lengths and no faster."""

from functools import lru_cache
from typing import List, Optional

MANY, ONE = object(), object()


@lru_cache(maxsize=1024)  # thousands of assignments have few roles among them
def matches_action(pattern: str, action: str) -> bool:
    """Whether an action fits a pattern of a role: `*` is any text, also with slashes; case does not matter."""
    return _matches([MANY if character == "*" else character for character in pattern.lower()], action.lower())


def like(pattern: str, text: str) -> bool:
    """Azure's StringLike: `*` is any text, `?` any one character, a backslash takes either literally."""
    elements: List[object] = []
    characters = iter(pattern)
    for character in characters:
        if character == "\\":
            escaped: Optional[str] = next(characters, None)
            elements += [character] if escaped is None else [escaped] if escaped in "*?" else [character, escaped]
        else:
            elements.append({"*": MANY, "?": ONE}.get(character, character))
    return _matches(elements, text)


def _matches(elements: List[object], text: str) -> bool:
    """Match greedily; on a mismatch let the last `MANY` take one more character. Earlier ones need no second try."""
    at_element = at_text = 0
    retry_element, retry_text = -1, 0
    while at_text < len(text):
        element = elements[at_element] if at_element < len(elements) else None
        if element is MANY:
            retry_element, retry_text = at_element, at_text
            at_element += 1
        elif element is ONE or element == text[at_text]:
            at_element, at_text = at_element + 1, at_text + 1
        elif retry_element >= 0:
            retry_text += 1
            at_element, at_text = retry_element + 1, retry_text
        else:
            return False
    return all(element is MANY for element in elements[at_element:])
