# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Text from servers, files and users, made fit to be shown."""

import re
import unicodedata
from typing import Optional

SHOWN_CHARACTERS = 400  # of names and the like; longer ones are cut
SAID_CHARACTERS = 4000  # of what a server or a program says: what matters may stand at its end
QUOTED_CHARACTERS = 300  # of that in a message; the evidence holds the whole
_END = re.compile(r"[.!?;](?=\s)")


def said(text: object) -> str:
    """The words of a server or a program, whole as far as evidence goes."""
    return shown(text, SAID_CHARACTERS)


def excerpt(text: str, limit: int = QUOTED_CHARACTERS) -> str:
    """The first sentences of what somebody said, as many as `limit` characters hold."""
    if len(text) <= limit:
        return text
    stops = [stop.end() for stop in _END.finditer(text, limit // 3, limit + 1)]
    return text[:stops[-1]].rstrip(";") if stops else shown(text[:limit].rpartition(" ")[0] or text[:limit - 1]) + "…"


def ends(text: str, first: int, last: int) -> str:
    """The beginning and the end of a long text, a line apart. What an error is about stands at either."""
    return text if len(text) <= first + last else f"{text[:first]}\n…\n{text[-last:]}"


def shown(text: object, limit: int = SHOWN_CHARACTERS) -> str:
    """Return `text` on one line, without control, format or surrogate characters, cut to `limit` characters."""
    line = " ".join(visible(str(text)[:limit * 4]).split())
    return line if len(line) <= limit else line[:limit - 1] + "…"


def named(name: Optional[str], identifier: Optional[str]) -> Optional[str]:
    """A thing of Azure's by the name that people know, with its id; by that alone where it has no name."""
    return f"'{shown(name, 200)}' ({identifier})" if name and name != identifier else identifier


def copyable(line: str) -> str:
    """One line as it is, without control, format or surrogate characters; for what is to be copied."""
    return "".join(character for character in line if unicodedata.category(character)[0] != "C")


def visible(text: str) -> str:
    """`text` without control, format and surrogate characters, white space apart."""
    if text.isprintable():  # as nearly all are
        return text
    return "".join(character for character in text
                   if character.isspace() or unicodedata.category(character)[0] != "C")
