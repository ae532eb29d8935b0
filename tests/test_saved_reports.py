# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`az acr login-report`: reports read without trust, and compared."""

import copy
import json
import os
import subprocess
from argparse import Namespace
from pathlib import Path

import pytest

from azext_acrlogin import _validators
from azext_acrlogin.render.check_lines import check_lines
from azext_acrlogin.render.comparison_text import comparison
from azext_acrlogin.render.screen import Style, screen
from azext_acrlogin.saved_reports.comparison import FACTS, compare
from azext_acrlogin.saved_reports.parsing import LARGEST_BYTES, NotAReport, parse_report, read_report
from tests.site.homes import AZ

SCHEMA = Path(_validators.__file__).with_name("report.schema.json")
ROLE = {"role": "AcrPull", "scope": "/subscriptions/1/registries/myregistry"}


def entry(name, category, status="passed", code=None, because=None, **evidence):
    """As much of a check as is compared."""
    findings = [{"errorCode": code, "message": "It failed."}] if code else []
    return {"name": name, "category": category, "status": status, "errorCode": code, "findings": findings,
            "because": because and {"check": because, "permission": None, "reason": "it comes of it"},
            "evidence": evidence}


def report(*checks, status="passed", codes=(), **members):
    """A report as `read_report` gives it."""
    return parse_report(json.dumps({
        "schemaVersion": "1.1", "generatedAt": "2026-11-26T10:00:00Z", "status": status, "checks": checks,
        "errorCode": next(iter(codes), None), "errorCodes": list(codes), **members}))


def without_role(name="alex@contoso.example"):
    return report(entry("role-assignments", "authorization", "failed", "ROLE_ASSIGNMENT_MISSING_ERROR",
                        rolesInForce=[]),
                  entry("container-client", "environment", version="27.0"),
                  status="failed", codes=["ROLE_ASSIGNMENT_MISSING_ERROR"], identity={"name": name})


def with_role(name="alex@contoso.example"):
    return report(entry("role-assignments", "authorization", rolesInForce=[ROLE]),
                  entry("container-client", "environment", version="20.0"),
                  identity={"name": name})


def explained(old, new):
    return {one["old"].partition(":")[0]: one["explains"] for one in compare(old, new)["differences"]
            if one["area"] != "causes"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_is_read_as_any_shell_saved_it(tmp_path, encoding):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(with_role()), encoding=encoding)
    assert read_report(str(path)) == with_role()


def test_a_page_is_read_by_the_report_in_it():
    text = json.dumps(with_role(), indent=1).replace("<", "\\u003c")
    page = ('<!DOCTYPE html><html><script type="application/json">{"other": 1}</script><p>{"schemaVersion": "1.1"}</p>'
            f'<script id="report" type="application/json">{text}</script></html>')
    assert parse_report(page) == with_role()


def test_what_is_missing_is_null_and_what_is_not_known_stays():
    read = parse_report('{"schemaVersion": "1.9", "status": "puzzled", "later": {"a": [1]}, "checks": [{"name": "new", '
                        '"status": "odd", "findings": [{"errorCode": "LATER_ERROR"}]}]}')
    assert read["later"] == {"a": [1]}
    assert read["registry"]["loginServer"] is None and read["asked"]["actions"] == [] and read["fix"] is None
    assert read["checks"][0]["because"] is None and read["checks"][0]["evidence"] == {}
    assert read["checks"][0]["findings"][0]["message"] == ""


def test_a_report_of_the_first_version_is_read():
    """It has neither a request nor files of commands."""
    read = report(schemaVersion="1.0", fix={"description": "Do it.", "runBy": "you",
                                            "commands": [{"line": "az acr list", "argv": ["az", "acr", "list"]}]})
    assert read["fix"]["request"] is None and read["fix"]["commands"][0]["file"] is None
    assert read["interrupted"] is None


def test_control_characters_are_taken_out():
    read = report(status="passed", summary="a\u001b[2Jb\u202ec\nd")
    assert read["summary"] == "a[2Jbc\nd"


@pytest.mark.parametrize("text, says", [
    ("", "no report"), ("[]", "no report"), ("null", "no report"), ('{"status": "passed"}', "no report"),
    ('{"schemaVersion": 1}', "no report"), ("<html></html>", "no report"), ("not JSON", "no report"),
    ('{"schemaVersion": "2.0", "status": "passed"}', "2.0"),
    ('{"schemaVersion": "1.1"}', "report.status is missing"),
    ('{"schemaVersion": "1.1", "status": "passed", "checks": {}}', "report.checks"),
    ('{"schemaVersion": "1.1", "status": "passed", "checks": [{"name": "a", "status": 3}]}', "report.checks[0].status"),
    ('{"schemaVersion": "1.1", "status": "passed", "errorCodes": [{}]}', "report.errorCodes[0]"),
    ('{"schemaVersion": "1.1", "status": "passed", "x": ' + "[" * 60 + "]" * 60 + "}", "too deeply"),
    ('{"schemaVersion": "1.1", "x": ' + "[" * 100_000, "no report"),
])
def test_anything_else_is_refused_with_a_reason(text, says):
    with pytest.raises(NotAReport, match=says.replace("[", r"\[")):
        parse_report(text)


def test_what_is_too_large_or_no_text_is_refused(tmp_path):
    path = tmp_path / "report.json"
    path.write_bytes(b" " * (LARGEST_BYTES + 1))
    with pytest.raises(NotAReport, match="larger"):
        read_report(str(path))
    path.write_bytes(b"\xff\xf0\x80")
    with pytest.raises(NotAReport, match="not text"):
        read_report(str(path))


@pytest.mark.parametrize("name, says", [("missing.json", "cannot be read"), (".", "cannot be read"),
                                        ("other.json", "cannot be used")])
def test_a_file_that_cannot_be_used_is_wrong_usage(tmp_path, name, says):
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(ValueError, match=says):
        _validators.read_saved_reports(Namespace(files=[str(tmp_path / name)] * 2))


def test_yesterday_with_the_role_and_today_without():
    compared = compare(with_role(), without_role())
    assert compared["new"] == {"generatedAt": "2026-11-26T10:00:00Z", "status": "failed",
                               "errorCode": "ROLE_ASSIGNMENT_MISSING_ERROR"}
    assert compared["differences"][0] == {"area": "causes", "old": "passed",
                                          "new": "failed: ROLE_ASSIGNMENT_MISSING_ERROR", "explains": None}
    assert explained(with_role(), without_role()) == {"Roles in force": True, "Client version": False}


def test_laptop_and_runner_sign_in_as_somebody_else():
    assert explained(with_role(), without_role("build")) == {
        "Signed in as": True, "Roles in force": True, "Client version": False}


def test_a_cause_at_the_client_is_not_explained_by_roles():
    down = report(entry("role-assignments", "authorization", rolesInForce=[]),
                  entry("container-daemon", "environment", "failed", "DOCKER_DAEMON_ERROR", answered=False),
                  entry("container-client", "environment", version="27.0"),
                  status="failed", codes=["DOCKER_DAEMON_ERROR"], identity={"name": "alex@contoso.example"})
    assert explained(with_role(), down) == {"Roles in force": False, "Client version": True}


def test_the_same_outcome_needs_no_explanation():
    assert explained(with_role(), with_role("build")) == {"Signed in as": False}
    assert compare(with_role(), with_role())["differences"] == []


def test_what_only_one_of_them_knows_explains_nothing():
    """A check that was not completed says nothing; a member of the report that is null is not known."""
    unread = report(entry("role-assignments", "authorization", "unknown", rolesInForce=[]),
                    entry("access-token", "token", "failed", "CONNECTIVITY_ACCESS_TOKEN_ERROR"),
                    status="failed", codes=["CONNECTIVITY_ACCESS_TOKEN_ERROR"], identity={"name": None})
    assert explained(with_role(), unread) == {"Signed in as": None}


def test_an_outcome_without_a_cause_is_not_explained():
    assert explained(with_role(), report(status="unknown", identity={"name": "build"})) == {"Signed in as": None}


def test_a_consequence_is_not_taken_for_the_cause():
    other = copy.deepcopy(without_role())
    other["checks"][0]["because"] = {"check": "dns", "permission": None, "reason": "it comes of it"}
    assert explained(with_role(), other)["Roles in force"] is None


def test_every_fact_is_in_the_schema():
    """So that no comparison goes to nothing when a member is renamed."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    evidence = {rule["if"]["properties"]["name"]["const"]: rule["then"]["properties"]["evidence"]["anyOf"][0]
                for rule in schema["properties"]["checks"]["items"]["allOf"]}
    for fact in FACTS:
        first, *others = fact.path
        node = evidence[first[6:]] if first.startswith("check:") else schema["properties"][first]
        for member in others:
            node = next((part for part in node.get("anyOf", [node]) if "properties" in part), node)
            node = node["properties"][member]
        assert fact.explains <= set(evidence)


def test_the_text_of_a_comparison():
    text = comparison(compare(with_role(), without_role("build")))
    assert text.splitlines()[:5] == [
        "Old: 2026-11-26T10:00:00Z  PASSED", "New: 2026-11-26T10:00:00Z  FAILED  ROLE_ASSIGNMENT_MISSING_ERROR", "",
        "Explains the different outcome", "  Signed in as: alex@contoso.example -> build"]
    assert "Also different\n  Client version: 20.0 -> 27.0" in text
    assert comparison(compare(with_role(), with_role())).endswith("show no other difference.")
    assert max(map(len, text.splitlines())) <= 80


def az(folder, *arguments):
    """The real az, offline; (exit status, standard output, standard error)."""
    done = subprocess.run([str(AZ), "acr", "login-report", *arguments], env=os.environ, cwd=folder, text=True,
                          capture_output=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(name="saved")
def _saved(tmp_path, bench, monkeypatch):
    """Two saved reports: of today, without the role, and of yesterday."""
    for name, value in bench.environment("sp").items():
        monkeypatch.setenv(name, value)
    for name, entry_ in (("today", without_role()), ("yesterday", with_role())):
        (tmp_path / f"{name}.json").write_text(json.dumps(entry_), encoding="utf-8")
    return tmp_path


def test_az_shows_a_report_and_makes_a_page_of_it_that_is_a_report(saved):
    status, printed, _ = az(saved, "show", "--file", "today.json", "--html", "page.html")
    assert status == 0 and json.loads(printed) == without_role()
    status, printed, _ = az(saved, "show", "--file", "page.html", "--query", "errorCode", "--output", "tsv")
    assert status == 0 and printed.strip() == "ROLE_ASSIGNMENT_MISSING_ERROR"


def test_az_compares(saved):
    status, printed, _ = az(saved, "compare", "--file", "yesterday.json", "today.json", "--output", "json")
    assert status == 0
    assert [one["explains"] for one in json.loads(printed)["differences"] if one["area"] == "roles"] == [True]


@pytest.mark.parametrize("arguments", [("show", "--file", "nowhere.json"), ("compare", "--file", "today.json"),
                                       ("compare", "--file", "today.json", "test.txt"),
                                       ("show", "--file", "today.json", "--html", "nowhere/page.html")])
def test_wrong_usage_ends_with_2(saved, arguments):
    (saved / "test.txt").write_text("This holds no report.", encoding="utf-8")
    status, printed, said = az(saved, *arguments)
    assert status == 2 and not printed and "Traceback" not in said


@pytest.mark.parametrize("entry_", [with_role(), without_role(), report(
    {"name": "new", "status": "odd", "findings": [{"errorCode": "LATER_ERROR"}]}, status="puzzled",
    codes=["LATER_ERROR"], fix={"runBy": "nobody", "commands": [{"line": "a\u001bb"}]})])
@pytest.mark.parametrize("made", [screen, check_lines])
def test_every_report_can_be_shown(entry_, made):
    text = "\n".join(made(entry_, {}, Style(80, True)))
    assert "\u001b" not in text and (entry_["errorCode"] or "") in text


def test_behind_a_proxy_nobody_here_looked_addresses_up():
    blocked = report(entry("dns", "network", addresses=[], proxy="http://proxy:3128"),
                     entry("proxy", "environment", "failed", "PROXY_ERROR", proxy="http://proxy:3128"),
                     status="failed", codes=["PROXY_ERROR"])
    free = report(entry("dns", "network", addresses=["20.1.1.1"], proxy=None), entry("proxy", "environment", proxy=None))
    assert explained(free, blocked) == {"Proxy": True}


def test_addresses_that_do_not_answer():
    def reached(failure):
        return [{"address": "20.1.1.1", "failure": None, "milliseconds": 3},
                {"address": "20.1.1.2", "failure": failure, "milliseconds": None if failure else 4}]
    silent = report(entry("dns", "network", reached=reached("timeout")),
                    entry("connection", "network", "warning", "CONNECTIVITY_SILENT_ADDRESS_WARNING"),
                    status="warning", codes=["CONNECTIVITY_SILENT_ADDRESS_WARNING"])
    answering = report(entry("dns", "network", reached=reached(None)), entry("connection", "network"))
    difference = compare(answering, silent)["differences"][1]
    assert (difference["new"], difference["explains"]) == ("Addresses that do not answer: 20.1.1.2 (timeout)", True)


def test_what_one_report_does_not_know_is_not_shown_beside_what_explains():
    old, new = with_role(), without_role()
    new["registry"]["sku"], old["registry"]["sku"] = None, "Premium"
    assert explained(old, new)["SKU"] is None
    assert "SKU" not in comparison(compare(old, new))


def test_resource_ids_are_shown_by_their_ends_where_these_differ():
    text = comparison(compare(with_role(), without_role()))
    assert "Roles in force: AcrPull on registries/myregistry -> none" in text
    moved = with_role()
    moved["checks"][0]["evidence"]["rolesInForce"] = [{**ROLE, "scope": "/subscriptions/2/registries/myregistry"}]
    assert "AcrPull on /subscriptions/2/registries/myregistry" in comparison(compare(with_role(), moved))
