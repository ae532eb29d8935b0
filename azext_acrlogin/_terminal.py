# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Who reads the output: a person at a terminal, a program, or no one any more."""

import io
import os
import sys
from typing import Any, List, TextIO

from azure.cli.core.azclierror import ValidationError

from azext_acrlogin.protocol.text import visible

OUTPUT_OPTIONS = ("--output", "--query")
PASTED_BYTES = 50_000  # of the beginning of standard input, and of its end


def wants_text(cli_ctx: Any) -> bool:
    """True when readable text replaces formatted output.

    That is on a terminal, as long as nothing asks for a format: no `-o`, `--query` or `--only-show-errors`, and no
    configured default output. knack (output.py) only keeps the format that results from all of these, so the names of
    the options given are looked at; a unique beginning of a long option counts, as it does for argparse.
    """
    stream = cli_ctx.out_file
    if not (hasattr(stream, "isatty") and stream.isatty()):
        return False
    if cli_ctx.only_show_errors or cli_ctx.config.get("core", "output", fallback=None):
        return False
    return not any(name == "-o" or len(name) > 2 and any(option.startswith(name) for option in OUTPUT_OPTIONS)
                   for name in cli_ctx.data.get("safe_params") or ())


def wants_details(cli_ctx: Any) -> bool:
    """Whether --verbose, or --debug, asks for a line for each check."""
    return any(len(name) > 4 and ("--verbose".startswith(name) or "--debug".startswith(name))
               for name in cli_ctx.data.get("safe_params") or ())


def error_stream() -> TextIO:
    """Standard error, or a sink where there is none, as with `2>&-`."""
    return io.StringIO() if sys.stderr is None else sys.stderr


def say(line: str, start: str = "", end: str = "") -> None:
    """A line for people, in any encoding, whether or not somebody reads. :param start, end: of its colour."""
    stream = error_stream()
    encoding = getattr(stream, "encoding", None) or "utf-8"
    try:
        stream.write(start + visible(line).encode(encoding, "backslashreplace").decode(encoding) + end + "\n")
    except (OSError, ValueError):
        pass  # nobody reads; the exit status tells


def takes_colour(cli_ctx: Any, stream: TextIO) -> bool:
    """Whether what is written there may be coloured."""
    return (bool(cli_ctx.enable_color) and stream.isatty() and "NO_COLOR" not in os.environ
            and os.environ.get("TERM") != "dumb")


class Failed(ValidationError):  # type: ignore[misc]  # the CLI has no types
    """Ends the command with exit status 1 and its own lines: on a colour terminal az would leave `ERROR:` out."""

    def __init__(self, lines: List[str], colour: bool):
        super().__init__(" ".join(lines))
        self._lines, self._colour = lines, colour

    def print_error(self) -> None:
        """Called by az in place of its own printing."""
        start, end = ("\x1b[31m", "\x1b[0m") if self._colour else ("", "")
        for line in self._lines:
            say(f"ERROR: {line}", start, end)


def pasted() -> str:
    """All that comes from standard input, of which beginning and end are kept. Empty when there is none.

    On a terminal somebody is asked to paste, and told how to end.
    """
    if sys.stdin is None:
        return ""
    first, last = bytearray(), bytearray()
    try:
        if sys.stdin.isatty():
            end = "Ctrl+Z, Enter" if sys.platform == "win32" else "Ctrl+D"
            error_stream().write(f"Paste the error, then {end}\n")
            error_stream().flush()
        while chunk := sys.stdin.buffer.read(PASTED_BYTES):
            room = PASTED_BYTES - len(first)
            first += chunk[:room]
            last = (last + chunk[room:])[-PASTED_BYTES:]
    except KeyboardInterrupt:
        raise interrupted() from None
    except (OSError, ValueError):
        pass  # a stream that was closed: what was read until then counts
    encoding = "utf-16" if bytes(first[:2]) in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    return (first + last).decode(encoding, "replace")


def interrupted() -> SystemExit:
    """Tell that Ctrl+C was pressed at a prompt; the exception returned ends the command."""
    say("")
    say("ERROR: Interrupted")
    return SystemExit(1)
