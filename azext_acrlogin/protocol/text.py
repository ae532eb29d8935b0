# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Text from servers, files and users, made fit to be shown."""

import unicodedata

SHOWN_CHARACTERS = 400  # longer texts are cut; an error body rarely needs more to be understood


def shown(text: object, limit: int = SHOWN_CHARACTERS) -> str:
    """Return `text` on one line, without control, format or surrogate characters, cut to `limit` characters."""
    head = str(text)[:limit * 4]
    visible = "".join(" " if character.isspace() else character for character in head
                      if character.isspace() or unicodedata.category(character)[0] != "C")
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[:limit - 1] + "…"


def visible(line: str) -> str:
    """One line as it is, without control, format or surrogate characters; for what is to be copied."""
    return "".join(character for character in line if unicodedata.category(character)[0] != "C")
