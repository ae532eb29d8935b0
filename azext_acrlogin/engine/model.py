# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The words of a diagnosis: what a check is, what it observes and what it concludes.

A check has two halves. ``gather`` talks to the outside world and returns evidence, a plain record of what was
observed. ``judge`` is a pure function that turns evidence, its own and that of other checks, into a judgement.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple


class Status(str, Enum):
    """How a check ended; the values are those of the report."""

    PASSED = "passed"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    CRASHED = "crashed"


class Category(str, Enum):
    """What part of the sign-in a check looks at. The order is the order in which causes are named."""

    IDENTITY = "identity"
    REGISTRY = "registry"
    NETWORK = "network"
    TOKEN = "token"
    AUTHORIZATION = "authorization"
    ENVIRONMENT = "environment"
    CLIENT = "client"
    LOGS = "logs"


@dataclass
class Evidence:
    """What one check observed. Subclasses add fields; those made with `unpublished` stay out of the report.

    Field names become the report's evidence keys in camelCase, so they are part of the published schema.
    """

    @property
    def usable(self) -> bool:
        """Whether checks that need this one can go on. A failed look-up, for instance, is not usable."""
        return True


@dataclass(frozen=True)
class Because:
    """Why a check was skipped or stayed unknown: another check, a permission that is missing, or just a reason.

    by_choice: an option that was not given; nothing that people at a terminal need to read.
    """

    reason: str
    check: Optional[str] = None
    permission: Optional[str] = None
    by_choice: bool = False


@dataclass(frozen=True)
class Finding:
    """One cause or warning that the evidence shows.

    ``facts`` are the values (names, ids, scopes) that fill the placeholders of the catalogue's fixes; a fix whose
    placeholders they do not fill is not offered. ``explains`` are codes that are its consequences by the evidence of
    this run, beside those that always are (the catalogue's `Code.explains`).
    """

    code: str
    message: str
    facts: Mapping[str, str] = field(default_factory=dict)
    explains: Tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        """Errors fail the run, warnings do not."""
        return self.code.endswith("_ERROR")


@dataclass(frozen=True)
class Judgement:
    """What `judge` concludes: one message for people, and findings, or the reason why there is no conclusion."""

    message: str
    findings: Tuple[Finding, ...] = ()
    unknown: Optional[Because] = None
    skipped: Optional[Because] = None
    correlation_id: Optional[str] = None

    @property
    def status(self) -> Status:
        """The check's status. Errors outweigh warnings, and both outweigh what stayed unknown."""
        if any(finding.is_error for finding in self.findings):
            return Status.FAILED
        if self.findings:
            return Status.WARNING
        if self.skipped:
            return Status.SKIPPED
        if self.unknown:
            return Status.UNKNOWN
        return Status.PASSED


class Inputs(Dict[str, Optional[Evidence]]):
    """Evidence gathered so far by check name. None where a check was skipped, crashed or ran out of time."""


@dataclass(frozen=True)
class Check:
    """A check as its module declares it.

    needs: checks whose evidence must be usable, otherwise this check is skipped because of them.
    reads: checks whose evidence `gather` waits for and looks at, usable or not.
    judges_with: checks whose evidence only `judge` looks at.
    presumes: as `needs`, but `gather` starts without waiting for them, and is given up once one turns out unusable.
    codes: every code that `judge` may find.
    """

    name: str
    category: Category
    title: str
    evidence: type
    gather: Callable[[Any, Inputs], Evidence]
    judge: Callable[[Any, Any, Inputs], Judgement]
    codes: Tuple[str, ...] = ()
    needs: Tuple[str, ...] = ()
    reads: Tuple[str, ...] = ()
    judges_with: Tuple[str, ...] = ()
    presumes: Tuple[str, ...] = ()


@dataclass
class Result:
    """A check as it ended, before the report is built."""

    check: Check
    judgement: Judgement
    status: Status
    evidence: Optional[Evidence] = None
    duration_milliseconds: int = 0
    crash: Optional[str] = None
    explained_by: Optional[Tuple[str, str]] = None  # (check, code) when the findings are consequences


Results = List[Result]
