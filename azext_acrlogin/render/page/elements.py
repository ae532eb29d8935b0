# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""HTML elements as values. A text is escaped when it becomes part of one, so that nothing can be forgotten."""

import html
import unicodedata
from typing import Any, Optional

VOID = {"meta", "wbr"}


class Html(str):
    """Markup, made by this module only: it is not escaped again."""


def element(name: str, /, *children: Any, **attributes: Optional[str]) -> Html:
    """`<name attributes>children</name>`.

    :param children: `Html` stands as it is, None vanishes, everything else is escaped as text.
    :param attributes: None leaves an attribute out. `class_` is class, `name_` is name, an underscore inside a hyphen.
    """
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
                      for key, value in attributes.items() if value is not None)
    if name in VOID:
        return Html(f"<{name}{written}>")
    return Html(f"<{name}{written}>{together(*children)}</{name}>")


def together(*children: Any) -> Html:
    """Several elements and texts in a row."""
    written = (child if isinstance(child, Html) else escaped(child) for child in children if child is not None)
    return Html("".join(written))


def escaped(text: Any) -> Html:
    """Text for content and quoted attributes. Characters that are not seen, or turn others round, show as numbers."""
    visible = "".join(character if character in "\n\t" or unicodedata.category(character)[0] != "C"
                      else f"[U+{ord(character):04X}]" for character in str(text))
    return Html(html.escape(visible, quote=True))


def section(name: str, heading: str, *content: Any) -> Html:
    """A part of the page, named by its heading."""
    return element("section", element("h2", heading, id=name), *content, aria_labelledby=name)
