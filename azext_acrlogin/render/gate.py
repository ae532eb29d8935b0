# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What every text of a report passes on its way out: no secret, nothing that cannot be seen, nothing without end.

Text comes from servers, programs, files, the environment and the command line. The screen, the page and `--debug` are
made of the report, so that this is the one place.
"""

from typing import Any, Dict, Mapping

from azext_acrlogin.protocol.known_secrets import KnownSecrets
from azext_acrlogin.protocol.secrets_in_text import without_secrets
from azext_acrlogin.protocol.text import SAID_CHARACTERS, said, visible

READ_CHARACTERS = 4 * SAID_CHARACTERS
REQUEST = "request"  # a message of several lines, which holds commands
COMMANDS = "commands"  # stay as they are, to the letter: their values were checked by `render.commands.is_fit`


def presentable(report: Mapping[str, Any], secrets: KnownSecrets) -> Dict[str, Any]:
    """A copy of `report` that may be shown. :param secrets: those that are known in this run."""
    seen: Dict[str, str] = {}  # a report says half of its texts more than once

    def text(value: str) -> str:
        if value not in seen:
            seen[value] = presentable_text(value, secrets)
        return seen[value]

    def copy(value: Any, exact: bool = False) -> Any:
        if isinstance(value, dict):
            return {said(name): _lines(entry, secrets) if name == REQUEST and isinstance(entry, str) else
                    copy(entry, exact or name == COMMANDS) for name, entry in value.items()}
        if isinstance(value, list):
            return [copy(entry, exact) for entry in value]
        if not isinstance(value, str):
            return value
        return secrets.without(value, short_ones=False) if exact else text(value)

    return {key: copy(value) for key, value in report.items()}


def _lines(text: str, secrets: KnownSecrets) -> str:
    """A text of several lines, which end as Python's do."""
    lines = "\n".join(visible(text).splitlines())
    return without_secrets(secrets.without(lines, short_ones=False))


def presentable_text(text: str, secrets: KnownSecrets) -> str:
    """One text from outside, on one line."""
    seen = visible(text[:READ_CHARACTERS])
    return said(without_secrets(secrets.without(seen, short_ones=False)))
