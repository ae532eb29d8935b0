# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The error codes as data: one entry per code, one module per category. Read by checks, help, documentation, tests.

A code is written once, as the first argument of its entry. Codes are never renamed or given another meaning.
"""

import re
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any, Dict, FrozenSet, Iterable, Iterator, List, Mapping, Tuple, Union

from azext_acrlogin.catalogue.facts import Facts

CATEGORIES = ("identity", "registry", "network", "token", "authorization", "environment", "client")
WHO = ("you", "registryOwner", "tenantAdministrator", "networkAdministrator", "serviceOwner")
PLACEHOLDER = re.compile(r"\{(\w+)(?:\|([^{}]*))?\}")  # {name}, or {name|what stands there when it is not known}


class WhenKnown(Tuple[Any, ...]):
    """Arguments in a command, or a command in a fix, that are included only when the facts fill all placeholders."""


Message = Union[str, Tuple[Union[str, WhenKnown], ...]]


@dataclass(frozen=True)
class Fix:
    """One way to fix a cause.

    description: what to do, a whole sentence; may hold placeholders as {login_server}.
    run_by: who can do it, one of WHO.
    commands: argument lists; placeholders stand inside arguments.
    secret_file: name of the file that takes what the last command prints, a secret; empty when it prints none.
    """

    description: str
    run_by: str = "you"
    commands: Tuple[Tuple[Any, ...], ...] = ()  # of texts, and of `WhenKnown`
    secret_file: str = ""

    @property
    def placeholders(self) -> FrozenSet[str]:
        """Names of the facts that this fix needs."""
        return needed_by([self.description, *self.commands])


def placeholders_in(parts: Iterable[Any]) -> FrozenSet[str]:
    """The names of all placeholders in texts and in tuples of them."""
    return frozenset(name for part in parts for name in (
        [match[1] for match in PLACEHOLDER.finditer(part)] if isinstance(part, str) else placeholders_in(part)))


def needed_by(parts: Iterable[Any]) -> FrozenSet[str]:
    """The same, without those that have a fallback, and without what stands in parts that are `WhenKnown`."""
    return frozenset(name for part in parts if not isinstance(part, WhenKnown) for name in (
        [match[1] for match in PLACEHOLDER.finditer(part) if match[2] is None] if isinstance(part, str)
        else needed_by(part)))


def filled(text: str, facts: Facts) -> str:
    """A text of the catalogue with its placeholders replaced.

    :raises KeyError: a value is not known, and its placeholder has no fallback.
    """
    def value(match: "re.Match[str]") -> str:
        known = facts.get(match[1])
        if known:
            return str(known)
        if match[2] is None:
            raise KeyError(match[1])
        return match[2]
    return PLACEHOLDER.sub(value, text)


@dataclass(frozen=True)
class Code:
    """One error code.

    message: what a finding of this code says, with placeholders; by case, where it says different things. In parts,
        where some of them, as `WhenKnown`, are included only when their placeholders are filled.
    fixes: best first; a finding offers the first whose placeholders its facts fill, so the last needs none.
    looks_like: what people see when this is the cause, for the documentation.
    confused_with: other codes, each with the observation that tells it from this one.
    explains: codes that are consequences when this one is found in the same run.
    docs: where to read more.
    outlasts_waiting: it stays until the command, the credentials or the CLI's login are changed, so that diagnosing
        again later finds the same.
    """

    code: str
    title: str
    meaning: str
    how_found: str
    fixes: Tuple[Fix, ...]
    docs: str
    message: Union[Message, Mapping[str, Message]] = ""
    looks_like: Tuple[str, ...] = ()
    confused_with: Mapping[str, str] = field(default_factory=dict)
    explains: Tuple[str, ...] = ()
    outlasts_waiting: bool = False
    category: str = ""  # the module's name, filled in when the catalogue is read

    @property
    def severity(self) -> str:
        """error or warning, from the code's ending."""
        return "error" if self.code.endswith("_ERROR") else "warning"

    def says(self, facts: Facts, case: str = "") -> str:
        """The message of a finding.

        :raises KeyError: there is no such case, or a value that the message needs is not known.
        """
        message = self.message if isinstance(self.message, (str, tuple)) else self.message[case]
        parts = (message,) if isinstance(message, str) else message
        known = {name for name, value in facts.items() if value}
        return "".join(filled("".join(part), facts) for part in parts
                       if not isinstance(part, WhenKnown) or needed_by(part) <= known)


def codes() -> Dict[str, Code]:
    """Every code by its name, ordered by category and then by name."""
    if not _CODES:
        _CODES.update((code.code, code) for code in _read())
    return _CODES


_CODES: Dict[str, Code] = {}


def _read() -> Iterator[Code]:
    for category in CATEGORIES:
        entries: List[Code] = import_module(f"{__name__}.{category}").CODES
        for entry in sorted(entries, key=lambda entry: entry.code):
            yield replace(entry, category=category)
