# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`az acr login-error`, and what both commands share: help, options, and who reads the result."""

import io
from argparse import ArgumentTypeError, Namespace
from types import SimpleNamespace

import pytest

from azext_acrlogin import _format, _validators
from azext_acrlogin._terminal import wants_text
from azext_acrlogin.catalogue import CATEGORIES, codes
from azext_acrlogin.engine.question import ACTIONS
from azext_acrlogin.login_error import list_login_errors, match_login_errors, show_login_error
from azext_acrlogin.render import catalogue_text


class Stream(io.StringIO):
    """A stream that is a terminal, or not."""

    def __init__(self, terminal):
        super().__init__()
        self._terminal = terminal

    def isatty(self):
        return self._terminal


def cli(terminal=False, options=(), only_show_errors=False, configured=None, site=None):
    """As much of the CLI's context as the handlers use."""
    values = {("core", "output"): configured, ("acrlogin", "site"): site}
    config = SimpleNamespace(get=lambda section, option, fallback=None: values[section, option] or fallback)
    return SimpleNamespace(out_file=Stream(terminal), only_show_errors=only_show_errors, config=config,
                           data={"safe_params": list(options)})


def command(**options):
    """The `cmd` of a handler."""
    return SimpleNamespace(cli_ctx=cli(**options))


@pytest.mark.parametrize("options, text", [
    ({}, False),
    ({"terminal": True}, True),
    ({"terminal": True, "options": ["--code"]}, True),
    ({"terminal": True, "options": ["--code", "-o"]}, False),
    ({"terminal": True, "options": ["--output"]}, False),
    ({"terminal": True, "options": ["--out"]}, False),
    ({"terminal": True, "options": ["--query"]}, False),
    ({"terminal": True, "options": ["--debug", "--verbose", "--"]}, True),
    ({"terminal": True, "only_show_errors": True}, False),
    ({"terminal": True, "configured": "table"}, False),
])
def test_who_reads(options, text):
    assert wants_text(cli(**options)) is text


def test_list():
    listed = list_login_errors(command())
    assert [entry["errorCode"] for entry in listed] == list(codes())
    places = [(CATEGORIES.index(entry["category"]), entry["errorCode"]) for entry in listed]
    assert places == sorted(places)
    assert all(set(entry) == {"errorCode", "severity", "category", "title", "check", "docs"} for entry in listed)
    checks = {entry["errorCode"]: entry["check"] for entry in listed}
    assert checks["CONNECTIVITY_DNS_ERROR"] == "dns"
    assert checks["PROXY_ERROR"] == "proxy"
    assert checks["KUBERNETES_PULL_SECRET_ERROR"] is None
    assert len(_format.codes_table(listed)) == len(listed)


def test_list_on_a_terminal():
    reader = command(terminal=True)
    assert list_login_errors(reader) is None
    text = reader.cli_ctx.out_file.getvalue()
    assert all(code in text for code in codes())


@pytest.mark.parametrize("code", list(codes()))
def test_show(code):
    shown = show_login_error(command(), code)
    assert set(shown) == {"errorCode", "severity", "category", "title", "meaning", "howFound", "fixes", "confusedWith",
                          "docs"}
    assert shown["errorCode"] == code
    assert all(set(fix) == {"description", "runBy", "request", "commands"} for fix in shown["fixes"])
    assert all(set(other) == {"errorCode", "difference"} for other in shown["confusedWith"])
    assert _format.code_table(shown)["CODE"] == code
    reader = command(terminal=True)
    assert show_login_error(reader, code) is None
    assert shown["title"] in reader.cli_ctx.out_file.getvalue()


def test_match_gives_the_published_keys():
    matches = match_login_errors(command(), "AADSTS700082: The refresh token has expired due to inactivity.")
    assert matches[0]["errorCode"] == "AAD_SESSION_EXPIRED_ERROR"
    assert set(matches[0]) == {"errorCode", "title", "why", "lookAt", "matched"}
    assert match_login_errors(command(), "all is well") == []
    assert _format.matches_table(matches)[0]["CODE"] == "AAD_SESSION_EXPIRED_ERROR"


def test_match_on_a_terminal():
    reader = command(terminal=True)
    assert match_login_errors(reader, "no basic auth credentials") is None
    shown = reader.cli_ctx.out_file.getvalue()
    assert shown.startswith("DOCKER_CREDENTIAL_MISSING_WARNING: No stored login for the registry\n    ")
    assert "\n    Look at: " in shown and "az acr login-error show --code CODE" in shown
    reader = command(terminal=True)
    assert match_login_errors(reader, "all is well") is None
    assert reader.cli_ctx.out_file.getvalue().endswith("\n    az acr login-diagnose --name NAME\n")


@pytest.mark.parametrize("site, last", [
    (None, []), ("", []), ("https://docs.contoso.example/acr/", [
        "Page: https://docs.contoso.example/acr/codes/DENY_ASSIGNMENT_ERROR.html"])])
def test_the_page_on_a_site_is_named_where_one_is_configured(site, last):
    reader = command(terminal=True, site=site)
    show_login_error(reader, "DENY_ASSIGNMENT_ERROR")
    lines = reader.cli_ctx.out_file.getvalue().splitlines()
    assert [line for line in lines if line.startswith("Page: ")] == last and lines[-1].startswith("More: ")


def test_fixes_that_are_nearly_the_same_are_shown_once():
    shown = catalogue_text.explanation(codes()["ROLE_ASSIGNMENT_MISSING_ERROR"], False)
    assert "\n4. For the registry's owner: Grant a role" in shown and "\n5. " not in shown
    assert (" For the registry's owner, and for you if your own role allows it: Grant the role 'ROLE'" in
            " ".join(shown.split()))
    assert shown.count("--role <ROLE> --scope <SCOPE>\n") == 1
    assert "az acr login-diagnose fills in <" in shown and "<OBJECT_ID>," in shown and "<SECOND_ROLE>" not in shown


@pytest.mark.parametrize("code", [code for code in codes().values() if any(
    command[0] == "sudo" for fix in code.fixes for command in fix.commands)], ids=lambda code: code.code)
def test_windows_has_no_sudo(code):
    assert "sudo " in catalogue_text.explanation(code, False)
    assert not [fix for fix in catalogue_text.fixes_for(code, True) if any(
        command[0] == "sudo" for command in fix.commands)]
    assert code.fixes[-1] in catalogue_text.fixes_for(code, True)


def test_help_is_valid_and_its_examples_use_the_command():
    yaml = pytest.importorskip("yaml")
    from azext_acrlogin._help import helps
    ours = {name: yaml.safe_load(text) for name, text in helps.items() if name.startswith("acr login-")
            and "az acr login-" in text}
    assert {"acr login-diagnose", "acr login-error", "acr login-error list", "acr login-error show",
            "acr login-error match"} <= set(ours)
    for name, text in ours.items():
        assert text["short-summary"]
        if text["type"] == "command":
            assert all(f"az {name}" in example["text"] for example in text["examples"])


def test_codes_are_taken_in_any_case_and_the_nearest_is_named():
    assert _validators.error_code(" proxy_error ") == "PROXY_ERROR"
    with pytest.raises(ArgumentTypeError, match=r"Did you mean PROXY_ERROR\? List all codes: az acr login-error list"):
        _validators.error_code("PROXY_EROR")
    for wrong in ("x", "", "\x1b[31m", "unauthorized: authentication required"):
        with pytest.raises(ArgumentTypeError, match="Look up a message: az acr login-error match --symptom TEXT"):
            _validators.error_code(wrong)
    with pytest.raises(ArgumentTypeError, match="Did you mean AAD_SESSION_EXPIRED_ERROR"):
        _validators.error_code("AAD_SESSION_EXPIRD_ERROR")


@pytest.mark.parametrize("text, number", [("1", 1.0), ("300", 300.0), ("2.5", 2.5)])
def test_timeout(text, number):
    assert _validators.seconds(text) == number


@pytest.mark.parametrize("text", ["0", "301", "nan", "inf", "-1", "ten", "", "1_0", "1e1", "\u0661"])
def test_timeout_out_of_range(text):
    with pytest.raises(ArgumentTypeError, match="1 to 300"):
        _validators.seconds(text)


@pytest.mark.parametrize("text", ["0", "121", "1.5", "soon", ""])
def test_minutes_out_of_range(text):
    with pytest.raises(ArgumentTypeError, match="1 to 120"):
        _validators.minutes(text)


def test_choices_are_taken_in_any_case():
    action = _validators.one_of("action", ACTIONS)
    assert action("PULL") == "pull"
    with pytest.raises(ArgumentTypeError, match="Did you mean metadata-read"):
        action("metadata_read")


def question(**options):
    """Options of `login-diagnose` as the parser leaves them."""
    return Namespace(**{**dict.fromkeys(("username", "password", "assignee", "html", "resource_group_name", "symptom",
                                         "tenant_suffix", "repository")), **options})


@pytest.mark.parametrize("options, said", [
    ({"username": "a", "password": "b", "assignee": "c"}, "--assignee"),
    ({"password": "b"}, "--username"),
    ({"username": " ", "password": "b"}, "--username is empty"),
    ({"username": "a"}, "ACR_LOGIN_DIAGNOSE_PASSWORD"),
    ({"assignee": "m\udcfcller@contoso.example"}, "--assignee is not text"),
    ({"username": "a", "password": "\udcff"}, "--password is not text"),
    ({"resource_group_name": "\udcff"}, "--resource-group is not text"),
    ({"username": "a", "password": ""}, "ACR_LOGIN_DIAGNOSE_PASSWORD"),
    ({"tenant_suffix": "x.stranger.example/"}, "--suffix: .* cannot be part of a login server"),
    ({"tenant_suffix": "x" * 58}, "--suffix"), ({"tenant_suffix": "-x"}, "--suffix"),
    ({"html": ""}, "--html"),
    ({"html": "no/such/folder/report.html"}, "cannot be written"),
    ({"html": "."}, "folder"),
    ({"html": "x" * 5000}, "cannot be written"),
])
def test_contradictions_are_refused(options, said, monkeypatch):
    monkeypatch.delenv("ACR_LOGIN_DIAGNOSE_PASSWORD", raising=False)
    with pytest.raises(ValueError, match=said):
        _validators.validate_options(question(**options))


def test_the_password_comes_from_the_option_before_the_environment(monkeypatch):
    monkeypatch.setenv("ACR_LOGIN_DIAGNOSE_PASSWORD", "of the environment")
    for given, used in (("given", "given"), (None, "of the environment"), ("", "of the environment")):
        asked = question(username="a", password=given)
        _validators.validate_options(asked)
        assert asked.password == used


def test_the_environment_is_of_no_matter_without_a_user_name(monkeypatch):
    monkeypatch.setenv("ACR_LOGIN_DIAGNOSE_PASSWORD", "x")
    asked = question()
    _validators.validate_options(asked)
    assert asked.password is None


@pytest.mark.parametrize("answer, used", [("typed", "typed"), ("", None), (EOFError, None)])
def test_the_prompt_needs_a_terminal(monkeypatch, answer, used):
    def getpass(prompt, stream=None):
        assert "a" in prompt
        if answer is EOFError:
            raise EOFError
        return answer
    monkeypatch.delenv("ACR_LOGIN_DIAGNOSE_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", Stream(True))
    monkeypatch.setattr("sys.stderr", Stream(True))
    monkeypatch.setattr("getpass.getpass", getpass)
    asked = question(username="a")
    if used is None:
        with pytest.raises(ValueError, match="ACR_LOGIN_DIAGNOSE_PASSWORD"):
            _validators.validate_options(asked)
    else:
        _validators.validate_options(asked)
        assert asked.password == used


def test_trying_the_folder_leaves_nothing_behind(tmp_path):
    _validators.validate_options(question(html=str(tmp_path / "report.html")))
    assert list(tmp_path.iterdir()) == []
