# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What people read: one screen on a terminal, one line for each check in a pipe, both made of reports."""

import codecs
import io
import os
import re
import subprocess
import unicodedata

import pytest

from azext_acrlogin.catalogue import codes
from azext_acrlogin.render.check_lines import check_lines
from azext_acrlogin.render.commands import NotQuotable, command_line
from azext_acrlogin.render.screen import Style, broken, screen
from azext_acrlogin.render.terminal import Terminal
from tests.contract.recorded import recorded_in_all_worlds  # noqa: F401  pylint: disable=unused-import
from tests.emulator.client import ROOT
from tests.hardening import diagnosis

COLOURS = re.compile(r"\x1b\[[\d;]*m")
CONTROLS = re.compile(r"\x1b\[[\d;]*[mK]|\r")
HEAD = "myregistry.azurecr.io · pull · as alex@contoso.example"
MISSING, DAEMON, NAME = "ROLE_ASSIGNMENT_MISSING_ERROR", "DOCKER_DAEMON_ERROR", "REGISTRY_NAME_WARNING"
LONG = "'alex@contoso.example' (object id aaaaaaaa-0000-4000-8000-0000000000a1) has no role on registry 'myregistry'."
SCOPE = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-registries/providers/"
         "Microsoft.ContainerRegistry/registries/myregistry")
ASSIGN = ["az", "role", "assignment", "create", "--role", "AcrPull", "--assignee-object-id",
          "aaaaaaaa-0000-4000-8000-0000000000a1", "--assignee-principal-type", "User", "--scope", SCOPE]
TITLES = {"login": "Azure CLI login", "entra-token": "Entra token", "registry": "Registry in Resource Manager",
          "name": "Registry name", "dns": "DNS", "connection": "Secure connection", "refresh-token": "Refresh token",
          "access-token": "Access token", "role-assignments": "Role assignments",
          "container-client": "Container client", "container-daemon": "Container engine", "image": "Image",
          "lock": "Lock", "clock": "Clock", "private-endpoint": "Private endpoint"}
CATEGORIES = {"stored-credential": "environment", "login": "identity",
              "entra-token": "identity", "registry": "registry", "name": "registry",
              "dns": "network", "connection": "network", "private-endpoint": "network", "refresh-token": "token",
              "access-token": "token", "role-assignments": "authorization", "container-client": "environment",
              "container-daemon": "environment", "clock": "environment", "image": "client", "lock": "client"}
WIDE, TERMINAL = Style(), Style(80, symbols=True)


# -- Reports --

def entry(name, status="passed", code=None, message="It is fine.", because=None, fix=None, evidence=None):
    """A check of a report. :param because: (check, reason, permission), as far as there is one."""
    check, reason, permission = (because or (None, None, None))
    found = [{"errorCode": code, "message": message, "fix": fix, "docs": None}] if code else []
    return {"name": name, "category": CATEGORIES[name], "status": status, "message": message, "findings": found,
            "errorCode": "UNEXPECTED_ERROR" if status == "crashed" else code, "evidence": evidence or {}, "fix": fix,
            "because": {"check": check, "reason": reason, "permission": permission} if because else None}


def fix_with(*commands, windows=False, by="you"):
    return {"description": "Do what the commands do.", "runBy": by, "commands": [
        {"line": command_line(argv, windows), "argv": argv} for argv in commands]}


def report_of(status, *checks, found=(), summary="The summary.", symptom=None, **asked):
    return {"status": status, "errorCodes": list(found), "errorCode": found[0] if found else None, "summary": summary,
            "fix": None, "checks": list(checks), "symptom": symptom,
            "asked": {"name": "myregistry", "normalisedName": "myregistry", "repository": None, "tag": None,
                      "actions": ["pull"], "username": None, "assignee": None, **asked},
            "registry": {"loginServer": "myregistry.azurecr.io", "name": "myregistry"},
            "generatedAt": "2026-11-26T08:00:00Z", "tool": {"inCloudShell": False},
            "identity": {"name": "alex@contoso.example"}}


def skipped(name, check):
    return entry(name, "skipped", because=(check, f"The check '{check}' did not pass", None))


HEALTHY = [entry("login"), entry("entra-token"), entry("registry"), entry("dns"), entry("connection"),
           entry("refresh-token"), entry("access-token"), entry("role-assignments"),
           entry("container-client", evidence={"kind": "docker"}), entry("image")]
NO_ROLE = report_of(
    "failed", *HEALTHY[:5],
    entry("refresh-token", "failed", MISSING, because=("role-assignments", "a consequence", None)),
    skipped("access-token", "refresh-token"),
    entry("role-assignments", "failed", MISSING, LONG, fix=fix_with(ASSIGN, by="registryOwner")),
    HEALTHY[8], skipped("image", "access-token"), found=[MISSING])
TWO = report_of(
    "failed", *HEALTHY[:5], entry("role-assignments", "failed", MISSING, LONG),
    entry("container-daemon", "failed", DAEMON, "docker reaches no daemon."), found=[MISSING, DAEMON])
WARNING = report_of("warning", entry("name", "warning", NAME, "It holds capitals."), *HEALTHY, found=[NAME],
                    summary="Signing in works. It holds capitals.")


def says(code):
    """The title of a code, as a sentence goes on with it."""
    title = codes()[code].title
    return title[:1].lower() + title[1:]


def lines(report, style=TERMINAL, made=screen):
    return made(report, TITLES, style)


class Stream(io.TextIOWrapper):
    """Keeps what is written to it."""

    def __init__(self, encoding="utf-8", errors="strict"):
        super().__init__(io.BytesIO(), encoding=encoding, errors=errors, write_through=True, newline="\n")

    @property
    def text(self):
        return self.buffer.getvalue().decode(self.encoding)  # pylint: disable=no-member


def printed(report, stream=None, **options):
    """What a `Terminal` of these options prints."""
    stream = stream or Stream()
    Terminal(stream, **options).show(report, TITLES)
    return stream.text


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


# -- One screen --

def test_a_healthy_run():
    assert lines(report_of("passed", *HEALTHY)) == [
        HEAD, "PASSED  The summary.", "10 checks passed (--verbose)"]


@pytest.mark.parametrize("expires, expected", [
    ("2026-11-26T10:59:01Z", "Docker's login is good until 10:59 UTC."),
    ("2026-11-27T00:59:01Z", "Docker's login is good until 2026-11-27 00:59 UTC."), ("soon", None), (None, None)])
def test_a_healthy_run_says_until_when(expires, expected):
    stored = entry("stored-credential", evidence={"expiresAt": expires})
    shown = lines(report_of("passed", *HEALTHY, stored))
    count = "11 checks passed (--verbose)"
    one_line = expected and f"{expected}{count:>{80 - len(expected)}}"
    assert shown[2:] == ([one_line] if one_line and len(expected) < 49 else [expected, count] if expected else [count])


def test_in_cloud_shell_a_token_takes_the_place_of_a_login():
    report = {**report_of("passed", *HEALTHY), "tool": {"inCloudShell": True}}
    assert lines(report) == [
        HEAD, "PASSED  The summary.",
        "Docker does not run in Cloud Shell. For a token:    10 checks passed (--verbose)",
        "    az acr login --name myregistry --expose-token"]
    assert "expose" not in "\n".join(lines({**report, "asked": {**report["asked"], "assignee": "somebody"}}))


def test_a_failing_run():
    assert lines(NO_ROLE) == [
        HEAD,
        "✓ Entra sign-in   ✓ registry   ✓ network   ✓ docker",
        "6 checks passed (--verbose)",
        f"✗ Role assignments: {says(MISSING)}",
        "✗ Refresh token: fails because of Role assignments; 2 checks not run",
        "",
        f"FAILED  {MISSING}",
        "'alex@contoso.example' (object id aaaaaaaa-0000-4000-8000-0000000000a1) has no",
        "role on registry 'myregistry'.",
        "",
        "For the registry's owner: Do what the commands do.",
        "    az role assignment create --role AcrPull \\",
        "      --assignee-object-id aaaaaaaa-0000-4000-8000-0000000000a1 \\",
        "      --assignee-principal-type User \\",
        f"      --scope {SCOPE}",
        f"More: az acr login-error show --code {MISSING}"]


@pytest.mark.parametrize("asked, identity, expected", [
    ({"repository": "team/app", "tag": "v1", "actions": ["pull", "push"]}, "alex@contoso.example",
     "myregistry.azurecr.io/team/app:v1 · pull, push · as alex@contoso.example"),
    ({"repository": "app", "tag": "sha256:12"}, None, "myregistry.azurecr.io/app@sha256:12 · pull · nobody signed in"),
    ({"username": "ci-token"}, None, "myregistry.azurecr.io · pull · as ci-token"),
    ({"assignee": "bbbbbbbb"}, "Contoso CI", "myregistry.azurecr.io · pull · for Contoso CI"),
])
def test_the_first_line_says_what_was_asked(asked, identity, expected):
    report = {**report_of("passed", entry("login", "passed" if identity else "failed"), **asked),
              "identity": {"name": identity}}
    assert lines(report)[0] == expected
    unasked = {**report, "checks": []}
    assert lines(unasked)[0] == expected.removesuffix(" · nobody signed in")


def test_a_name_that_leads_nowhere_is_shown_as_it_was_given():
    report = {**report_of("failed", name="my registry", normalisedName=None), "registry": {"loginServer": None}}
    assert lines(report)[0].startswith("my registry · ")


def test_groups_hold_what_passed_and_what_is_unknown():
    shown = lines(report_of("unknown", HEALTHY[0], entry("entra-token"), entry("role-assignments", "unknown"),
                            entry("clock"), entry("container-daemon", "warning", DAEMON)))
    assert shown[1] == "✓ Entra sign-in   ? roles                            3 checks passed (--verbose)"
    assert lines(report_of("unknown", entry("clock")))[1].startswith("✓ this machine   ")
    assert lines(report_of("failed", entry("dns", "failed", "CONNECTIVITY_DNS_ERROR")))[1] == \
        "0 checks passed (--verbose)"


def test_no_group_has_passed_without_its_main_check():
    shown = lines(report_of("failed", entry("clock"), entry("login"), skipped("entra-token", "clock"),
                            entry("lock"), skipped("image", "entra-token")))
    assert shown[1].startswith("✓ this machine   ") and "sign-in" not in shown[1] and "image" not in shown[1]


@pytest.mark.parametrize("code, expected", [
    (MISSING, says(MISSING)), ("ARM_CONNECTIVITY_WARNING", "Azure Resource Manager"),
    ("UNHEARD_OF_ERROR", "it says so itself")])
def test_a_failing_line_has_its_reason_in_a_sentence(code, expected):
    status = "failed" if code.endswith("_ERROR") else "warning"
    assert lines(report_of("failed", entry("dns", status, code, "It says so itself.")))[2].startswith(
        f"{'✗' if status == 'failed' else '!'} DNS: {expected}")


def test_what_follows_from_one_cause_shares_a_line():
    because = ("dns", "a consequence of CONNECTIVITY_DNS_ERROR", None)
    shown = lines(report_of("failed", entry("dns", "failed", "CONNECTIVITY_DNS_ERROR"), *(
        entry(name, status, code, because=because) for name, status, code in (
            ("entra-token", "failed", "CONNECTIVITY_DNS_ERROR"), ("registry", "unknown", None)))))
    assert shown[3] == "✗ Entra token, Registry in Resource Manager: fails because of DNS"
    shown = lines(report_of("failed", entry("dns", "failed", "CONNECTIVITY_DNS_ERROR"), skipped("connection", "dns"),
                            entry("registry", "unknown", because=because), skipped("image", "registry")))
    assert shown[3:-2] == ["? Registry in Resource Manager: unknown because of DNS; 2 checks not run"]
    own = entry("dns", "failed", "PROXY_ERROR", because=(None, "a consequence of PROXY_ERROR", None))
    assert lines(report_of("failed", own))[2] == "✗ DNS: a consequence of PROXY_ERROR"


def test_beside_a_cause_the_untested_take_one_line():
    refused = (None, "it was refused", "Microsoft.Authorization/read")
    untested = [entry("image", "unknown", because=(None, "nobody knows", None)), skipped("lock", "image"),
                entry("role-assignments", "unknown", because=refused), entry("registry", "unknown", because=refused)]
    shown = lines(report_of(
        "failed", entry("dns", "failed", "CONNECTIVITY_DNS_ERROR"), skipped("connection", "dns"),
        skipped("refresh-token", "connection"), skipped("access-token", "refresh-token"), *untested))
    assert shown[2:-2] == [f"✗ DNS: {says('CONNECTIVITY_DNS_ERROR')}", "? 7 checks could not be completed (--verbose)"]
    assert lines(report_of("unknown", *untested))[2:-2] == [
        "? Lock not run because of Image", "? Image: nobody knows",
        "? 2 checks: it was refused; it takes Microsoft.Authorization/read"]


def test_what_was_not_asked_for_or_not_needed_is_left_out():
    by_choice = entry("image", "skipped", because=(None, "no image was named", None))
    not_needed = entry("private-endpoint", "skipped", because=("dns", "the proxy resolves the name", None))
    assert lines(report_of("unknown", entry("dns"), by_choice, skipped("lock", "image"), not_needed))[2:] == [
        "", "UNKNOWN  The summary."]


def test_reasons_that_lead_round_in_a_circle_end():
    shown = lines(report_of("failed", skipped("image", "lock"), skipped("lock", "image")))
    assert shown[-1] == "FAILED  The summary."
    assert "? Image not run because of a-later-check" in lines(report_of("failed", skipped("image", "a-later-check")))


def test_several_causes_are_numbered_in_the_order_in_which_they_are_fixed():
    shown = [line for line in lines(TWO) if "FAILED" in line]
    assert shown == [f"1. FAILED  {MISSING}", f"2. FAILED  {DAEMON}"]
    assert [line for line in lines(TWO) if line.startswith("More: ")] == [
        f"More: az acr login-error show --code {code}" for code in (MISSING, DAEMON)]


def test_a_warning_says_that_it_works_and_nothing_twice():
    shown = "\n".join(lines(WARNING))
    assert shown.endswith(f"\n! Registry name: {says(NAME)}\n\nSigning in works.\n\n"
                          f"WARNING  {NAME}\nIt holds capitals.\nMore: az acr login-error show --code {NAME}")


def test_unknown_says_so_after_its_warnings():
    report = report_of("unknown", entry("name", "warning", NAME, "It holds capitals."), found=[NAME],
                       summary="It could not be told whether pull is granted.")
    shown = "\n".join(lines(report))
    assert f"\n\nWARNING  {NAME}\n" in shown
    assert shown.endswith("\n\nUNKNOWN  It could not be told whether pull is granted.")


def test_a_crash_is_a_defect_of_this_tool():
    crashed = entry("clock", "crashed", message="This check failed because of a defect (KeyError at clock.py:1).")
    fix = fix_with(["az", "extension", "update", "--name", "acrlogin"])
    report = {**report_of("failed", crashed, found=["UNEXPECTED_ERROR"]), "fix": fix}
    shown = "\n".join(lines(report))
    assert f"✗ Clock: {says('UNEXPECTED_ERROR')}\n\nFAILED  UNEXPECTED_ERROR\nclock: This check failed" in shown
    assert "(KeyError at clock.py:1)" in shown and "    az extension update --name acrlogin\n" in shown
    assert f"Clock : CRASHED ({codes()['UNEXPECTED_ERROR'].title})" in lines(report, WIDE, check_lines)


def test_a_symptom_is_answered():
    confirmed = {"errorCode": MISSING, "confirmed": True}
    others = [{"errorCode": "PROXY_ERROR", "confirmed": False}, {"errorCode": "CLOCK_SKEW_ERROR", "confirmed": None}]
    for made in (screen, check_lines):
        shown = lines(report_of("passed", symptom={"text": "x", "matches": [*others, confirmed]}), made=made)
        assert f"This explains the message given with --symptom: {MISSING}." in shown
        assert "PROXY_ERROR" not in "\n".join(shown)
        shown = "\n".join(lines(report_of("passed", symptom={"text": "x", "matches": others}), made=made))
        assert "    CLOCK_SKEW_ERROR: neither found nor ruled out\nRuled out by this run: PROXY_ERROR." in shown
        assert "The message given with --symptom points to no known cause." in lines(
            report_of("passed", symptom={"text": "x", "matches": []}), made=made)


# -- Commands --

HARD = ["az", "role", "assignment", "create", "--condition",
        "(@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals 'samples/app')",
        "--description", "a  b\tc $HOME `id` \\ ! * ?", "--empty", "", "--name=It's"]
COMMANDS = [ASSIGN, HARD, ["az", "acr", "login", "--name", "myregistry"],
            ["docker", "logout", "myregistry.azurecr.io", *["--and-so-on"] * 20],
            ["az", "acr", "check-health", *["word"] * 30, "--yes", "--name", "x" * 150, "-o", "none"]]
WIDTHS = (40, 60, 80, 100)


def as_sh_reads_it(text):
    """The arguments that sh hands to az or docker."""
    show = "az() { printf '%s\\0' az \"$@\"; }; docker() { printf '%s\\0' docker \"$@\"; }\n"
    done = subprocess.run(["sh", "-c", show + text], capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.split("\0")[:-1]


@pytest.mark.skipif(os.name != "posix", reason="a shell of POSIX")
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("argv", COMMANDS, ids=lambda argv: " ".join(argv[:3]))
def test_a_broken_command_is_the_same_command(argv, width):
    shown = broken({"line": command_line(argv, False), "argv": argv}, Style(width))
    assert as_sh_reads_it("\n".join(shown)) == argv
    assert all(line.endswith(" \\") for line in shown[:-1]) and not shown[-1].endswith("\\")
    assert_narrow(shown, argv, width)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("argv", [*COMMANDS[:1], *COMMANDS[2:], [
    "az", "role", "assignment", "create", "--role", "Container Registry Repository Reader", "--scope", SCOPE,
    "--condition", "a \"quoted\" word, & another", "--description", "It's"]], ids=lambda argv: " ".join(argv[:3]))
def test_a_command_for_powershell_breaks_at_backticks(argv, width):
    line = command_line(argv, True)
    shown = broken({"line": line, "argv": argv}, Style(width, windows=True))
    assert "\n".join(shown).replace(" `\n     ", "") == f"    {line}"
    for part in shown:
        assert part.count("'") % 2 == 0, "a break within quotes"
    assert_narrow(shown, argv, width)


def assert_narrow(shown, argv, width):
    """No line is longer than the width unless one argument alone is; nor is one broken without need."""
    for line in shown:
        words = [argument for argument in argv if argument and argument[:20] in line]
        assert len(line) <= width or max(len(word) for word in words) > width - len("      ") - len(" \\") - 12, line
    if len(shown) > 1:
        assert sum(len(line) for line in shown) > width


def test_an_option_keeps_its_value():
    shown = broken({"line": command_line(ASSIGN, False), "argv": ASSIGN}, Style(60))
    assert shown == ["    az role assignment create --role AcrPull \\",
                     "      --assignee-object-id \\", "      aaaaaaaa-0000-4000-8000-0000000000a1 \\",
                     "      --assignee-principal-type User \\", f"      --scope {SCOPE}"]


def test_in_a_pipe_a_command_is_one_line():
    command = {"line": command_line(ASSIGN, False), "argv": ASSIGN}
    assert broken(command, WIDE) == [f"    {command['line']}"]


def test_what_is_more_than_one_command_stays_whole():
    line = f"(umask 077; az ad sp credential reset --id {'x' * 80} > client-secret.txt)"
    for argv in (["sh", "-c", line], []):
        assert broken({"line": line, "argv": argv}, Style(60)) == [f"    {line}"]
    with pytest.raises(NotQuotable):
        command_line(["az", "100%"], True)
    assert broken({"line": "az " + "x" * 90, "argv": ["az", "100%"]}, Style(60, windows=True)) == [f"    az {'x' * 90}"]


# -- Width, colour, symbols --

REPORTS = {"healthy": report_of("passed", *HEALTHY), "no role": NO_ROLE, "two causes": TWO, "warning": WARNING,
           "unknown": report_of("unknown", entry("role-assignments", "unknown", because=(None, LONG, "a/b/read")))}


@pytest.mark.parametrize("columns, width", [("10", 40), ("40", 40), ("60", 60), ("80", 80), ("100", 100), ("200", 100)])
@pytest.mark.parametrize("verbose", [False, True])
@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_no_line_is_wider_than_the_terminal(monkeypatch, report, verbose, columns, width):
    monkeypatch.setenv("COLUMNS", columns)
    plain = printed(report, is_terminal=True, verbose=verbose)
    for line in plain.splitlines():
        words = [word for word in line.split() if word not in ("\\", "FAILED", "WARNING", "1.", "2.")]
        assert len(line) <= width or len(words) == 1 or words[0].startswith("--") or words[0] == "More:" or (
            words[-1].strip("()") in codes()), line
    assert COLOURS.sub("", printed(report, is_terminal=True, verbose=verbose, colour=True)) == plain


def test_the_width_is_that_of_the_terminal_of_standard_error(monkeypatch):
    monkeypatch.delenv("COLUMNS")
    stream = Stream()
    monkeypatch.setattr(stream, "fileno", lambda: 2)
    monkeypatch.setattr(os, "get_terminal_size", lambda number: os.terminal_size(({1: 0, 2: 50}[number], 24)))
    assert 40 < max(len(line) for line in printed(REPORTS["unknown"], stream, is_terminal=True).splitlines()) <= 50
    monkeypatch.undo()
    monkeypatch.delenv("COLUMNS", raising=False)
    assert max(len(line) for line in printed(REPORTS["unknown"], is_terminal=True).splitlines()) == 80


def test_colours_are_put_over_what_is_there():
    shown = printed(NO_ROLE, is_terminal=True, colour=True)
    assert f"\x1b[31;1m✗\x1b[0m Role assignments: {says(MISSING)}" in shown and "\x1b[32m✓\x1b[0m docker" in shown
    assert f"\x1b[31;1mFAILED\x1b[0m  \x1b[1m{MISSING}\x1b[0m" in shown
    assert f"\x1b[2mMore: az acr login-error show --code {MISSING}\x1b[0m" in shown


def test_without_colour_symbols_and_wrapping_stay():
    shown = printed(NO_ROLE, is_terminal=True)
    assert "\x1b" not in shown and "✗ Role assignments" in shown and "has no\nrole on registry" in shown


def test_symbols_need_a_stream_that_can_show_them():
    shown = printed(NO_ROLE, Stream("ascii"), is_terminal=True)
    assert shown.startswith("myregistry.azurecr.io - pull - as alex@contoso.example\n+ Entra sign-in   + registry")
    assert "\nx Role assignments: " in shown


def test_what_a_stream_cannot_show_does_not_silence_the_rest():
    report = {**NO_ROLE, "identity": {"name": "Jürgen ☂"}}
    assert "as J\\xfcrgen \\u2602\n" in printed(report, Stream("ascii"), is_terminal=True)
    assert "as Jürgen \\u2602\n" in printed(report, Stream("latin-1"), is_terminal=True)
    assert "FAILED" in printed(report, Stream("ascii"))


@pytest.mark.parametrize("encoding", ["cp437", "cp850", "cp1252", "cp932"])
def test_a_code_page_gets_what_it_can_show(encoding):
    report = {**NO_ROLE, "checks": [*NO_ROLE["checks"], entry("lock", "warning", NAME, "x" * 5000 + "…")],
              "identity": {"name": "a…–—‘’“”b"}}
    for verbose in (False, True):
        shown = printed(report, Stream(encoding), is_terminal=True, verbose=verbose)
        assert "\\u" not in shown and "\\x" not in shown
        assert shown.encode(encoding).decode(encoding) == shown


def test_a_dumb_terminal_gets_no_escape_sequences(monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    stream = Stream()
    terminal = Terminal(stream, is_terminal=True)
    terminal.waiting(["DNS"])
    terminal.show(NO_ROLE, TITLES)
    assert "\x1b" not in stream.text and "\r" not in stream.text and stream.text.startswith("myregistry.azurecr.io · ")


def test_a_report_of_another_version_is_shown_as_far_as_it_is_known():
    fix = {**fix_with(["az", "login"], by="somebodyElse"), "request": "Please."}
    fix["commands"][0]["line"] = "az lo\x1b[31mgin"
    report = report_of("paused", entry("dns", "paused"), entry("lock", "failed", "UNHEARD_OF_ERROR", "Odd.", fix=fix),
                       found=["UNHEARD_OF_ERROR"], symptom={"text": "x", "matches": [
                           {"errorCode": "LATER_ERROR", "confirmed": "maybe"}]})
    for made in (screen, check_lines):
        shown = "\n".join(made(report, {}, Style(80, symbols=True, colour=False)))
        assert "More:" not in shown  # this version cannot explain it
        for expected in ("UNHEARD_OF_ERROR", "somebodyElse: ", "    az lo[31mgin", "LATER_ERROR: maybe"):
            assert expected in shown
    assert "For a message to forward, add: --html FILE" in "\n".join(lines(report))
    assert "dns : PAUSED" in "\n".join(check_lines(report, {}, Style())).replace("It is fine.", "dns")
    assert check_lines(report, {}, Style(colour=True))


# -- One line for each check --

def test_in_a_pipe_each_check_has_its_line_and_nothing_is_wrapped():
    message = "Roles of " + "x" * 200 + " y" * 100
    report = report_of("passed", entry("dns", message="DNS lookup at IP 10.0.0.4"), entry("lock", message=message))
    assert printed(report) == f"DNS lookup at IP 10.0.0.4 : OK\n{message} : OK\n\nVerdict: PASSED\nThe summary.\n"


def test_a_failing_run_in_a_pipe():
    command = command_line(ASSIGN, False)
    assert printed(NO_ROLE).split("\n", 5)[5] == (
        f"Refresh token : FAILED (a consequence)\nAccess token : SKIPPED (The check 'refresh-token' did not pass)\n"
        f"Role assignments : FAILED ({codes()[MISSING].title})\nIt is fine. : OK\n"
        f"Image : SKIPPED (The check 'access-token' did not pass)\n\nAn error occurred: {MISSING}\n{LONG}\n"
        f"For the registry's owner: Do what the commands do.\n    {command}\n"
        f"More: az acr login-error show --code {MISSING}\n\nVerdict: FAILED ({MISSING})\n")


def test_in_a_pipe_several_causes_say_which_is_first():
    assert printed(TWO).endswith(f"\nVerdict: FAILED ({MISSING})\nFix {MISSING} first, then {DAEMON}.\n")


def test_in_a_pipe_a_warning_is_not_said_twice():
    shown = printed(WARNING)
    assert f"\nWarning: {NAME}\nIt holds capitals.\n" in shown and shown.count("It holds capitals.") == 1
    assert shown.endswith(f"Verdict: WARNING ({NAME})\nSigning in works.\n")


def test_in_a_pipe_unknown_says_why_and_what_it_takes():
    report = report_of("unknown", entry("role-assignments", "unknown", because=(None, "it was refused", "a/b/read")))
    assert printed(report) == ("Role assignments : UNKNOWN (it was refused; it takes a/b/read)\n\n"
                               "Verdict: UNKNOWN\nThe summary.\n")


def test_the_order_is_that_of_the_report():
    shown = printed(report_of("passed", *HEALTHY)).splitlines()
    assert len([line for line in shown if line.endswith(" : OK")]) == len(HEALTHY)
    turned = report_of("passed", *reversed([entry(name, message=name) for name in TITLES]))
    assert [line[:-5] for line in printed(turned).splitlines() if line.endswith(" : OK")] == [*reversed(TITLES)]


def test_verbose_shows_each_check_on_a_terminal_too():
    shown = printed(NO_ROLE, is_terminal=True, verbose=True, colour=True)
    assert "\x1b[32m✓\x1b[0m It is fine. : \x1b[32mOK\x1b[0m\n" in shown
    assert f"\x1b[31;1m✗\x1b[0m Role assignments : \x1b[31;1mFAILED\x1b[0m ({codes()[MISSING].title})\n" in shown
    assert f"\x1b[31;1mAn error occurred: {MISSING}\x1b[0m\n" in shown


def test_the_word_stays_beside_its_colon():
    for length in range(20, 120):
        report = report_of("passed", entry("dns", message="a" * 7 + " b" * length))
        shown = printed(report, is_terminal=True, verbose=True, colour=True)
        wrapped = COLOURS.sub("", shown).split("\n\n")[0].splitlines()
        assert wrapped[-1].endswith("b : OK") and all(line.startswith("    ") for line in wrapped[1:])
        assert max(map(len, wrapped)) <= 80 and shown.count("\x1b[32mOK\x1b[0m") == 1


# -- Errors only, waiting, harm --

def test_only_errors_leaves_the_causes_that_fail():
    report = report_of("failed", entry("dns"), *TWO["checks"][-1:],
                       entry("name", "warning", NAME, "It holds capitals."), found=[DAEMON, NAME])
    for is_terminal in (False, True):
        assert printed(report, quiet=True, is_terminal=is_terminal) == (
            f"An error occurred: {DAEMON}\ndocker reaches no daemon.\nMore: az acr login-error show --code {DAEMON}\n")
        assert printed(WARNING, quiet=True, is_terminal=is_terminal) == ""
        assert printed(REPORTS["unknown"], quiet=True, is_terminal=is_terminal) == ""


@pytest.mark.parametrize("colour", [False, True])
def test_waiting_is_shown_and_replaced(monkeypatch, colour):
    monkeypatch.setenv("COLUMNS", "60")
    stream, seconds = Stream(), iter([0.0, 1.2, 3.7])
    terminal = Terminal(stream, is_terminal=True, colour=colour, clock=lambda: next(seconds))
    terminal.waiting(["DNS", "Entra token"])
    assert CONTROLS.sub("", stream.text) == "Waiting for DNS, Entra token (1 s)"
    terminal.waiting(["A title of some length"] * 5)
    last = CONTROLS.sub("", stream.text.split("\r\x1b[K")[-1])
    assert len(last) == 59 and last.endswith("... (4 s)")
    terminal.show(NO_ROLE, TITLES)
    assert CONTROLS.sub("", stream.text.split("\r\x1b[K")[-1]).startswith(HEAD + "\n")


@pytest.mark.parametrize("options", [{}, {"is_terminal": True, "quiet": True}])
def test_nobody_waits_at_a_pipe(options):
    stream = Stream()
    Terminal(stream, **options).waiting(["DNS"])
    assert stream.text == ""


EVIL = "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\nVerdict: PASSED\r\u2028PASSED\x9b2J" + "\ud800" + "é" * 6000


@pytest.mark.parametrize("options", [{}, {"is_terminal": True}, {"is_terminal": True, "verbose": True},
                                     {"is_terminal": True, "quiet": True}])
def test_what_is_shown_cannot_drive_the_terminal(options):
    fix = {"description": EVIL, "runBy": "you", "commands": []}
    report = {**report_of(
        "failed", entry("dns", message=EVIL), entry("container-daemon", "failed", DAEMON, EVIL, fix=fix),
        entry("role-assignments", "unknown", because=(None, EVIL, EVIL)), entry("image", "failed", "X_ERROR", EVIL),
        entry("lock", "skipped", because=(EVIL, EVIL, None)), entry("container-client", evidence={"kind": EVIL}),
        found=[DAEMON], summary=EVIL, name=EVIL, repository=EVIL, tag=EVIL,
        symptom={"text": EVIL, "matches": [{"errorCode": EVIL, "confirmed": None}]}), "identity": {"name": EVIL}}
    shown = printed(report, **options)
    assert not [character for character in shown.replace("\n", "") if unicodedata.category(character)[0] == "C"]
    assert not [line for line in shown.splitlines() if line.startswith("Verdict: PASSED") or line == "PASSED"]
    assert len(shown) < 20 * 4100


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_a_reader_that_has_gone_stops_nothing(error):
    class Gone(io.StringIO):
        def write(self, text):
            raise error
    terminal = Terminal(Gone(), is_terminal=True, colour=True)
    terminal.waiting(["DNS"])
    terminal.show(NO_ROLE, TITLES)


# -- The real command --

posix = pytest.mark.skipif(os.name != "posix", reason="terminals of POSIX")


def on_a_terminal(bench, columns, profile="user", world="{}", more=()):
    """The exit status and what the real command shows on a terminal."""
    import pty
    import termios
    bench.emulator.patch(world)
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    environment = {name: value for name, value in bench.environment(profile).items()
                   if name not in ("COLUMNS", "NO_COLOR")}
    environment |= {"TERM": "xterm", "AZURE_CORE_NO_COLOR": "0", "PYTHONIOENCODING": "utf-8", **dict(more)}
    try:
        with subprocess.Popen(diagnosis("--client", "none"), env=environment, stdin=subprocess.DEVNULL, stdout=theirs,
                              stderr=theirs) as process:
            os.close(theirs)
            shown = "".join(read_all(ours)).replace("\r\n", "\n")
            return process.wait(60), shown
    finally:
        os.close(ours)
        bench.emulator.patch()


@posix
@pytest.mark.parametrize("more, colour", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"AZURE_CORE_NO_COLOR": "1"}, False)])
def test_the_command_on_a_terminal(bench, more, colour):
    """The screen, and below it the reason in one line."""
    status, shown = on_a_terminal(bench, 70, world="roleAssignments: {alex-push: null}", more=more)
    assert status == 1
    start, end = ("\x1b[31m", "\x1b[0m") if colour else ("", "")
    assert shown.splitlines()[-1] == f"{start}ERROR: {MISSING}: {codes()[MISSING].title}{end}"
    assert ("\x1b[31;1mFAILED\x1b[0m" in shown) == bool(COLOURS.search(shown)) == colour
    assert "schemaVersion" not in shown, "without -o the screen stands alone"
    plain = COLOURS.sub("", shown)
    assert f"\n✗ Role assignments: {says(MISSING)}\n" in plain and f"\nFAILED  {MISSING}\n" in plain
    assert 60 < max(len(line) for line in plain.splitlines() if SCOPE not in line) <= 70


@posix
def test_the_sample_in_the_readme_is_what_the_command_shows(bench):
    status, shown = on_a_terminal(bench, 80, "sp", "roleAssignments: {ci-push: null}", {"NO_COLOR": "1"})
    assert status == 1
    sample = "".join(f"    {line}".rstrip() + "\n" for line in shown.rpartition("\r\x1b[K")[2].splitlines())
    assert sample in (ROOT / "README.md").read_text(encoding="utf-8"), f"it shows:\n{sample}"


def read_all(terminal):
    """What is written to a terminal until nobody has it open any more."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    while True:
        try:
            piece = os.read(terminal, 10000)
        except OSError:
            return
        if not piece:
            return
        yield decoder.decode(piece)


# -- In all worlds --

ROWS, SHARE = 24, 0.95


def test_one_cause_fits_one_screen(recorded):
    """With the last line, `ERROR: CODE: title`, below it."""
    assert len(recorded.rows) > 100
    too_long = {name: rows for name, rows in recorded.rows.items() if rows + 1 > ROWS}
    assert len(too_long) <= (1 - SHARE) * len(recorded.rows), too_long
