# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Runs the checks: each starts as soon as the evidence it waits for is there, independent ones side by side."""

import queue
import time
import traceback
from functools import partial
from types import MappingProxyType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple, Type

from azext_acrlogin.base.interruption import Interruption
from azext_acrlogin.base.threads import OutOfTime, bounded, start
from azext_acrlogin.engine.model import (
    AnyCheck, Because, Inputs, Judgement, Result, Results, Status, Undeclared)
from azext_acrlogin.evidence import Evidence

NOT_JUDGED = "What was found is too much to be judged in time"
CRASH_LINES = 6  # of the traceback: enough to report a defect with
INTERRUPTED = "interrupted"
JUDGING_SECONDS = 1.0  # that a judgement has even when the run is over; most take a few milliseconds
WAITING_SECONDS = 0.5  # of silence, after which a person wants to see that something goes on


Kind = Type[Evidence]


def run(checks: List[AnyCheck], context: Any, budget_seconds: float,
        on_waiting: Callable[[List[str]], None] = lambda titles: None,
        interruption: Optional[Interruption] = None, meanwhile: Callable[[], None] = lambda: None) -> Results:
    """Gather and judge every check.

    :param checks: in running order (see `checks.in_running_order`).
    :param context: what was asked (`context.asked`) and the doors to the outside world; handed to `gather`.
    :param budget_seconds: after this long what is still running is left behind and its check becomes unknown.
    :param on_waiting: called with the titles of the checks that are running, whenever nothing has ended for a while.
    :param interruption: ends the run at once; what has no result yet is skipped.
    :param meanwhile: called once, in this thread, when the first checks have been started.
    :return: one result per check, in the order of `checks`.
    """
    run_of_all = _Run(checks, context, budget_seconds, on_waiting)
    try:
        with (interruption or Interruption()).raised():
            run_of_all.begin()
            meanwhile()
            run_of_all.to_its_end()
    except KeyboardInterrupt:
        pass  # the results say so
    return run_of_all.results()


class _Run:
    """One pass over the checks. Threads gather and judge; the calling thread alone keeps what came of it."""

    def __init__(self, checks: List[AnyCheck], context: Any, budget_seconds: float,
                 on_waiting: Callable[[List[str]], None]):
        self._checks = checks
        self._context = context
        self._on_waiting = on_waiting
        self._deadline = time.monotonic() + budget_seconds
        self._budget_seconds = budget_seconds
        self._found: Dict[Kind, Optional[Evidence]] = {}
        self._ended: Dict[Kind, Tuple[Optional[Because], Optional[str], int]] = {}  # (because, crash, milliseconds)
        self._started: Dict[Kind, float] = {}
        self._results: Dict[Kind, Result] = {}
        self._answers: "queue.Queue[Tuple[Kind, float, Optional[Evidence], Optional[str]]]" = queue.Queue()
        self._guesses: Dict[Kind, Evidence] = {}
        self._built_on: Dict[Kind, Dict[Kind, Evidence]] = {}  # the guesses that a check has started on

    def begin(self) -> None:
        """Start what waits for nothing."""
        self._start_ready()

    def to_its_end(self) -> None:
        """Until every check has a result."""
        while True:
            self._start_ready()
            self._give_up_pointless()
            self._judge_ready()
            running = set(self._started) - set(self._ended)
            if not running:
                break
            left = self._deadline - time.monotonic()
            try:
                kind, started, evidence, crash = self._answers.get(timeout=max(0.0, min(WAITING_SECONDS, left)))
            except queue.Empty:
                if left <= WAITING_SECONDS:
                    for late in running:
                        self._end(late, None, Because(f"No answer within {self._budget_seconds:g} s"))
                else:
                    self._on_waiting([check.title for check in self._checks if check.evidence in running])
                continue
            if kind in running and started == self._started[kind]:  # else it has started again since
                self._end(kind, evidence, crash=crash)

    def results(self) -> Results:
        """A result for each check; those that have none yet were interrupted."""
        return [self._results.get(check.evidence) or self._interrupted(check) for check in self._checks]

    def _interrupted(self, check: AnyCheck) -> Result:
        judgement = Judgement("Interrupted.", skipped=Because(INTERRUPTED))
        return Result(check, judgement, judgement.status, self._found.get(check.evidence))

    def _start_ready(self) -> None:
        """Start, or skip, every check whose inputs have all ended; skipping one may make the next ready."""
        for check in self._checks:
            if check.evidence in self._started:
                continue
            guesses = self._guesses_for(check)
            if set(check.waits_for) - set(self._ended) - set(guesses):
                continue
            self._started[check.evidence], self._built_on[check.evidence] = time.monotonic(), guesses
            because = self._of_another_machine(check) or self._unusable(
                [kind for kind in check.needs if kind not in guesses])
            if because:
                self._end(check.evidence, None, because)
                continue
            inputs = self._view(check.waits_for, guesses)
            guess = check.guess(self._context, inputs) if check.guess else None
            if guess is not None and guess.usable:
                self._guesses[check.evidence] = guess
            start(partial(self._gather, check, inputs, self._started[check.evidence]), f"check {check.name}")

    def _guesses_for(self, check: AnyCheck) -> Dict[Kind, Evidence]:
        """The guesses that a check takes for evidence that is not there yet."""
        now = time.monotonic()
        return {kind: self._guesses[kind] for kind in check.waits_for if kind in self._guesses
                and kind not in self._ended and check.takes_guess(self._guesses[kind], now - self._started[kind])}

    def _view(self, kinds: Iterable[Kind], guesses: Mapping[Kind, Evidence] = MappingProxyType({})) -> Inputs:
        """What a half of a check has declared, and no other: other threads go on adding evidence."""
        return Inputs({kind: guesses[kind] if kind in guesses else self._found[kind] for kind in kinds})

    def _settle_guesses(self, known: Kind) -> None:
        """Start again what was built on a guess that has turned out wrong. One of which nothing is known stands."""
        guess, evidence = self._guesses.pop(known, None), self._found[known]
        if guess is None:
            return
        if evidence is None:
            self._found[known] = guess
            return
        for kind, guesses in list(self._built_on.items()):
            if known in guesses and not evidence.bears_out(guess):
                self._forget(kind)

    def _forget(self, kind: Kind) -> None:
        """Have a check start again, and all that have seen its evidence."""
        if kind not in self._started:
            return
        for table in (self._started, self._built_on, self._ended, self._found, self._results):
            table.pop(kind, None)
        for check in self._checks:
            if kind in (*check.waits_for, *check.presumes):
                self._forget(check.evidence)
            elif kind in check.judges_with:
                self._results.pop(check.evidence, None)

    def _give_up_pointless(self) -> None:
        """Skip every check that presumed one which has ended without usable evidence, also when it has its own."""
        for check in self._checks:
            if check.evidence in self._started and check.evidence not in self._results:
                because = self._unusable([kind for kind in check.presumes if kind in self._ended])
                if because:
                    self._end(check.evidence, None, because)

    def _of_another_machine(self, check: AnyCheck) -> Optional[Because]:
        if check.of_this_machine and self._context.asked.assignee:
            return Because("The identity given with --assignee does not connect from this machine", by_choice=True)
        return None

    def _unusable(self, kinds: Iterable[Kind]) -> Optional[Because]:
        for kind in kinds:
            evidence = self._found.get(kind)
            if evidence is None or not evidence.usable:
                name = next(check.name for check in self._checks if check.evidence is kind)
                return Because(f"The check '{name}' did not pass", check=name)
        return None

    def _gather(self, check: AnyCheck, inputs: Inputs, started: float) -> None:
        """In the check's own thread: hand its evidence, or the traceback of a defect of ours, to the main thread."""
        try:
            self._answers.put((check.evidence, started, check.gather(self._context, inputs), None))
        except Exception:  # pylint: disable=broad-except
            self._answers.put((check.evidence, started, None, _crash()))

    def _end(self, kind: Kind, evidence: Optional[Evidence], because: Optional[Because] = None,
             crash: Optional[str] = None) -> None:
        self._found[kind] = evidence
        self._ended[kind] = (because, crash, round((time.monotonic() - self._started[kind]) * 1000))
        self._settle_guesses(kind)

    def _judge_ready(self) -> None:
        for check in self._checks:
            if check.evidence in self._results or check.evidence not in self._ended:
                continue
            if set(check.weighs) <= set(self._ended):
                self._results[check.evidence] = self._judge(check)

    def _judge(self, check: AnyCheck) -> Result:
        because, crash, milliseconds = self._ended[check.evidence]
        evidence = None if because or crash else self._found[check.evidence]
        judgement = Judgement("This check failed because of a defect in this tool.")
        if not crash and (because or evidence is None):
            judgement = _without_evidence(because or Because("No evidence"))
        elif not crash:
            seconds = max(JUDGING_SECONDS, self._deadline - time.monotonic())
            try:
                judgement = bounded(partial(check.judge, self._context.asked, evidence, self._view(check.weighs)),
                                    seconds, f"judgement of {check.name}")
                _demand_declared(check, judgement)
            except OutOfTime:
                judgement = Judgement(NOT_JUDGED, unknown=Because(NOT_JUDGED))
            except Exception:  # pylint: disable=broad-except
                crash = _crash()
        status = Status.CRASHED if crash else judgement.status
        return Result(check, judgement, status, evidence, milliseconds, crash)


def _demand_declared(check: AnyCheck, judgement: Judgement) -> None:
    """
    :raises Undeclared: the check finds a code that it does not declare.
    """
    undeclared = {finding.code for finding in judgement.findings} - set(check.codes)
    if undeclared:
        raise Undeclared(f"{check.name} does not declare {', '.join(sorted(undeclared))}")


def _without_evidence(because: Because) -> Judgement:
    if because.check or because.by_choice:
        return Judgement(because.reason + ".", skipped=because)
    return Judgement(because.reason + ".", unknown=because)


def _crash() -> str:
    """The last lines of the traceback without the exception's own text, which might hold a secret."""
    import sys
    kind, _, trace = sys.exc_info()
    frames = traceback.extract_tb(trace)[-CRASH_LINES:]
    places = [f"{frame.filename.replace(chr(92), '/').rsplit('azext_acrlogin/', 1)[-1]}:{frame.lineno} {frame.name}"
              for frame in frames]
    return f"{kind.__name__ if kind else 'Error'} at " + " < ".join(reversed(places))
