# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The lines for people, on a terminal and in a pipe."""

import io
import re

import pytest

from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement, Result, Status
from azext_acrlogin.engine.question import Cloud, Question
from azext_acrlogin.engine.root_causes import Cause
from azext_acrlogin.engine.verdict import Verdict
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.render.report import check_entry
from azext_acrlogin.render.terminal import Lines

ASKED = Question("myregistry", Cloud("AzureCloud", ".azurecr.io", "https://a", "https://m", "https://m", None, None,
                                     "https://r"))
CODES = re.compile(r"\x1b\[[\d;]*[mK]|\r")
MISSING = "ROLE_ASSIGNMENT_MISSING_ERROR"
LONG = "'alex@contoso.example' (object id aaaaaaaa-0000-4000-8000-0000000000a1) has no role on registry 'myregistry'."


class Stream(io.TextIOWrapper):
    """A terminal that keeps what is written to it."""

    def __init__(self, encoding="utf-8"):
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True, newline="\n")

    @property
    def text(self):
        return self.buffer.getvalue().decode(self.encoding)

    @property
    def plain(self):
        return CODES.sub("", self.text)


@pytest.fixture(autouse=True)
def eighty_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def result(name, judgement, crash=None, title=None):
    declared = Check(name, Category.TOKEN, title or name.replace("-", " ").capitalize(), Evidence, lambda c, f: None,
                     lambda a, e, f: None)
    return Result(declared, judgement, Status.CRASHED if crash else judgement.status, crash=crash)


def failed(name, code, message="It fails.", **facts):
    return result(name, Judgement(message, (Finding(code, message, facts),)))


def skipped(name, reason, check=None, by_choice=False):
    return result(name, Judgement("Skipped.", skipped=Because(reason, check=check, by_choice=by_choice)))


def did_not_pass(name, check):
    return skipped(name, f"The check '{check}' did not pass", check)


def show(status, results, causes=(), summary="The summary.", symptom=None, stream=None, **options):
    stream = stream or Stream()
    lines = Lines(stream, **options)
    for entry in results:
        lines.finished(entry)
    found = [Cause(entry.check.name, finding) for entry in causes for finding in entry.judgement.findings]
    codes = [cause.finding.code for cause in found]
    outcome = Verdict(ASKED, list(results), Inputs({}), status, found, codes, summary, [])
    lines.verdict(outcome, {"checks": [check_entry(entry) for entry in results], "symptom": symptom})
    return stream


PASSED = result("dns", Judgement("DNS lookup to myregistry.azurecr.io at IP 10.0.0.4"))


def test_a_healthy_run_in_a_pipe_is_plain():
    shown = show(Status.PASSED, [PASSED, skipped("assignee", "no --assignee was given", by_choice=True)])
    assert shown.text == ("DNS lookup to myregistry.azurecr.io at IP 10.0.0.4 : OK\n\n"
                          "Verdict: PASSED\nThe summary.\n")


def test_a_failing_run_in_a_pipe():
    roles = failed("role-assignments", MISSING, LONG, scope="/subscriptions/x", role="AcrPull",
                   object_id="aaaaaaaa-0000-4000-8000-0000000000a1", principal_type="User")
    exchange = failed("refresh-token", "CONNECTIVITY_REFRESH_TOKEN_ERROR")
    exchange.explained_by = ("role-assignments", MISSING)
    shown = show(Status.FAILED, [exchange, did_not_pass("access-token", "refresh-token"),
                                 did_not_pass("image", "access-token"), roles], [roles], LONG)
    before, _, after = shown.text.partition(f"\nAn error occurred: {MISSING}\n")
    assert before == ("Refresh token : FAILED\nRole assignments : FAILED\n"
                      "Access token, Image : SKIPPED (Refresh token did not pass)\n")
    lines = after.splitlines()
    assert lines[:2] == ["'alex@contoso.example' (object id aaaaaaaa-0000-4000-8000-0000000000a1) has no",
                         "role on registry 'myregistry'."]
    assert lines[2].startswith("Fix, by the registry's owner: ")
    assert [line for line in lines if line.startswith("    az role assignment create ")]
    assert "Evidence: Role assignments, which explains Refresh token" in lines
    assert lines[-2:] == ["", f"Verdict: FAILED ({MISSING})"]
    assert shown.text.count("has no\nrole on registry") == 1  # az's own last line says it again


def test_what_to_mend_first_is_said_when_there_are_several():
    causes = [failed("roles", MISSING), failed("daemon", "DOCKER_DAEMON_ERROR"),
              failed("name", "REGISTRY_NAME_WARNING")]
    shown = show(Status.FAILED, causes, causes)
    assert shown.text.endswith(f"Verdict: FAILED\nMend {MISSING} first, then DOCKER_DAEMON_ERROR.\n")
    assert "\nWarning: REGISTRY_NAME_WARNING\n" in shown.text


def test_a_warning_is_not_said_twice():
    name = failed("name", "REGISTRY_NAME_WARNING", "It holds capitals.")
    shown = show(Status.WARNING, [name], [name], "Signing in works. It holds capitals.")
    assert shown.text.count("It holds capitals.") == 1
    assert shown.text.endswith("Verdict: WARNING\nSigning in works.\n")


def test_unknown_says_why_and_what_it_takes():
    because = Because("it was refused", permission="Microsoft.Authorization/read")
    roles = result("roles", Judgement("?", unknown=because))
    shown = show(Status.UNKNOWN, [roles], summary="It could not be told whether pull is granted.")
    assert shown.text.startswith("Roles : UNKNOWN (it was refused; it takes Microsoft.Authorization/read)\n")
    assert shown.text.endswith("Verdict: UNKNOWN\nIt could not be told whether pull is granted.\n")


def test_a_check_that_passed_is_no_reason_in_itself():
    shown = show(Status.PASSED, [PASSED, skipped("private-endpoint", "the proxy resolves the name", "dns")])
    assert "Private endpoint : SKIPPED (the proxy resolves the name)\n" in shown.text


def test_a_crash_is_a_defect_of_this_tool():
    shown = show(Status.FAILED, [result("clock", Judgement("A defect."), crash="KeyError at checks/clock.py:12 judge")])
    assert "\nAn error occurred: UNEXPECTED_ERROR\n" in shown.text
    assert "The check 'clock' has a defect (KeyError at checks/clock.py:12 judge)." in shown.text


def test_only_errors_leaves_the_causes():
    daemon = failed("daemon", "DOCKER_DAEMON_ERROR")
    shown = show(Status.FAILED, [PASSED, daemon, did_not_pass("network", "daemon")], [daemon], quiet=True)
    assert shown.text.startswith("\nAn error occurred: DOCKER_DAEMON_ERROR\nIt fails.\n")
    assert "OK" not in shown.text and "SKIPPED" not in shown.text and "Verdict" not in shown.text


def test_a_symptom_is_answered():
    matches = [{"errorCode": MISSING, "confirmed": True}, {"errorCode": "PROXY_ERROR", "confirmed": False},
               {"errorCode": "CLOCK_SKEW_ERROR", "confirmed": None}]
    shown = show(Status.PASSED, [PASSED], symptom={"text": "x", "matches": matches})
    assert (f"    {MISSING} : confirmed by this run\n    PROXY_ERROR : ruled out by this run\n"
            "    CLOCK_SKEW_ERROR : neither confirmed nor ruled out\n") in shown.text
    assert "points to no known cause" in show(Status.PASSED, [PASSED], symptom={"text": "x", "matches": []}).text


def test_a_terminal_shows_colours_and_symbols():
    daemon = failed("daemon", "DOCKER_DAEMON_ERROR")
    shown = show(Status.FAILED, [PASSED, daemon, did_not_pass("network", "daemon")], [daemon], colour=True)
    assert shown.plain.startswith("✓ DNS lookup to myregistry.azurecr.io at IP 10.0.0.4 : OK\n✗ Daemon : FAILED\n")
    assert "\x1b[32m✓\x1b[0m " in shown.text and "\x1b[31;1mFAILED\x1b[0m" in shown.text
    assert "\x1b[2mNetwork : SKIPPED (Daemon did not pass)\x1b[0m\n" in shown.text
    assert "\x1b[31;1mAn error occurred: DOCKER_DAEMON_ERROR\x1b[0m\n" in shown.text
    assert "\x1b[31;1;7m FAILED \x1b[0m" in shown.text


def test_symbols_need_a_stream_that_can_show_them():
    shown = show(Status.PASSED, [PASSED], colour=True, stream=Stream("ascii"))
    assert shown.plain.startswith("DNS lookup")
    assert "\x1b[32mOK\x1b[0m" in shown.text


@pytest.mark.parametrize("columns, widest", [("80", 80), ("200", 80), ("50", 50), ("10", 40)])
def test_a_terminal_wraps_and_keeps_the_word_beside_its_colon(monkeypatch, columns, widest):
    monkeypatch.setenv("COLUMNS", columns)
    for length in range(20, 120):
        shown = show(Status.PASSED, [result("x", Judgement("a" * 7 + " b" * length))], colour=True)
        lines = shown.plain.split("\n\n")[0].splitlines()
        assert max(map(len, lines)) <= widest
        assert lines[-1].endswith("b : OK") and all(line.startswith("    ") for line in lines[1:])
        assert shown.text.count("\x1b[32mOK\x1b[0m") == 1


def test_a_pipe_does_not_wrap_a_check():
    message = "Roles of " + "x" * 200 + " y"
    assert show(Status.PASSED, [result("x", Judgement(message))]).text.startswith(message + " : OK\n")


def test_waiting_is_shown_and_replaced(monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    stream, seconds = Stream(), iter([0.0, 1.2, 3.7])
    lines = Lines(stream, colour=True, clock=lambda: next(seconds))
    lines.waiting(["DNS", "Entra token"])
    assert stream.plain == "Waiting for DNS, Entra token (1 s)"
    lines.waiting(["A title of some length"] * 5)
    last = stream.text.split("\r\x1b[K")[-1]
    assert len(CODES.sub("", last)) == 59 and CODES.sub("", last).endswith("... (4 s)")
    lines.finished(PASSED)
    assert "\r\x1b[K\x1b[32m✓\x1b[0m DNS lookup to myregistry.azurecr.io" in stream.text


@pytest.mark.parametrize("options", [{}, {"colour": True, "quiet": True}])
def test_nobody_waits_at_a_pipe(options):
    stream = Stream()
    Lines(stream, **options).waiting(["DNS"])
    assert stream.text == ""


def test_what_is_shown_cannot_drive_the_terminal():
    evil = "a\x1b]0;owned\x07b\x1b[2Jc\u202ed\nVerdict: PASSED"
    entry = failed("daemon", "DOCKER_DAEMON_ERROR", evil)
    unknown = result("roles", Judgement("?", unknown=Because(evil)))
    shown = show(Status.FAILED, [result("dns", Judgement(evil)), entry, unknown], [entry], summary=evil)
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.text)
    verdicts = [line for line in shown.text.splitlines() if line.startswith("Verdict")]
    assert verdicts == ["Verdict: FAILED (DOCKER_DAEMON_ERROR)"]


@pytest.mark.parametrize("error", [BrokenPipeError(), OSError(28, "No space left on device"), ValueError("closed")])
def test_a_reader_that_has_gone_stops_nothing(error):
    class Gone(io.StringIO):
        def write(self, text):
            raise error
    daemon = failed("daemon", "DOCKER_DAEMON_ERROR")
    show(Status.FAILED, [PASSED, daemon], [daemon], stream=Gone(), colour=True)
