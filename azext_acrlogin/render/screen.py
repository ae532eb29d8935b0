# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""A report as one screen: what was asked, what passed, what failed and why, the command that fixes it.

Made of the report alone, so that a saved one reads as it did when it was made. Nothing here is written anywhere.
"""

import re
import textwrap
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from azext_acrlogin.catalogue import codes
from azext_acrlogin.protocol.text import copyable, shown
from azext_acrlogin.render.commands import NotQuotable, quoted, writing

WIDEST, NARROWEST = 100, 40
TEXT_CHARACTERS = 4000
GROUPS = {"identity": "Entra sign-in", "registry": "registry", "network": "network", "token": "registry sign-in",
          "authorization": "roles", "environment": "this machine", "client": "image", "logs": "logs"}
SYMBOLS = {"passed": "✓", "warning": "!", "failed": "✗", "skipped": "–", "unknown": "?", "crashed": "✗"}
PLAIN_SYMBOLS = {"passed": "+", "warning": "!", "failed": "x", "skipped": "-", "unknown": "?", "crashed": "x"}
COLOURS = {"passed": "32", "warning": "33;1", "failed": "31;1", "unknown": "36", "skipped": "2", "crashed": "35;1"}
BOLD, DIM = "1", "2"
GAP = "   "  # between groups
# Without these a group has not passed, whatever else of it has.
MAIN_CHECKS = {"identity": "entra-token", "registry": "registry", "network": "connection", "token": "access-token",
               "client": "image"}
NAMES = ("Azure", "Docker", "Entra", "Kubernetes", "Microsoft")  # which keep their capital in a sentence
GRAVEST = ("crashed", "failed", "warning", "unknown", "passed", "skipped")
ASK = {"you": "What you can do", "registryOwner": "For the registry's owner",
       "tenantAdministrator": "For a tenant administrator",
       "networkAdministrator": "For your network administrator",
       "serviceOwner": "For the owner of the application or service"}
NO_LOGIN = "LOGIN_REQUIRED_ERROR"
NO_ENGINE = "Docker does not run in Cloud Shell. For a token:"
MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z")
MOST_CAUSES = 5  # of a message that are shown; the report has all
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
        return f"\x1b[{colour}m{text}\x1b[0m" if self.colour and colour and text else text

    def symbol(self, status: str) -> str:
        """The sign that stands before what ended so."""
        return self.paint((SYMBOLS if self.symbols else PLAIN_SYMBOLS).get(status, "?"), COLOURS.get(status, ""))

    def wrapped(self, text: str, indent: str = "", further: Optional[str] = None) -> List[str]:
        """Any text, made fit to be shown, in lines of at most the width; words are never broken."""
        return self.filled(shown(text, TEXT_CHARACTERS), indent, further)

    def filled(self, text: str, indent: str = "", further: Optional[str] = None) -> List[str]:
        """The same for a text that is fit to be shown."""
        if self.width is None:
            return [indent + text]
        return textwrap.wrap(text, self.width, initial_indent=indent, break_long_words=False, break_on_hyphens=False,
                             subsequent_indent=indent if further is None else further) or [indent.rstrip()]

    def marked(self, status: str, lines: Sequence[str]) -> List[str]:
        """Lines whose first begins with a place for a sign, with the sign of a status there.

        It is put there last: its colour is no part of the width.
        """
        return [self.symbol(status) + lines[0][1:], *lines[1:]]


def screen(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """The lines of a report.

    :param titles: of the checks, by name; a check that is not among them is called by its name.
    """
    lines = read_from_symptom(report, style)
    lines += [style.paint(line, BOLD) for line in style.wrapped(_asked(report, " · " if style.symbols else " - "))]
    if report["status"] == "passed" and not report["symptom"]:
        return lines + _all_is_well(report, style)
    lines += _groups(report, style) + _standing_out(report, titles, style)
    if report["status"] == "warning":
        lines += ["", *style.wrapped(good_news(report))]
    causes = [(code, cause_of(report, code)) for code in report["errorCodes"]]
    for number, (code, finding) in enumerate(causes, 1):
        lines += ["", *cause_lines(code, finding, number if len(causes) > 1 else None, style)]
    if not causes or report["status"] == "unknown":
        lines += ["", *_answer(report, style)]
    if report["symptom"]:
        lines += ["", *symptom_lines(report["symptom"], style)]
    return lines


def _asked(report: Mapping[str, Any], separator: str) -> str:
    """Where, what and who."""
    asked = report["asked"]
    image = f"/{asked['repository']}{_tag(report)}" if asked["repository"] and _is_read(report) else ""
    who = report["identity"]["name"] or asked["username"] or asked["assignee"]
    whose = f"{'for' if asked['assignee'] else 'as'} {who}" if who else ""
    if not who and any(check["name"] == "login" and check["status"] == "failed" for check in report["checks"]):
        whose = "nobody signed in"
    return separator.join(filter(None, [f"{_where(report)}{image}", ", ".join(asked["actions"]), whose]))


def _is_read(report: Mapping[str, Any]) -> bool:
    """Whether a registry could be read from what was given; else that stands there as it is, with all its parts."""
    return bool(report["registry"]["loginServer"] or report["asked"]["normalisedName"])


def _where(report: Mapping[str, Any]) -> str:
    asked = report["asked"]
    return str(report["registry"]["loginServer"] or asked["normalisedName"] or asked["name"] or "")


def _tag(report: Mapping[str, Any]) -> str:
    """The tag or digest that was asked about, as it stands behind a repository."""
    tag = report["asked"]["tag"]
    return f"{'@' if ':' in tag else ':'}{tag}" if tag else ""


def read_from_symptom(report: Mapping[str, Any], style: Style) -> List[str]:
    """What was taken from the message given with --symptom, so that people see what is diagnosed."""
    asked, taken = report["asked"], report["asked"].get("fromSymptom") or ()
    parts = [_where(report)] if "name" in taken else []
    if "repository" in taken:
        parts.append(f"{asked['repository']}{_tag(report) if 'tag' in taken else ''}")
    about = ["/".join(parts)] if parts else []
    about += asked["actions"] if "actions" in taken else []
    return style.wrapped(f"Read from the error: {', '.join(about)}") if about else []


def _all_is_well(report: Mapping[str, Any], style: Style) -> List[str]:
    """Who may do what, until when, and what is still to be run."""
    lines = _headed("passed", report["summary"], style)
    command = _next_command(report)
    more = NO_ENGINE if command else _login_until(report)
    count = _count(report)
    last = [f"    {style.paint(shown(command), BOLD)}"] if command else []
    gap = (style.width or 0) - len(more or "") - len(count)
    if more and gap >= len(GAP):
        return [*lines, more + " " * gap + style.paint(count, DIM), *last]
    return [*lines, *([shown(more)] if more else []), style.paint(count, DIM), *last]


def _headed(status: str, text: str, style: Style) -> List[str]:
    """A sentence after the word of a status."""
    word = shown(status).upper()
    first, *others = style.filled(f"{word}  {shown(text, TEXT_CHARACTERS)}")
    return [style.paint(word, COLOURS.get(status, "")) + first[len(word):], *others]


def _login_until(report: Mapping[str, Any]) -> Optional[str]:
    """How long the client's own login is good, as far as it has one that ends."""
    checks = {check["name"]: check for check in report["checks"]}
    stored, client = checks.get("stored-credential"), checks.get("container-client")
    of_somebody_else = report["asked"]["username"] or report["asked"]["assignee"]
    until = stored["evidence"].get("expiresAt") if stored and stored["status"] == "passed" else None
    moment = MOMENT.fullmatch(until or "")
    if not moment or of_somebody_else:
        return None
    kind = str(client["evidence"].get("kind") or "the client") if client else "the client"
    day = "" if moment[1] == str(report["generatedAt"])[:10] else f"{moment[1]} "
    return f"{shown(kind.capitalize(), 40)}'s login is good until {day}{moment[2]} UTC."


def _next_command(report: Mapping[str, Any]) -> Optional[str]:
    """Cloud Shell has no container engine, and so no login of a client: a token serves in its place."""
    asked, name = report["asked"], report["registry"]["name"] or report["asked"]["normalisedName"]
    if not (report["tool"]["inCloudShell"] and name) or asked["username"] or asked["assignee"]:
        return None
    return f"az acr login --name {name} --expose-token"


def _count(report: Mapping[str, Any]) -> str:
    passed = sum(check["status"] == "passed" for check in report["checks"])
    return f"{passed} check{'' if passed == 1 else 's'} passed (--verbose)"


def _groups(report: Mapping[str, Any], style: Style) -> List[str]:
    """One line of what is well, by groups."""
    names = []
    for category in GROUPS:
        checks = [check for check in report["checks"] if check["category"] == category]
        worst = next((status for status in GRAVEST if any(check["status"] == status for check in checks)), "skipped")
        main = next((check for check in checks if check["name"] == MAIN_CHECKS.get(category)), None)
        untested = main is not None and main["status"] == "skipped"
        if worst == "unknown" or worst == "passed" and not untested:
            names.append((worst, _group(category, report)))
    count = _count(report)
    rows: List[List[Tuple[str, str]]] = [[]]
    for one in names:
        if style.width is not None and rows[-1] and _length([*rows[-1], one]) > style.width:
            rows.append([])
        rows[-1].append(one)
    lines = [GAP.join(f"{style.symbol(status)} {name}" for status, name in row) for row in rows if row]
    gap = (style.width or 0) - _length(rows[-1]) - len(count)
    if lines and (style.width is None or gap >= len(GAP)):
        lines[-1] += " " * max(gap, len(GAP)) + style.paint(count, DIM)
        return lines
    return [*lines, style.paint(count, DIM)]


def _length(row: Sequence[Tuple[str, str]]) -> int:
    """Of groups that stand in one line."""
    return len(GAP.join(f"x {name}" for _, name in row))


def _group(category: str, report: Mapping[str, Any]) -> str:
    if category != "environment":
        return GROUPS[category]
    kind = next((check["evidence"].get("kind") for check in report["checks"] if check["name"] == "container-client"),
                None)
    return shown(kind or GROUPS[category], 40)


def _standing_out(report: Mapping[str, Any], titles: Mapping[str, str], style: Style) -> List[str]:
    """A line for each check that failed, with its reason; one for all that follows from the same; the unknown.

    Beside a cause, all that could not be completed takes one line.
    """
    trouble: Dict[Tuple[str, str], List[str]] = {}
    consequences: Dict[str, List[Mapping[str, Any]]] = {}
    not_run: Dict[str, List[Mapping[str, Any]]] = {}
    unknown: Dict[str, List[Mapping[str, Any]]] = {}
    for check in report["checks"]:
        status, because = check["status"], check["because"]
        before = _beginning(check, report["checks"])
        if status in ("failed", "warning", "crashed") and not because:
            trouble.setdefault((status, _in_a_sentence(_what(check))), []).append(_title(check, titles))
        elif status in ("failed", "warning", "unknown") and because and (because["check"] or status != "unknown"):
            reason = f"because of {titles.get(because['check'], because['check'])}"
            consequences.setdefault(reason if because["check"] else because["reason"], []).append(check)
        elif status == "unknown" and because:
            takes = f"; it takes {because['permission']}" if because["permission"] else ""
            unknown.setdefault(because["reason"] + takes, []).append(check)
        elif status == "skipped" and before:
            not_run.setdefault(f"because of {titles.get(before, before)}", []).append(check)
    lines = [line for (status, what), names in trouble.items()
             for line in style.marked(status, style.wrapped(f"{', '.join(names)}: {what}", "x ", "  "))]
    others: List[str] = []
    for reason, checks in consequences.items():
        status = "failed" if any(check["status"] != "unknown" for check in checks) else "unknown"
        idle = f"; {_counted(not_run.pop(reason), titles)} not run" if reason in not_run else ""
        verb = ("fails " if status == "failed" else "unknown ") if reason.startswith("because of ") else ""
        text = f"{', '.join(_title(check, titles) for check in checks)}: {verb}{reason}{idle}"
        if status == "failed":
            lines += style.marked(status, style.wrapped(text, "x ", "  "))
        else:
            others.append(text)
    others += [f"{_counted(checks, titles)} not run {reason}" for reason, checks in not_run.items()]
    others += [f"{_counted(checks, titles)}: {reason}" for reason, checks in unknown.items()]
    if report["status"] == "failed" and len(others) > 1:  # beside a cause their reasons do not matter
        count = sum(check["status"] in ("unknown", "skipped") and bool(check["because"]) and (
            check["status"] == "unknown" or bool(_beginning(check, report["checks"]))) for check in report["checks"])
        need = "need a login" if report["errorCode"] == NO_LOGIN else "could not be completed"
        others = [f"{count} checks {need} (--verbose)"]
    return lines + [line for text in others for line in style.marked("unknown", style.wrapped(text, "x ", "  "))]


def _counted(checks: Sequence[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    return _title(checks[0], titles) if len(checks) == 1 else f"{len(checks)} checks"


def _what(check: Mapping[str, Any]) -> str:
    """What is wrong, in a few words."""
    code = codes().get(check["errorCode"])
    return code.title if code else check["message"]


def _in_a_sentence(text: str) -> str:
    """Without the capital of a beginning."""
    first = text.partition(" ")[0]
    return text if first in NAMES or first[1:] != first[1:].lower() else text[:1].lower() + text[1:]


def _beginning(check: Mapping[str, Any], checks: Sequence[Mapping[str, Any]]) -> Optional[str]:
    """The check that did not pass, so that this one was skipped, at the beginning of a chain; None if there is none."""
    by_name = {one["name"]: one for one in checks}
    name: Optional[str] = None
    seen = {check["name"]}
    while check["because"] and check["because"]["check"] and check["because"]["check"] not in seen:
        name = str(check["because"]["check"])
        seen.add(name)
        if name not in by_name:
            return name
        check = by_name[name]
    return None if check["status"] in ("passed", "skipped") else name


def _title(check: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    return titles.get(check["name"], shown(check["name"], 60))


def cause_of(report: Mapping[str, Any], code: str) -> Dict[str, Any]:
    """The finding that a cause stands for: the one that nothing else explains."""
    own = [(check, finding) for check in report["checks"] for finding in check["findings"]
           if finding["errorCode"] == code]
    for check, finding in own:
        if not check["because"]:
            return dict(finding)
    if own:
        return dict(own[0][1])
    crashed = next((check for check in report["checks"] if check["status"] == "crashed"), None)
    message = f"{crashed['name']}: {crashed['message']}" if crashed else report["summary"]
    return {"errorCode": code, "message": message,
            "fix": report["fix"] if report["errorCode"] == code else None}


def cause_lines(code: str, finding: Mapping[str, Any], number: Optional[int], style: Style) -> List[str]:
    """A cause: its code, what is wrong, what to do. :param number: where there are several."""
    is_error = code.endswith("_ERROR")
    word = "FAILED" if is_error else "WARNING"
    head = style.paint(word, COLOURS["failed" if is_error else "warning"])
    lines = [f"{f'{number}. ' if number else ''}{head}  {style.paint(shown(code), BOLD)}"]
    lines += style.wrapped(finding["message"])
    fix = finding["fix"]
    if fix:
        lines += ["", *fix_lines(fix, style)]
    if fix and fix.get("request"):
        lines += [style.paint(line, DIM) for line in style.wrapped("For a message to forward, add: --html FILE")]
    return [*lines, *(style.paint(line, DIM) for line in more_lines(code))]


def more_lines(code: str) -> List[str]:
    """The command that explains a code, if it can; not wrapped, because a line break would be copied with it."""
    return [f"More: az acr login-error show --code {code}"] if code in codes() else []


def fix_lines(fix: Mapping[str, Any], style: Style) -> List[str]:
    """Who does what, and the commands."""
    lines = style.wrapped(f"{ASK.get(fix['runBy'], fix['runBy'])}: {fix['description']}")
    for command in fix["commands"]:
        file = writing(command["file"], style.windows) if command.get("file") else []
        lines += [style.paint(copyable(line), BOLD) for line in [*file, *broken(command, style)]]
    return lines


def broken(command: Mapping[str, Any], style: Style) -> List[str]:
    """A command in lines that a shell reads as one: it breaks between arguments only. In pipes it is one line."""
    line = command["line"]
    pieces = _pieces(command, style)
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


def _pieces(command: Mapping[str, Any], style: Style) -> Optional[List[str]]:
    """The quoted arguments, an option together with its value where one line has room for both; None for a line that is
    more than one command."""
    argv: List[str] = command["argv"]
    try:
        arguments = quoted(argv, style.windows) if argv else []
    except NotQuotable:
        return None
    if not arguments or " ".join(arguments) != command["line"]:
        return None
    room = (style.width or 0) - len("      ") - len(" \\")
    pieces: List[str] = []
    option = False  # the last piece is one, without its value
    for argument, text in zip(argv, arguments):
        is_option = argument.startswith("-")
        words = len(pieces) == 1 and not pieces[0].startswith("-")  # the command's own: az acr login
        together = bool(pieces) and not is_option and (option or words)
        if together and (len(pieces[-1]) + 1 + len(text) <= room or option and len(text) > room):
            pieces[-1] += f" {text}"
        else:
            pieces.append(text)
        option = is_option
    return pieces


def _answer(report: Mapping[str, Any], style: Style) -> List[str]:
    return _headed(report["status"], report["summary"], style)


def good_news(report: Mapping[str, Any]) -> str:
    """What works nevertheless: the summary of a warning without the message that its cause repeats."""
    return str(report["summary"]).removesuffix(cause_of(report, report["errorCode"])["message"]).rstrip()


def symptom_lines(symptom: Mapping[str, Any], style: Style) -> List[str]:
    if not symptom["matches"]:
        return [*style.wrapped("The message given with --symptom points to no known cause."),
                *resource_lines(symptom, style)]
    found = [match["errorCode"] for match in symptom["matches"] if match["confirmed"] is True]
    if found:
        return [*style.wrapped(f"This explains the message given with --symptom: {', '.join(found)}."),
                *resource_lines(symptom, style)]
    lines = style.wrapped("Possible causes of the message given with --symptom, likeliest first:")
    for match in [one for one in symptom["matches"] if one["confirmed"] is not False][:MOST_CAUSES]:
        by = f", {match['by']}" if match.get("by") else ""
        lines += style.wrapped(f"{match['errorCode']}: {CONFIRMED.get(match['confirmed'], match['confirmed'])}{by}",
                               "    ", "      ")
    excluded = [match["errorCode"] + (f" ({match['by']})" if match.get("by") else "")
                for match in symptom["matches"] if match["confirmed"] is False]
    if excluded:
        lines += style.wrapped(f"Ruled out by this run: {', '.join(excluded)}.", "", "    ")
    if symptom.get("speaker"):
        lines += style.wrapped(f"The message comes from {symptom['speaker']}, whose identity and network are not those "
                               "of this run. Only what the registry itself decides is confirmed or ruled out.")
    return lines + resource_lines(symptom, style)


def resource_lines(symptom: Mapping[str, Any], style: Style) -> List[str]:
    """Azure resources that the message names: whether they may pull is another question."""
    return [line for resource in symptom.get("resources") or () for line in style.wrapped(
        f"To check what {resource.rpartition('/')[2]} can do, add: --assignee {resource}", "", "    ")]
