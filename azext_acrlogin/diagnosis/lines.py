# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The lines for people: one while each check ends, the causes and the verdict at the end. Written to a stream."""

import io
import textwrap
from typing import Any, Dict, List, Optional, TextIO

from azext_acrlogin.diagnosis.model import Result, Status
from azext_acrlogin.diagnosis.verdict import Verdict

WIDTH = 80
WORDS = {Status.PASSED: "OK", Status.WARNING: "WARNING", Status.FAILED: "FAILED", Status.SKIPPED: "SKIPPED",
         Status.UNKNOWN: "UNKNOWN", Status.CRASHED: "CRASHED"}
COLOURS = {Status.PASSED: "32", Status.WARNING: "33", Status.FAILED: "31", Status.UNKNOWN: "36", Status.SKIPPED: "2",
           Status.CRASHED: "35"}


class Lines:
    """Prints a diagnosis. `colour` is for terminals: ANSI colours and a waiting line; `quiet` leaves everything but causes out."""

    def __init__(self, stream: Optional[TextIO], colour: bool = False, quiet: bool = False):
        """:param stream: None when there is none, as with `2>&-`."""
        self._stream, self._colour, self._quiet = stream or io.StringIO(), colour, quiet
        self._pending = False  # a waiting line stands, to be replaced

    def waiting(self, titles: List[str]) -> None:
        """On a terminal: a line that the next one replaces, so that nobody wonders whether anything goes on."""
        if self._colour and not self._quiet:
            self._write(self._clear() + f"... waiting for: {', '.join(titles)}"[:WIDTH - 1])
            self._pending = True

    def finished(self, result: Result) -> None:
        """The line of a check as soon as it has ended: a passed one says what it saw, others are explained later."""
        if self._quiet:
            return
        if result.status == Status.PASSED:
            text, _, _ = result.judgement.message.rpartition(" : OK")
            self._line(f"{text or result.judgement.message} : {self._word(Status.PASSED)}")
        elif result.status in (Status.SKIPPED, Status.UNKNOWN):
            because = result.judgement.skipped or result.judgement.unknown
            if not because.by_choice:
                self._line(f"{result.check.title} : {self._word(result.status)} ({because.check or because.reason})")
        else:
            self._line(f"{result.check.title} : {self._word(result.status)}")

    def verdict(self, outcome: Verdict, causes: List[Dict[str, Any]]) -> None:
        """Every cause with its fix, then the answer. `causes` are the report's findings of the causes."""
        for cause in causes:
            self._cause(cause)
        if self._quiet:
            return
        self._line("")
        self._line(self._bold("Verdict: ") + self._status(outcome.status))
        self._wrapped(outcome.summary)

    def interrupted(self) -> None:
        """Somebody pressed Ctrl+C."""
        self._line("")
        self._line("Interrupted.")

    def crashed(self, result: Result) -> None:
        """A defect of ours, with what to report."""
        self._line("")
        self._line(f"UNEXPECTED_ERROR: the check '{result.check.name}' has a defect ({result.crash}). "
                   "The other checks went on. Please report it with this line.")

    def _cause(self, cause: Dict[str, Any]) -> None:
        self._line("")
        what = "An error occurred" if cause["errorCode"].endswith("_ERROR") else "Warning"
        self._line(self._paint(f"{what}: {cause['errorCode']}", "31;1" if what != "Warning" else "33;1"))
        self._wrapped(cause["message"])
        fix = cause["fix"]
        if fix:
            self._wrapped(f"{self._who(fix['runBy'])}{fix['description']}")
            for command in fix["commands"]:
                self._line("    " + self._bold(command["line"]))
        self._wrapped(f"Read more: {cause['docs']}")

    @staticmethod
    def _who(run_by: str) -> str:
        return "" if run_by == "you" else {
            "registryOwner": "For the registry's owner: ", "tenantAdministrator": "For an administrator of the tenant: ",
            "networkAdministrator": "For the network's administrator: ", "serviceOwner": "For the service's owner: ",
        }[run_by]

    def _wrapped(self, text: str) -> None:
        for line in textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False) or [""]:
            self._line(line)

    def _status(self, status: Status) -> str:
        return self._paint(status.value.upper(), COLOURS[status] + ";1")

    def _word(self, status: Status) -> str:
        return self._paint(WORDS[status], COLOURS[status])

    def _bold(self, text: str) -> str:
        return self._paint(text, "1")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colour else text

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
