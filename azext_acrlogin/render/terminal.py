# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What people see while a diagnosis runs, and when it has ended. Written to a stream, standard error as a rule."""

import math
import os
import time
from typing import Any, Callable, List, Mapping, TextIO

from azext_acrlogin.render.check_lines import causes, check_lines, errors
from azext_acrlogin.render.screen import DIM, NARROWEST, WIDEST, Style, screen

USUAL_COLUMNS = 80
PLAIN = str.maketrans({"…": "...", "–": "-", "—": "-", "·": "-", "\u2018": "'", "\u2019": "'", "\u201c": '"',
                       "\u201d": '"'})  # for code pages


class Terminal:
    """Prints a diagnosis.

    :param is_terminal: somebody looks at it: progress, one screen, wrapped. Otherwise one line a check, as it is piped.
    :param colour: ANSI colours.  :param verbose: a line for each check on a terminal, too.
    :param quiet: errors only.  :param clock: seconds, for the time shown while waiting.
    """

    def __init__(self, stream: TextIO, is_terminal: bool = False, colour: bool = False, verbose: bool = False,
                 quiet: bool = False, clock: Callable[[], float] = time.monotonic):
        self._stream, self._is_terminal = stream, is_terminal
        self._verbose, self._quiet, self._clock = verbose, quiet, clock
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        columns = max(NARROWEST, min(WIDEST, _columns(stream)))
        self._style = Style(columns if is_terminal else None, is_terminal and _is_utf8(self._encoding), colour,
                            os.name == "nt")
        self._started = clock()
        self._progress = is_terminal and os.environ.get("TERM") != "dumb"  # a line can be written over
        self._pending = False  # a progress line stands, to be replaced

    def waiting(self, titles: List[str]) -> None:
        """On a terminal: a line that the next one replaces, so that nobody wonders whether anything goes on."""
        self._replaced(f"Waiting for {', '.join(titles)}", f" ({self._clock() - self._started:.0f} s)")

    def pausing(self, seconds: float) -> None:
        """The same, until the next round begins."""
        self._started = self._clock()  # of that
        self._replaced("Trying again", f" in {math.ceil(seconds)} s (Ctrl+C ends it)")

    def round(self, report: Mapping[str, Any]) -> None:
        """One line for a round that is not the last."""
        if not self._quiet:
            codes = f": {', '.join(report['errorCodes'])}" if report["errorCodes"] else ""
            line = f"{time.strftime('%H:%M:%S')}  {self._style.symbol(report['status'])} {report['status']}{codes}"
            self._write(f"{self._cleared()}{line}\n")

    def _replaced(self, text: str, end: str) -> None:
        if self._progress and not self._quiet:
            room = (self._style.width or USUAL_COLUMNS) - 1 - len(end)
            text = (text if len(text) <= room else f"{text[:room - 3]}...") + end
            self._write(self._cleared() + self._style.paint(text, DIM))
            self._pending = True

    def show(self, report: Mapping[str, Any], titles: Mapping[str, str]) -> None:
        """The outcome. :param titles: of the checks, by name."""
        if self._quiet:
            lines = causes(report, self._style, errors(report))[1:]
        elif self._is_terminal and not self._verbose:
            lines = screen(report, titles, self._style)
        else:
            lines = check_lines(report, titles, self._style)
        self._write(self._cleared() + "".join(f"{line}\n" for line in lines))

    def _cleared(self) -> str:
        """What takes a progress line away, so that another can stand in its place."""
        clear, self._pending = ("\r\x1b[K" if self._pending else ""), False
        return clear

    def _write(self, text: str) -> None:
        try:
            if not _is_utf8(self._encoding):
                text = text.translate(PLAIN)
            text = text.encode(self._encoding, "backslashreplace").decode(self._encoding)
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            self._quiet = True  # the reader has gone, or the disk is full; report and exit status are still wanted


def _columns(stream: TextIO) -> int:
    """Of the stream's own terminal: standard output, which `shutil` looks at, may be a file."""
    given = os.environ.get("COLUMNS", "")
    if given.isdecimal() and int(given):
        return int(given)
    try:
        return os.get_terminal_size(stream.fileno()).columns or USUAL_COLUMNS
    except (OSError, ValueError, AttributeError):
        return USUAL_COLUMNS


def _is_utf8(encoding: str) -> bool:
    return encoding.lower().replace("-", "") == "utf8"
