# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Wrong usage, found before any request: each ends the command with exit status 2 and says what to write instead.

argparse turns an ArgumentTypeError, and the CLI a ValueError of a validator, into that exit status. A wrong registry
name is never wrong usage: it is what the diagnosis is for.
"""

import os
import re
from argparse import ArgumentTypeError, Namespace
from typing import Any, Callable, Dict, Iterable, Optional

from azext_acrlogin.protocol.text import shown

SUFFIX = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,55}[A-Za-z0-9])?")  # with name and hyphen, a label has 63 at most
PASSWORD_VARIABLE = "ACR_LOGIN_DIAGNOSE_PASSWORD"
SHORTEST_SECONDS, LONGEST_SECONDS = 1, 300
SHORTEST_MINUTES, LONGEST_MINUTES = 1, 120
FIRST_CHARACTERS, LAST_CHARACTERS = 8_000, 12_000  # of a symptom; what decides stands in a few lines of a log
FROM_STANDARD_INPUT = "-"


def seconds(text: str) -> float:
    """A number of seconds within the bounds."""
    number = float(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]*)?", text.strip()) else 0.0
    if not SHORTEST_SECONDS <= number <= LONGEST_SECONDS:
        raise ArgumentTypeError(f"'{shown(text, 40)}' is not a number of seconds from {SHORTEST_SECONDS} to "
                                f"{LONGEST_SECONDS}.")
    return number


def minutes(text: str) -> int:
    """A whole number of minutes within the bounds."""
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text.strip()) else 0
    if not SHORTEST_MINUTES <= number <= LONGEST_MINUTES:
        raise ArgumentTypeError(f"'{shown(text, 40)}' is not a number of minutes from {SHORTEST_MINUTES} to "
                                f"{LONGEST_MINUTES}.")
    return number


def one_of(what: str, values: Iterable[str]) -> Callable[[str], str]:
    """A parser for one of `values`, in any case."""
    allowed = list(values)

    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ArgumentTypeError(f"'{shown(text, 40)}' is not a valid {what}. Allowed values: {', '.join(allowed)}."
                                    + _nearest(text.lower(), allowed, cutoff=0.6))
        return text.lower()
    return parse


def error_code(text: str) -> str:
    """A code of the catalogue, in any case."""
    from azext_acrlogin.catalogue import codes
    code = text.strip().upper()
    if code not in codes():
        near = _nearest(code, codes(), cutoff=0.6)
        raise ArgumentTypeError(f"'{shown(text, 80)}' is not a known error code.{near} " + (
            "List all codes: az acr login-error list" if near else
            "Look up a message: az acr login-error match --symptom TEXT"))
    return code


def symptom_text(text: str) -> str:
    """An error message, of which beginning and end are kept. `-` stands for standard input, which is read later."""
    from azext_acrlogin.protocol.text import ends
    return ends(text, FIRST_CHARACTERS, LAST_CHARACTERS)


def _nearest(text: str, allowed: Iterable[str], cutoff: float = 0.0) -> str:
    from difflib import get_close_matches
    near = get_close_matches(text[:80], list(allowed), n=1, cutoff=cutoff)
    return f" Did you mean {near[0]}?" if near else ""


def validate_question(cmd: Any, namespace: Namespace) -> None:
    """The whole question of `login-diagnose`.

    One validator instead of one per option, because the order counts: nobody is asked for a password when the command
    is refused anyway, and standard input is read last.
    """
    validate_options(namespace)
    complete(namespace, cmd.cli_ctx)


def validate_options(namespace: Namespace) -> None:
    """Refuse options that contradict each other, and find the password."""
    _refuse_undecodable(namespace)
    if namespace.username is not None and namespace.assignee is not None:
        raise ValueError("--username and --assignee cannot be used together: the first diagnoses credentials, the "
                         "second what an identity can do.")
    if namespace.assignee is not None and not namespace.assignee.strip():
        raise ValueError("--assignee is empty.")
    if namespace.tenant_suffix and not SUFFIX.fullmatch(namespace.tenant_suffix):
        raise ValueError(f"--suffix: '{shown(namespace.tenant_suffix, 40)}' cannot be part of a login server's first "
                         "label, as in myregistry-SUFFIX.azurecr.io.")
    if namespace.password and not namespace.username:
        raise ValueError("--password works only with --username.")
    if namespace.html is not None:
        _refuse_unwritable(namespace.html)
    if namespace.username is not None:
        if not namespace.username.strip():
            raise ValueError("--username is empty.")
        namespace.password = namespace.password or os.environ.get(PASSWORD_VARIABLE) or _ask(namespace.username)
        if _undecodable(namespace.password):
            raise ValueError(f"The password in {PASSWORD_VARIABLE} is not text in this terminal's encoding.")


def _refuse_undecodable(namespace: Namespace) -> None:
    """Python keeps bytes that are not text in the terminal's encoding as surrogates, which no request can carry.

    A name with such is not refused here: it is a wrong name, and the diagnosis says so.
    """
    for option, value in (("--resource-group", namespace.resource_group_name), ("--suffix", namespace.tenant_suffix),
                          ("--repository", namespace.repository), ("--username", namespace.username),
                          ("--password", namespace.password), ("--assignee", namespace.assignee),
                          ("--symptom", namespace.symptom)):
        if value and _undecodable(value):
            raise ValueError(f"{option} is not text in this terminal's encoding.")


def _undecodable(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def read_saved_report(namespace: Namespace) -> None:
    """Put the report in the file in its place, and refuse a page that cannot be written."""
    namespace.file = _saved_report(namespace.file)
    if namespace.html is not None:
        _refuse_unwritable(namespace.html)


def read_saved_reports(namespace: Namespace) -> None:
    """Put the reports in the files in their place."""
    namespace.files = [_saved_report(path) for path in namespace.files]


def _saved_report(path: str) -> Dict[str, Any]:
    from azext_acrlogin.saved_reports.parsing import NotAReport, read_report
    try:
        return read_report(path)
    except OSError as error:
        raise ValueError(f"--file: '{shown(path, 100)}' cannot be read: {error.strerror}.") from error
    except NotAReport as error:
        raise ValueError(f"--file: '{shown(path, 100)}' cannot be used: {error}.") from error


def complete(namespace: Namespace, cli_ctx: Any) -> None:
    """Read the symptom, and take from it what no option gives."""
    from azext_acrlogin.custom import cloud_of
    from azext_acrlogin.symptoms.taken import Symptom, completed
    text = _symptom_of(namespace)
    name = namespace.registry_name
    is_default = getattr(name, "is_default", False)  # that of `az configure --defaults`
    name = None if name is None else str(name)
    asked = completed(text, None if is_default else name, name if is_default else None, namespace.repository,
                      tuple(namespace.actions) if namespace.actions else None, cloud_of(cli_ctx))
    namespace.registry_name, namespace.repository, namespace.actions = asked.name, asked.repository, list(asked.actions)
    namespace.symptom = Symptom(text, asked.from_symptom) if text else None


def validate_symptom(namespace: Namespace) -> None:
    """Find the message that `login-error match` is about."""
    namespace.symptom = _symptom_of(namespace)
    if not namespace.symptom:
        raise ValueError("--symptom is empty.")


def _symptom_of(namespace: Namespace) -> Optional[str]:
    """The text of --symptom, None where there is none or it is empty."""
    text = namespace.symptom
    if text == FROM_STANDARD_INPUT:
        from azext_acrlogin._terminal import pasted
        text = symptom_text(pasted())
    elif text and re.fullmatch(r"@\S+", text):  # az has read the file that an argument names so, where there is one
        raise ValueError(f"--symptom: the file '{shown(text[1:], 100)}' cannot be read.")
    return text if text and text.strip() else None


def _refuse_unwritable(path: str) -> None:
    """A file that is there must be open to writing; for a new one, its folder is tried with a file that has no name."""
    from tempfile import TemporaryFile
    try:
        if not os.path.basename(path) or os.path.isdir(path):
            raise IsADirectoryError(0, "it is a folder")
        try:
            os.stat(path)
        except FileNotFoundError:
            with TemporaryFile(dir=os.path.dirname(os.path.abspath(path))):
                return
        if not os.access(path, os.W_OK):
            raise PermissionError(0, "permission denied")
    except OSError as error:
        raise ValueError(f"--html: '{shown(path, 100)}' cannot be written: {error.strerror}.") from error


def _ask(username: str) -> str:
    """Ask on the terminal, without echo; the only prompt there is."""
    import sys
    if all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr)):
        from getpass import getpass
        try:
            password = getpass(f"Password for {shown(username, 100)}: ", stream=sys.stderr)
        except EOFError:
            password = ""
        except KeyboardInterrupt:
            from azext_acrlogin._terminal import interrupted
            raise interrupted() from None
        if password:
            return password
    raise ValueError(f"--username needs a password: set the environment variable {PASSWORD_VARIABLE}, or use "
                     "--password.")
