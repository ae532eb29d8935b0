# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Commands as a person pastes them: the catalogue's fixes with real values, quoted for the system's usual shell.

Values come from servers, files and users. They are put into arguments that are already split, so that no value can
become a second argument or a second command; what no quoting makes safe is not offered at all.
"""

import json
import re
import shlex
import unicodedata
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple, cast

from azext_acrlogin.catalogue import Fix, WhenKnown, filled, needed_by, placeholders_in
from azext_acrlogin.catalogue.facts import Facts

VALUE_CHARACTERS = 2000  # a resource id has some 300
BATCH_FILES = ("az",)  # az.cmd: its arguments pass through PowerShell and through cmd.exe
LONGEST_TEXT = 100  # characters of an argument that has spaces; a longer one goes into a file

_PLAIN = re.compile(r"(--?)?[A-Za-z0-9][A-Za-z0-9_-]*|[A-Za-z0-9/][A-Za-z0-9_./:\\=+@-]*")
_POWERSHELL_QUOTE = re.compile("(['\u2018\u2019\u201a\u201b])")  # PowerShell takes the curly ones for quotes, too
_SPECIAL_TO_CMD = re.compile(r'[&|<>^"(),;=!]')


class NotQuotable(ValueError):
    """No way of quoting makes this argument arrive as it is."""


def fill(fix: Fix, facts: Facts, windows: bool) -> Optional[Dict[str, Any]]:
    """The fix with its placeholders replaced by `facts`.

    :param windows: quote for PowerShell instead of a POSIX shell.
    :return: {"description", "runBy", "request", "commands": [{"line", "argv", "file"}]}, or None when a fact is missing
        or unfit (see `is_fit`; or not quotable), or when no command is left. The report adds the request.
    """
    wanted, told = fix.placeholders | placeholders_in(fix.commands), placeholders_in([fix.description])
    values = {name: str(value) for name, value in facts.items()
              if value and (name in wanted or name in told and is_fit(str(value)))}
    if not fix.placeholders <= set(values) or not all(map(is_fit, values.values())):
        return None
    known = cast(Facts, values)
    commands: List[Dict[str, Any]] = []
    for command in _known(fix.commands, values):
        argv, file = _with_file([filled(argument, known) for argument in _arguments(command, values)])
        if windows and argv[0] == "unset":
            argv = ["Remove-Item", *(f"Env:{name}" for name in argv[1:])]
        try:
            commands.append({"line": command_line(argv, windows), "argv": argv, "file": file})
        except NotQuotable:
            return None
    if fix.commands and not commands:
        return None
    if fix.secret_file:
        commands[-1] = into_file(commands[-1]["line"], fix.secret_file, windows)
    return {"description": filled(fix.description, known), "runBy": fix.run_by, "request": None, "commands": commands}


def _with_file(argv: List[str]) -> Tuple[List[str], Optional[Dict[str, str]]]:
    """A long text or JSON document among the arguments of `az` moves into a file, which az reads for `@NAME`."""
    for option, argument in zip(argv, argv[1:]):
        if argv[0] == "az" and option.startswith("--") and len(argument) > LONGEST_TEXT and " " in argument:
            name = option[2:] + _ending(argument)
            return [f"@{name}" if one is argument else one for one in argv], {"name": name, "text": argument}
    return argv, None


def _ending(text: str) -> str:
    """How the name of a file with this text ends."""
    try:
        json.loads(text)
    except ValueError:
        return ".txt"
    return ".json"


def _known(parts: Iterable[Any], values: Mapping[str, str]) -> List[Any]:
    """The parts without those `WhenKnown` that the values do not fill."""
    return [part for part in parts if not isinstance(part, WhenKnown) or needed_by(part) <= set(values)]


def _arguments(command: Tuple[Any, ...], values: Mapping[str, str]) -> List[str]:
    return [argument for part in _known(command, values)
            for argument in (part if isinstance(part, WhenKnown) else (part,))]


def best(fixes: Sequence[Fix], facts: Facts, windows: bool) -> Optional[Dict[str, Any]]:
    """The first of `fixes` that `facts` fill; see `fill`. None only when there is none without placeholders."""
    return next((filled for filled in (fill(fix, facts, windows) for fix in fixes) if filled), None)


def is_fit(value: str) -> bool:
    """Whether a value may stand in a command: visible text, not too long, that is taken neither for an option nor for a
    file that `az` should read."""
    return bool(value.strip()) and len(value) <= VALUE_CHARACTERS and not value.startswith(("-", "@")) and not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for character in value)


def command_line(argv: Sequence[str], windows: bool) -> str:
    """Quote `argv` as one line for sh, or for PowerShell on Windows.

    :raises NotQuotable: when an argument cannot be made to arrive as it is.
    """
    return " ".join(quoted(argv, windows))


def quoted(argv: Sequence[str], windows: bool) -> List[str]:
    """Each of `argv` as it stands in the line of `command_line`.

    :raises NotQuotable: when an argument cannot be made to arrive as it is.
    """
    if not windows:
        return [shlex.quote(argument) for argument in argv]
    program, *arguments = argv
    quote = _quoted_for_batch_file if program in BATCH_FILES else _quoted_for_program
    call = program if _PLAIN.fullmatch(program) else "& " + _single_quoted(program)
    return [call, *(argument if _PLAIN.fullmatch(argument) else quote(argument) for argument in arguments)]


def writing(file: Mapping[str, str], windows: bool) -> List[str]:
    """The lines that write the file of a command. They start at the margin, where the shells want the last one."""
    if windows:
        return ["@'", *file["text"].splitlines(), f"'@ | Set-Content -Encoding utf8 {_single_quoted(file['name'])}"]
    return [f"cat > {shlex.quote(file['name'])} <<'EOF'", *file["text"].splitlines(), "EOF"]


def into_file(line: str, name: str, windows: bool) -> Dict[str, Any]:
    """A command whose output, a secret, goes to a file in the current folder instead of to the terminal.

    :param line: of the command, quoted for the shell.
    :param name: of the file; only its owner can read it. On Windows its folder's permissions see to that.
    """
    if windows:
        line = f"{line} | Out-File -Encoding ascii {_single_quoted(name)}"
        return {"line": line, "argv": ["powershell", "-NoProfile", "-Command", line], "file": None}
    line = f"(umask 077; {line} > {shlex.quote(name)})"
    return {"line": line, "argv": ["sh", "-c", line], "file": None}


def _single_quoted(text: str) -> str:
    return "'" + _POWERSHELL_QUOTE.sub(r"\1\1", text) + "'"


def _quoted_for_program(argument: str) -> str:
    """For an .exe. PowerShell 5 and 7 disagree on double quotes in arguments, and 5 drops empty ones."""
    if '"' in argument or not argument or argument.endswith("\\"):
        raise NotQuotable(argument)
    return _single_quoted(argument)


def _quoted_for_batch_file(argument: str) -> str:
    """For a batch file, which PowerShell starts through cmd.exe, quoting only what holds white space.

    Double quotes of our own keep cmd.exe from acting on `& | < > ^`; two of them inside stand for one, which leaves
    cmd.exe's and the C runtime's view of what is quoted the same. Nothing stops cmd.exe from expanding %NAME%.
    """
    if "%" in argument:
        raise NotQuotable(argument)
    if argument and any(character.isspace() for character in argument) and not _SPECIAL_TO_CMD.search(argument) \
            and not argument.endswith("\\"):
        return _single_quoted(argument)
    doubled = re.sub(r'(\\*)"', r'\1\1""', argument)
    trailing = len(doubled) - len(doubled.rstrip("\\"))
    return _single_quoted('"' + doubled + "\\" * trailing + '"')
