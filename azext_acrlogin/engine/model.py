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
from typing import (
    Any, Callable, Generic, List, Mapping, Optional, Set, Tuple, Type, TypeVar, cast)

from azext_acrlogin.catalogue import codes
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence


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
    facts: Facts = field(default_factory=Facts)
    explains: Tuple[str, ...] = ()

    @classmethod
    def of(cls, code: str, facts: Optional[Facts] = None, case: str = "", explains: Tuple[str, ...] = ()) -> "Finding":
        """A finding that says what the catalogue has for its code, and for this case of it.

        :raises KeyError: the catalogue has no such message, or it needs a value that the facts do not hold.
        """
        known = facts or Facts()
        return cls(code, codes()[code].says(known, case), known, explains)

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

    @classmethod
    def of(cls, *findings: Finding, unknown: Optional[Because] = None,
           correlation_id: Optional[str] = None) -> "Judgement":
        """A judgement that says what its first finding says."""
        return cls(findings[0].message, findings, unknown=unknown, correlation_id=correlation_id)

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


E = TypeVar("E", bound=Evidence)


class Undeclared(Exception):
    """A check reads evidence, or finds a code, that its declaration does not list: a defect of ours."""


class Inputs:
    """The evidence of other checks that one half of a check has declared, and no other."""

    def __init__(self, found: Mapping[Type[Evidence], Optional[Evidence]]):
        """:param found: by its type; None where a check was skipped, crashed or ran out of time."""
        self._found = dict(found)
        self.read: Set[Type[Evidence]] = set()

    def of(self, kind: Type[E]) -> E:
        """Evidence that is there: one of the check's `needs`.

        :raises Undeclared: it is not declared, or need not be there.
        """
        found = self.get(kind)
        if found is None:
            raise Undeclared(f"{kind.__name__} is used as if it were needed")
        return found

    def get(self, kind: Type[E]) -> Optional[E]:
        """Evidence, or None where there is none.

        :raises Undeclared: it is not declared.
        """
        if kind not in self._found:
            raise Undeclared(f"{kind.__name__} is not declared")
        self.read.add(kind)
        return cast(Optional[E], self._found[kind])


@dataclass(frozen=True)
class Check(Generic[E]):
    """A check as its module declares it. Other checks are named by the type of their evidence.

    needs: evidence that must be usable, otherwise this check is skipped because of it. Both halves see it.
    reads: evidence that `gather` waits for, usable or not. Both halves see it.
    judges_with: evidence that only `judge` sees.
    presumes: as `needs`, but `gather` starts without waiting for it, and is given up once it turns out unusable. Only
        `judge` sees it.
    of_this_machine: it says how this machine reaches the registry, which is nothing to an --assignee.
    codes: every code that `judge` may find.
    guess: what the evidence will most likely be, made from the check's own inputs when it starts; asks nobody.
    takes_guess: whether this check's `gather` starts on another's guess, of so many seconds ago, instead of waiting. It
        runs again if the evidence does not bear the guess out. `judge` sees the evidence.
    """

    name: str
    category: Category
    title: str
    evidence: Type[E]
    gather: Callable[[Any, Inputs], E]
    judge: Callable[[Question, E, Inputs], Judgement]
    codes: Tuple[str, ...] = ()
    needs: Tuple[Type[Evidence], ...] = ()
    reads: Tuple[Type[Evidence], ...] = ()
    judges_with: Tuple[Type[Evidence], ...] = ()
    presumes: Tuple[Type[Evidence], ...] = ()
    guess: Optional[Callable[[Any, Inputs], Optional[E]]] = None
    takes_guess: Callable[[Evidence, float], bool] = lambda _guess, _seconds: False
    of_this_machine: bool = False

    @property
    def waits_for(self) -> Tuple[Type[Evidence], ...]:
        """What `gather` sees."""
        return self.needs + self.reads

    @property
    def weighs(self) -> Tuple[Type[Evidence], ...]:
        """What `judge` sees."""
        return self.waits_for + self.judges_with + self.presumes


AnyCheck = Check[Any]


@dataclass
class Result:
    """A check as it ended, before the report is built."""

    check: AnyCheck
    judgement: Judgement
    status: Status
    evidence: Optional[Evidence] = None
    duration_milliseconds: int = 0
    crash: Optional[str] = None
    explained_by: Optional[Tuple[str, str]] = None  # (check, code) when the findings are consequences


Results = List[Result]
