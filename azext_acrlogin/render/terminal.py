# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The lines for people: one while each check ends, the causes and the verdict at the end. Written to a stream."""

import shutil
import textwrap
import time
from typing import Any, Callable, Dict, List, Optional, TextIO

from azext_acrlogin.engine.model import Because, Result, Status
from azext_acrlogin.engine.verdict import Verdict
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.catalogue_text import RUN_BY
from azext_acrlogin.render.report import cause_entries

WIDTH = 80
NARROWEST = 40
TEXT_CHARACTERS = 4000
WORDS = {Status.PASSED: "OK", Status.WARNING: "WARNING", Status.FAILED: "FAILED", Status.SKIPPED: "SKIPPED",
         Status.UNKNOWN: "UNKNOWN", Status.CRASHED: "CRASHED"}
SYMBOLS = {Status.PASSED: "✓", Status.WARNING: "!", Status.FAILED: "✗", Status.SKIPPED: "–", Status.UNKNOWN: "?",
           Status.CRASHED: "✗"}
COLOURS = {Status.PASSED: "32", Status.WARNING: "33", Status.FAILED: "31", Status.UNKNOWN: "36", Status.SKIPPED: "2",
           Status.CRASHED: "35"}
BOLD, DIM, REVERSE = "1", "2", "7"
STANDING_OUT = (Status.FAILED, Status.CRASHED, Status.WARNING)
CONFIRMED = {True: "confirmed by this run", False: "ruled out by this run", None: "neither confirmed nor ruled out"}
NO_BREAK = "\N{NO-BREAK SPACE}"


class Lines:
    """Prints a diagnosis.

    :param colour: for terminals: ANSI colours, symbols where the stream's encoding has them, lines that are wrapped at
        the terminal's width, at most 80, and a line that says what is waited for. Otherwise one line a check, plain.
    :param quiet: leave everything but causes and crashes out.
    :param clock: seconds, for the time shown while waiting.
    """

    def __init__(self, stream: TextIO, colour: bool = False, quiet: bool = False,
                 clock: Callable[[], float] = time.monotonic):
        self._stream, self._colour, self._quiet, self._clock = stream, colour, quiet, clock
        encoding = (getattr(stream, "encoding", None) or "").lower().replace("-", "")
        self._symbols = colour and encoding == "utf8"
        self._width = WIDTH
        if colour:
            self._width = max(NARROWEST, min(WIDTH, shutil.get_terminal_size((WIDTH, 24)).columns))
        self._started = clock()
        self._results: Dict[str, Result] = {}  # by check name, as they ended
        self._pending = False  # a waiting line stands, to be replaced

    def waiting(self, titles: List[str]) -> None:
        """On a terminal: a line that the next one replaces, so that nobody wonders whether anything goes on."""
        if self._colour and not self._quiet:
            text = f"Waiting for {', '.join(titles)}"
            passed = f" ({self._clock() - self._started:.0f} s)"
            room = self._width - 1 - len(passed)
            if len(text) > room:
                text = text[:room - 3] + "..."
            self._write(self._clear() + self._paint(text + passed, DIM))
            self._pending = True

    def finished(self, result: Result) -> None:
        """The line of a check as soon as it has ended: a passed one says what it saw, others are explained later.

        Those that were skipped have no line yet; `verdict` names them together.
        """
        self._results[result.check.name] = result
        if self._quiet or result.status == Status.SKIPPED:
            return
        if result.status == Status.PASSED:
            self._check(result.judgement.message, result.status)
        elif result.status == Status.UNKNOWN:
            self._check(result.check.title, result.status, _what_is_missing(result.judgement.unknown))
        else:
            self._check(result.check.title, result.status)

    def verdict(self, outcome: Verdict, report: Dict[str, Any]) -> None:
        """What was skipped, every cause with its fix, then the answer.

        :param report: of `outcome`.
        """
        self._results = {result.check.name: result for result in outcome.results}
        if not self._quiet:
            self._skipped()
        for result in self._results.values():
            if result.crash:
                self._crashed(result)
        for cause, found in zip(cause_entries(outcome, report["checks"]), outcome.causes):
            self._cause(cause, found.check)
        if not self._quiet:
            if report["symptom"]:
                self._symptom(report["symptom"]["matches"])
            self._line("")
            errors = [code for code in outcome.error_codes if code.endswith("_ERROR")]
            code = f" ({errors[0]})" if len(errors) == 1 else ""
            self._line(self._bold("Verdict: ") + self._answer(outcome.status) + code)
            self._wrapped(self._sentence(outcome, errors))

    def _check(self, text: str, status: Status, reason: str = "") -> None:
        """TEXT : WORD (reason), in the manner of `az acr check-health`."""
        word = WORDS[status]
        line = f"{shown(text, TEXT_CHARACTERS)}{NO_BREAK}:{NO_BREAK}{word}" + (f" ({shown(reason)})" if reason else "")
        lines = [line]
        if self._colour:
            lines = _wrap(line, self._width - (2 if self._symbols else 0), indent="  ")
        for number, part in enumerate(lines):
            symbol = "" if not self._symbols else "  " if number else self._in_colour(SYMBOLS[status], status) + " "
            end = f":{NO_BREAK}{word}"
            before, found, after = part.rpartition(end)
            if found:
                part = f"{before}: {self._in_colour(word, status)}{after}"
            self._line(symbol + part.replace(NO_BREAK, " "))

    def _in_colour(self, text: str, status: Status) -> str:
        return self._paint(text, COLOURS[status] + (";1" if status in STANDING_OUT else ""))

    def _skipped(self) -> None:
        """One line for each reason, not for each check. What nobody asked for is not named."""
        groups: Dict[str, List[str]] = {}
        for result in self._results.values():
            because = result.judgement.skipped
            if result.status == Status.SKIPPED and because and not because.by_choice:
                groups.setdefault(self._why_skipped(because), []).append(result.check.title)
        for reason, titles in groups.items():
            text = f"{', '.join(titles)} : {WORDS[Status.SKIPPED]} ({shown(reason)})"
            for line in _wrap(text, self._width, "  ") if self._colour else [text]:
                self._line(self._paint(line, DIM))

    def _why_skipped(self, because: Because) -> str:
        """The reason, or the check at the beginning of a chain of skipped ones."""
        before = self._results.get(because.check) if because.check else None
        if before is None or before.status == Status.PASSED:
            return because.reason
        if before.status == Status.SKIPPED and before.judgement.skipped:
            return self._why_skipped(before.judgement.skipped)
        return f"{before.check.title} did not pass"

    def _cause(self, cause: Dict[str, Any], check: str) -> None:
        self._line("")
        error = cause["errorCode"].endswith("_ERROR")
        what = "An error occurred" if error else "Warning"
        self._line(self._paint(f"{what}: {cause['errorCode']}", "31;1" if error else "33;1"))
        self._wrapped(cause["message"])
        fix = cause["fix"]
        if fix:
            self._wrapped(f"Fix, by {RUN_BY[fix['runBy']]}: {fix['description']}")
            for command in fix["commands"]:
                self._line("    " + self._bold(command["line"]))
        if check in self._results:
            self._wrapped(f"Evidence: {self._evidence(cause['errorCode'], check)}", DIM)
        self._wrapped(f"Read more: {cause['docs']}", DIM)

    def _evidence(self, code: str, check: str) -> str:
        consequences = [result.check.title for result in self._results.values()
                        if result.explained_by and result.explained_by[1] == code and result.check.name != check]
        explains = f", which explains {', '.join(consequences)}" if consequences else ""
        return self._results[check].check.title + explains

    def _crashed(self, result: Result) -> None:
        """A defect of ours, with what to report."""
        self._line("")
        self._line(self._paint("An error occurred: UNEXPECTED_ERROR", "35;1"))
        self._wrapped(f"The check '{result.check.name}' has a defect ({result.crash}). The other checks went on. "
                      "Please report it with this line.")

    def _symptom(self, matches: List[Dict[str, Any]]) -> None:
        self._line("")
        if not matches:
            self._wrapped("The message given with --symptom points to no known cause.")
            return
        self._line("What the message given with --symptom can stand for, likeliest first:")
        for match in matches:
            self._line(f"    {match['errorCode']} : {CONFIRMED[match['confirmed']]}")

    @staticmethod
    def _sentence(outcome: Verdict, errors: List[str]) -> str:
        """The answer without what the causes above it and az's own last line say."""
        if outcome.status == Status.FAILED:
            return f"Mend {errors[0]} first, then {', '.join(errors[1:])}." if len(errors) > 1 else ""
        if outcome.status == Status.WARNING and outcome.causes:
            return outcome.summary.removesuffix(outcome.causes[0].finding.message)
        return outcome.summary

    def _answer(self, status: Status) -> str:
        word = status.value.upper()
        return self._paint(f" {word} ", f"{COLOURS[status]};{BOLD};{REVERSE}") if self._colour else word

    def _wrapped(self, text: str, colour: str = "") -> None:
        for line in _wrap(shown(text, TEXT_CHARACTERS), self._width):
            self._line(self._paint(line, colour))

    def _bold(self, text: str) -> str:
        return self._paint(text, BOLD)

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour and colour else text

    def _line(self, text: str) -> None:
        self._write(self._clear() + text + "\n")
        self._pending = False

    def _clear(self) -> str:
        return "\r\x1b[K" if self._pending else ""

    def _write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._quiet = True  # the reader has gone, or the disk is full; report and exit status are still wanted


def _what_is_missing(because: Optional[Because]) -> str:
    if because is None:
        return ""
    return f"{because.reason}; it takes {because.permission}" if because.permission else because.reason


def _wrap(text: str, width: int, indent: str = "") -> List[str]:
    return textwrap.wrap(text, width, subsequent_indent=indent, break_long_words=False,
                         break_on_hyphens=False)
