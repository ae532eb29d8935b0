# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A report as one screen: what was asked, what passed, what failed and why, the command that fixes it.

Made of the report alone, so that a saved one reads as it did when it was made. Nothing here is written anywhere.
"""

import shlex
import textwrap
from dataclasses import dataclass
from typing import Any, Dict, Iterable, List, Mapping, Optional, Sequence, Tuple

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.render.commands import command_line

WIDEST, NARROWEST = 100, 40
TEXT_CHARACTERS = 4000
GROUPS = {"identity": "Entra sign-in", "registry": "registry", "network": "network", "token": "registry sign-in",
          "authorization": "roles", "environment": "container client", "client": "image", "logs": "logs"}
SYMBOLS = {"passed": "✓", "warning": "!", "failed": "✗", "skipped": "–", "unknown": "?", "crashed": "✗"}
PLAIN_SYMBOLS = {"passed": "+", "warning": "!", "failed": "x", "skipped": "-", "unknown": "?", "crashed": "x"}
COLOURS = {"passed": "32", "warning": "33;1", "failed": "31;1", "unknown": "36", "skipped": "2", "crashed": "35;1"}
BOLD, DIM = "1", "2"
GRAVEST = ("crashed", "failed", "warning", "unknown", "passed", "skipped")
ASK = {"you": "What you can do", "registryOwner": "For the registry's owner",
       "tenantAdministrator": "For an administrator of your tenant", "networkAdministrator": "For your network administrator",
       "serviceOwner": "For the owner of the service"}
CONFIRMED = {True: "found by this run", False: "ruled out by this run", None: "neither found nor ruled out"}


@dataclass(frozen=True)
class Style:
    """How it is to look.

    width: characters in a line; None does not wrap, as for pipes.  windows: commands are for PowerShell.
    """

    width: Optional[int] = None
    symbols: bool = False
    colour: bool = False
    windows: bool = False

    def paint(self, text: str, colour: str) -> str:
        """The text in a colour, where colours are wanted."""
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and text else text

    def symbol(self, status: str) -> str:
        """The sign that stands before what ended so."""
        return self.paint((SYMBOLS if self.symbols else PLAIN_SYMBOLS)[status], COLOURS[status])

    def wrapped(self, text: str, indent: str = "", further: Optional[str] = None) -> List[str]:
        """Lines of at most the width; words are never broken."""
        text = shown(text, TEXT_CHARACTERS)
        if self.width is None:
            return [indent + text]
        return textwrap.wrap(text, self.width, initial_indent=indent, break_long_words=False, break_on_hyphens=False,
                             subsequent_indent=indent if further is None else further) or [indent.rstrip()]


def screen(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """The lines of a report.

    :param titles: of the checks, by name; a check that is not among them is called by its name.
    """
    lines = [style.paint(line, BOLD) for line in style.wrapped(_asked(report))]
    lines += _groups(report, style) + _standing_out(report, titles, style)
    causes = [(code, cause_of(report, code)) for code in report["errorCodes"]]
    for number, (code, finding) in enumerate(causes, 1):
        lines += ["", *cause_lines(code, finding, number if len(causes) > 1 else None, style)]
    if not causes or report["status"] == "unknown":
        lines += ["", *_answer(report, style)]
    if report["symptom"]:
        lines += ["", *symptom_lines(report["symptom"], style)]
    return lines


def _asked(report: Mapping[str, Any]) -> str:
    """Where, what and who."""
    asked, registry = report["asked"], report["registry"]
    where = registry["loginServer"] or asked["normalisedName"] or asked["name"] or ""
    repository = f"/{asked['repository']}" if asked["repository"] else ""
    tag = asked["tag"] or ""
    tag = f"{'@' if ':' in tag else ':'}{tag}" if tag else ""
    who = report["identity"]["name"] or asked["username"] or asked["assignee"]
    whose = (f"for {who}" if asked["assignee"] else f"as {who}") if who else "nobody signed in"
    return f"{where}{repository}{tag} · {', '.join(asked['actions'])} · {whose}"


def _groups(report: Mapping[str, Any], style: Style) -> List[str]:
    """One line of what is well, by groups."""
    names = []
    passed = sum(check["status"] == "passed" for check in report["checks"])
    for category in GROUPS:
        statuses = {check["status"] for check in report["checks"] if check["category"] == category}
        worst = next((status for status in GRAVEST if status in statuses), "skipped")
        if worst in ("passed", "unknown"):
            names.append((worst, _group(category, report)))
    count = f"{passed} check{'' if passed == 1 else 's'} passed (--verbose)"
    line = "   ".join(f"{style.symbol(status)} {name}" for status, name in names)
    if style.width is None:
        return [f"{line}   {count}" if names else count]
    bare = "   ".join(f"x {name}" for _, name in names)
    gap = style.width - len(bare) - len(count)
    if gap >= 3:
        return [line + " " * gap + style.paint(count, DIM)]
    return [*([line] if names else []), style.paint(count, DIM)]


def _group(category: str, report: Mapping[str, Any]) -> str:
    if category != "environment":
        return GROUPS[category]
    kind = next((check["evidence"].get("kind") for check in report["checks"] if check["name"] == "container-client"),
                None)
    return shown(kind or GROUPS[category], 40)


def _standing_out(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """A line for each check that failed, with its reason; one for all that follow from the same; one for the untested."""
    lines: List[str] = []
    because: Dict[str, List[Mapping[str, Any]]] = {}
    untested: Dict[str, int] = {}
    for check in report["checks"]:
        title, status = _title(check, titles), check["status"]
        reason = check["because"]
        if status in ("failed", "warning", "crashed") and not reason:
            what = codes()[check["errorCode"]].title if check["errorCode"] in codes() else check["message"]
            lines += style.wrapped(f"{title}: {what[:1].lower()}{what[1:]}", f"{style.symbol(status)} ", "  ")
        elif status in ("failed", "warning"):
            because.setdefault(reason["check"] or "", []).append(check)
        elif status in ("unknown", "skipped") and reason and (status == "unknown" or reason["check"]):
            before = _beginning(check, report["checks"])
            untested[before] = untested.get(before, 0) + 1
    for name, checks in because.items():
        shown_titles = ", ".join(_title(check, titles) for check in checks)
        cause = titles.get(name, name)
        lines += style.wrapped(f"{shown_titles}: because of {cause or 'the same'}", f"{style.symbol('failed')} ", "  ")
    for reason_text, count in untested.items():
        text = f"{count} check{'' if count == 1 else 's'}: {titles.get(reason_text, reason_text)}"
        if reason_text in titles:
            text = f"{count} check{'' if count == 1 else 's'} not run: {titles[reason_text]} comes first"
        lines += style.wrapped(text, f"{style.symbol('unknown')} ", "  ")
    return lines


def _beginning(check: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> str:
    """The check at the beginning of a chain of skipped ones, or the reason where there is none."""
    by_name = {one["name"]: one for one in checks}
    seen = {check["name"]}
    while True:
        reason = check["because"]
        name = reason["check"] if reason else None
        if name is None or name not in by_name or name in seen:
            return str(reason["reason"] if reason else check["name"])
        seen.add(name)
        before = by_name[name]
        if before["status"] != "skipped" or not before["because"]:
            return str(name)
        check = before


def _title(check: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    return titles.get(check["name"], shown(check["name"], 60))


def cause_of(report: Mapping[str, Any], code: str) -> Dict[str, Any]:
    """The finding that a cause stands for: the one that nothing else explains."""
    own = [(check, finding) for check in report["checks"] for finding in check["findings"]
           if finding["errorCode"] == code]
    for check, finding in own:
        if not check["because"]:
            return dict(finding)
    crashed = next((check for check in report["checks"] if check["status"] == "crashed"), None)
    message = crashed["message"] if crashed else report["summary"]
    return dict(own[0][1]) if own else {"errorCode": code, "message": message, "fix": None}


def cause_lines(code: str, finding: Mapping[str, Any], number: Optional[int], style: Style) -> List[str]:
    """A cause: its code, what is wrong, what to do. :param number: where there are several."""
    is_error = code.endswith("_ERROR")
    word = "FAILED" if is_error else "WARNING"
    head = style.paint(word, COLOURS["failed" if is_error else "warning"])
    lines = [f"{f'{number}. ' if number else ''}{head}  {style.paint(code, BOLD)}", *style.wrapped(finding["message"])]
    if finding["fix"]:
        lines += ["", *fix_lines(finding["fix"], style)]
    return [*lines, *(style.paint(line, DIM) for line in style.wrapped(f"More: az acr login-error show --code {code}"))]


def fix_lines(fix: Mapping[str, Any], style: Style) -> List[str]:
    """Who does what, and the commands."""
    lines = style.wrapped(f"{ASK[fix['runBy']]}: {fix['description']}")
    for command in fix["commands"]:
        lines += [style.paint(line, BOLD) for line in broken(command, style)]
    return lines


def broken(command: Mapping[str, Any], style: Style) -> List[str]:
    """A command in lines that a shell reads as one: it breaks between arguments only. In pipes it is one line."""
    line = command["line"]
    pieces = _pieces(command, style.windows)
    if style.width is None or len(line) + 4 <= style.width or pieces is None:
        return [f"    {line}"]
    end = " `" if style.windows else " \\"
    lines = [f"    {pieces[0]}"]
    for piece in pieces[1:]:
        if len(lines[-1]) + 1 + len(piece) + len(end) <= style.width:
            lines[-1] += f" {piece}"
        else:
            lines[-1] += end
            lines.append(f"      {piece}")
    return lines


def _pieces(command: Mapping[str, Any], windows: bool) -> Optional[List[str]]:
    """The quoted arguments, an option together with its value; None for a line that is more than one command."""
    argv = command["argv"]
    if not argv or command_line(argv, windows) != command["line"]:
        return None
    quoted = [command_line([argument], windows) for argument in argv] if windows else [shlex.quote(one) for one in argv]
    pieces: List[str] = []
    for argument, text in zip(argv, quoted):
        if pieces and not argument.startswith("-") and pieces[-1].startswith("-") and " " not in pieces[-1]:
            pieces[-1] += f" {text}"
        elif pieces and len(pieces) == 1 and not argument.startswith("-"):
            pieces[0] += f" {text}"
        else:
            pieces.append(text)
    return pieces


def _answer(report: Mapping[str, Any], style: Style) -> List[str]:
    status = report["status"]
    word = style.paint(status.upper(), COLOURS[status])
    return [word, *style.wrapped(report["summary"])]


def symptom_lines(symptom: Mapping[str, Any], style: Style) -> List[str]:
    matches: Iterable[Tuple[str, Optional[bool]]] = [
        (match["errorCode"], match["confirmed"]) for match in symptom["matches"]]
    if not symptom["matches"]:
        return style.wrapped("The message given with --symptom points to no known cause.")
    lines = style.wrapped("The message given with --symptom can stand for, likeliest first:")
    for code, confirmed in matches:
        lines += style.wrapped(f"{code}: {CONFIRMED[confirmed]}", "    ", "      ")
    return lines
