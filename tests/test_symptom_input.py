# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`--symptom -`: how standard input is read, and what of the question comes from it."""

import io
import json
import subprocess
import sys
import unicodedata
from argparse import Namespace

import pytest

from azext_acrlogin import _terminal, _validators
from azext_acrlogin.engine.question import Cloud
from azext_acrlogin.render.screen import Style, read_from_symptom, symptom_lines
from azext_acrlogin.symptoms.taken import NoRegistry, completed
from tests.hardening import AZ

CLOUD = Cloud("AzureCloud", ".azurecr.io", "https://login.microsoftonline.com", "https://management.azure.com",
              "https://management.core.windows.net/", None, None, "https://containerregistry.azure.net",
              {".azurecr.cn": "AzureChinaCloud"})
PULL = "docker pull myregistry.azurecr.io/team/app:v1: unauthorized"
DIAGNOSE = [AZ, "acr", "login-diagnose"]
PIPED = ["--symptom", "-", "--client", "none", "-o", "json"]
TWO = f"{PULL}\nFROM otherregistry.azurecr.io/base:v2"
DIGEST = "sha256:" + "0a1b2c3d" * 8


@pytest.mark.parametrize("symptom, name, default, repository, actions, asked", [
    (PULL, None, None, None, None, ("myregistry", "team/app:v1", ("pull",), ("name", "repository", "tag", "actions"))),
    (PULL, None, "elsewhere", None, None,
     ("myregistry", "team/app:v1", ("pull",), ("name", "repository", "tag", "actions"))),
    (PULL, "myregistry", None, None, None,
     ("myregistry", "team/app:v1", ("pull",), ("repository", "tag", "actions"))),
    (PULL, "MyRegistry.azurecr.io", None, None, ("push",),
     ("MyRegistry.azurecr.io", "team/app:v1", ("push",), ("repository", "tag"))),
    (PULL, "elsewhere", None, None, None, ("elsewhere", None, ("pull",), ())),
    (PULL, "myregistry.azurecr.io/other:v2", None, None, None,
     ("myregistry.azurecr.io/other:v2", "other:v2", ("pull",), ("actions",))),
    (PULL, None, None, "other", None, ("myregistry", "other", ("pull",), ("name", "actions"))),
    (TWO, "otherregistry", None, None, None,
     ("otherregistry", "base:v2", ("pull",), ("repository", "tag", "actions"))),
    ("unauthorized", None, "myregistry", None, None, ("myregistry", None, ("pull",), ())),
    (None, None, "myregistry", "app", ("push",), ("myregistry", "app", ("push",), ())),
    (None, "", "myregistry", None, None, ("", None, ("pull",), ())),  # which the diagnosis finds to be no name
    (PULL, "", None, None, None, ("", None, ("pull",), ())),
    (f"myregistry.azurecr.io/app@{DIGEST}: denied", None, None, None, None,
     ("myregistry", f"app@{DIGEST}", ("pull",), ("name", "repository", "tag"))),
    ("prod-a1b2c3d4e5f6a7b8.azurecr.io/app: denied", None, None, None, None,
     ("prod-a1b2c3d4e5f6a7b8.azurecr.io", "app", ("pull",), ("name", "repository"))),
    ("MyRegistry.azurecr.io/app: denied", None, None, None, None,
     ("MyRegistry.azurecr.io", "app", ("pull",), ("name", "repository"))),
    ("shop.azurecr.cn/app: denied", None, None, None, None,
     ("shop.azurecr.cn", "app", ("pull",), ("name", "repository")))])
def test_options_come_before_the_text_and_the_text_before_a_default(symptom, name, default, repository, actions, asked):
    found = completed(symptom, name, default, repository, actions, CLOUD)
    assert (found.name, found.repository, found.actions, found.from_symptom) == asked


@pytest.mark.parametrize("symptom, default, said", [
    (TWO, None, "several registries: myregistry.azurecr.io, otherregistry.azurecr.io. Choose one with --name."),
    (TWO, "myregistry", "several registries"),
    ("unauthorized: authentication required", None, "does not name a registry. Add --name."),
    (None, None, "--name is missing")])
def test_without_one_registry_it_is_wrong_usage(symptom, default, said):
    with pytest.raises(NoRegistry, match=said.replace(".", r"\.")):
        completed(symptom, None, default, None, None, CLOUD)


class Input(io.TextIOWrapper):
    """Standard input that is a terminal, or not."""

    def __init__(self, content, terminal=False):
        super().__init__(io.BytesIO(content))
        self._terminal = terminal

    def isatty(self):
        return self._terminal


@pytest.mark.parametrize("content, text", [
    (b"", ""), (b"denied \xff\xfe x", "denied \ufffd\ufffd x"), (b"\xef\xbb\xbfdenied", "denied"),
    ("denied".encode("utf-16"), "denied"), ("dénié".encode(), "dénié")])
def test_what_is_piped_is_decoded(monkeypatch, content, text):
    monkeypatch.setattr("sys.stdin", Input(content))
    assert _terminal.pasted() == text


def test_of_much_the_beginning_and_the_end_are_kept(monkeypatch):
    monkeypatch.setattr("sys.stdin", Input(b"first\n" + b"x" * 5_000_000 + b"\nlast"))
    text = _validators.symptom_text(_terminal.pasted())
    assert text.startswith("first\n") and text.endswith("\nlast") and len(text) < 21_000
    assert _validators.symptom_text("short") == "short"


@pytest.mark.parametrize("terminal", [True, False])
def test_who_sits_at_a_terminal_is_told_what_to_do(monkeypatch, capsys, terminal):
    monkeypatch.setattr("sys.stdin", Input(b"denied", terminal))
    assert _terminal.pasted() == "denied"
    end = "Ctrl+Z, Enter" if sys.platform == "win32" else "Ctrl+D"
    assert capsys.readouterr().err == (f"Paste the error, then {end}\n" if terminal else "")


def test_a_closed_standard_input_holds_nothing(monkeypatch):
    monkeypatch.setattr("sys.stdin", None)
    assert _terminal.pasted() == ""
    closed = Input(b"x")
    closed.close()
    monkeypatch.setattr("sys.stdin", closed)
    assert _terminal.pasted() == ""


@pytest.mark.parametrize("content", [b"", b" \n\t"])
def test_nothing_for_match_is_wrong_usage(monkeypatch, content):
    monkeypatch.setattr("sys.stdin", Input(content))
    with pytest.raises(ValueError, match="--symptom is empty"):
        _validators.validate_symptom(Namespace(symptom="-"))


def test_match_reads_standard_input(monkeypatch):
    monkeypatch.setattr("sys.stdin", Input(b"AADSTS7000222: expired"))
    given = Namespace(symptom="-")
    _validators.validate_symptom(given)
    assert given.symptom == "AADSTS7000222: expired"


# --- the real az

def run(environment, arguments, text=b""):
    done = subprocess.run(arguments, env=environment, input=text, capture_output=True, timeout=60, check=False)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


@pytest.mark.parametrize("arguments, text, said", [
    ([], b"", "--name is missing"),
    (["--symptom", "-"], b"", "--name is missing"),
    (["--symptom", "-"], b"unauthorized: authentication required", "does not name a registry"),
    (["--symptom", "-"], TWO.encode(), "names several registries: myregistry.azurecr.io, otherregistry.azurecr.io"),
    (["--symptom", TWO], b"", "names several registries"),
    (["--symptom", "-", "-u", "ci-token"], PULL.encode(), "ACR_LOGIN_DIAGNOSE_PASSWORD")])
def test_wrong_usage_before_any_request(bench, arguments, text, said):
    environment = {**bench.environment(), "ACR_LOGIN_DIAGNOSE_PASSWORD": ""}
    bench.emulator.clear_requests()
    status, stdout, stderr = run(environment, [*DIAGNOSE, *arguments, "-o", "json"], text)
    assert (status, stdout) == (2, "") and said in stderr and "Traceback" not in stderr
    assert not bench.emulator.requests()


def test_the_text_comes_before_a_configured_default(bench):
    environment = bench.environment()
    status, _, stderr = run(environment, [AZ, "config", "set", "defaults.acr=otherregistry", "--only-show-errors"])
    assert status == 0, stderr
    for text, name in ((PULL, "myregistry"), ("unauthorized", "otherregistry")):
        _, stdout, stderr = run(environment, [*DIAGNOSE, *PIPED], text.encode())
        assert json.loads(stdout)["asked"]["normalisedName"] == name, stderr


def test_what_cannot_be_seen_is_not_shown(bench):
    """Options and the environment are text from outside, too."""
    environment = {**bench.environment(), "ACR_LOGIN_DIAGNOSE_PASSWORD": "x", "DOCKER_CONFIG": "/tmp/a\u202eb\x1b[31m"}
    for option in ("--username", "--assignee"):
        _, stdout, stderr = run(environment, [*DIAGNOSE, "--name", "myregistry", option, "a\u202eb\u200b\x1b[31mc",
                                              "--symptom", "denied \u202e\x07 x", "-o", "json"])
        unseen = [character for character in json.dumps(json.loads(stdout), ensure_ascii=False) + stderr
                  if unicodedata.category(character)[0] == "C" and character != "\n"]
        assert not unseen, stderr


def test_match_of_the_real_az(bench):
    status, stdout, stderr = run(bench.environment(), [
        AZ, "acr", "login-error", "match", "--symptom", "-", "--query", "[0].errorCode", "-o", "tsv"],
        b"AADSTS7000222: expired")
    assert (status, stdout.strip()) == (0, "AAD_CLIENT_SECRET_EXPIRED_ERROR"), stderr


def test_a_pasted_secret_is_not_shown(bench):
    secret = "Pasted-Canary.7f3a"
    text = f"$ docker login myregistry.azurecr.io -u ci-token -p {secret}\nunauthorized: authentication required"
    done = run(bench.environment(), [*DIAGNOSE, *PIPED, "--debug"], text.encode())
    assert secret not in done[1] + done[2] and "-p ***" in json.loads(done[1])["symptom"]["text"]


# --- what people see

def test_what_was_read_is_said_first():
    def said(taken, **asked):
        report = {"registry": {"loginServer": "myregistry.azurecr.io"},
                  "asked": {"name": "myregistry", "normalisedName": "myregistry", "repository": "team/app", "tag": "v1",
                            "actions": ["pull"], "fromSymptom": taken, **asked}}
        return read_from_symptom(report, Style())
    assert said(["name", "repository", "tag", "actions"]) == [
        "Read from the error: myregistry.azurecr.io/team/app:v1, pull"]
    assert said(["repository", "tag"], tag=DIGEST) == [f"Read from the error: team/app@{DIGEST}"]
    assert said(["name"]) == ["Read from the error: myregistry.azurecr.io"]
    assert said(["name", "actions"], actions=["catalog"]) == ["Read from the error: myregistry.azurecr.io, catalog"]
    assert said([]) == said(None) == []


def test_others_and_settings_are_told():
    symptom = {"text": "x", "speaker": "a Kubernetes node", "resources": ["/subscriptions/x/managedClusters/shop"],
               "matches": [{"errorCode": "ADMIN_USER_DISABLED_ERROR", "confirmed": False,
                            "by": "the admin user is enabled"}]}
    lines = symptom_lines(symptom, Style())
    assert "Ruled out by this run: ADMIN_USER_DISABLED_ERROR (the admin user is enabled)." in lines
    assert any(line.startswith("The message comes from a Kubernetes node, whose identity") for line in lines)
    assert lines[-1] == "To check what shop can do, add: --assignee /subscriptions/x/managedClusters/shop"
    assert symptom_lines({**symptom, "matches": []}, Style())[-1] == lines[-1]
    assert len(symptom_lines({"text": "x", "matches": symptom["matches"]}, Style())) == 2
