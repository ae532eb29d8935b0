# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Masks what a report that is handed around must not show: the names of people.

Secrets are masked when a report is made; a report that was changed since is looked through again.
"""

import re
from typing import Any, Dict, Iterator

from azext_acrlogin.protocol.known_secrets import MASK
from azext_acrlogin.protocol.secrets_in_text import without_secrets

SHORTEST_NAME = 3  # characters; masking a shorter one wherever it stands would leave no readable text
NOBODY = {"root", "docker", "podman"}  # accounts of systems, not of people
LOCAL_USERS = (("container-daemon", "userName"), ("client-environment", "sudoUser"))  # evidence: operating system users

# Bounded, so that a long text without an @ does not take the square of its length.
_PRINCIPAL_NAME = re.compile(r"([^\s@'\"`<>()\[\]{},;:=/\\])[^\s@'\"`<>()\[\]{},;:=/\\]{0,120}(@|%40)(?=[\w-]+\.\w)")
_HOME = re.compile(r"(/home/|[/\\]Users[/\\]{1,2})"
                   r"([^\s/\\'\",;:]+(?: [^\s/\\'\",;:]+){1,3}(?=[/\\])|[^\s/\\'\",;:]+)", re.IGNORECASE)
_IDENTIFIER = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def masked(report: Dict[str, Any]) -> Dict[str, Any]:
    """A copy of `report` in which user names keep their first letter and domain, and secrets are gone.

    Principal names (`alex@contoso.example`) and the names of home folders are recognised by their form wherever they
    stand; the identity's own name and those of local users by their value. Names of applications, tokens and the admin
    user stay: they are no person's.
    """
    masking = _Masking(report)
    return {key: masking.value(entry) for key, entry in report.items()}


class _Masking:
    def __init__(self, report: Dict[str, Any]):
        names = {name for name in _names(report) if len(name) >= SHORTEST_NAME and name.lower() not in NOBODY}
        alternatives = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._names = re.compile(rf"(?<![\w-])(?:{alternatives})(?![\w-])", re.IGNORECASE) if names else None

    def value(self, value: Any) -> Any:
        """`value` with every text in it masked; keys are the schema's, save those of free-form evidence."""
        if isinstance(value, dict):
            return {self.text(str(key)): self.value(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.value(entry) for entry in value]
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """`text` masked."""
        text = without_secrets(text)
        text = _PRINCIPAL_NAME.sub(rf"\1{MASK}\2", text)
        text = _HOME.sub(lambda match: match[1] + (match[2] if match[2].lower() in NOBODY else _short(match[2])), text)
        return self._names.sub(lambda match: _short(match[0]), text) if self._names else text


def _short(name: str) -> str:
    """The first letter, and the domain of a principal name."""
    if MASK in name:
        return name
    local, at, domain = name.partition("@")
    return f"{local[:1]}{MASK}{at}{domain}"


def _names(report: Dict[str, Any]) -> Iterator[str]:
    """People's names that their form alone does not give away."""
    identity = report["identity"]
    if identity["type"] == "user" and identity["name"] and not _IDENTIFIER.fullmatch(identity["name"]):
        yield identity["name"]
    for name in (identity["name"], report["asked"]["username"], report["asked"]["assignee"]):
        if name and "@" in name:
            yield name
    evidence = {check["name"]: check["evidence"] for check in report["checks"]}
    for check, key in LOCAL_USERS:
        if evidence.get(check, {}).get(key):
            yield evidence[check][key]
