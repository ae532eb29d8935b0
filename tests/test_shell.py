# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Commands to paste: what is typed arrives, whatever the values hold."""

import json
import shutil
import subprocess
import sys

import pytest

from azext_acrlogin.catalogue import Fix, WhenKnown
from azext_acrlogin.render.commands import NotQuotable, best, command_line, fill, is_fit, writing

HOSTILE = [
    "a b", "a'b", 'a"b', "$(touch /tmp/owned)", "`id`", "a;b", "a&b", "a|b", "a>b", "<x>", "a\\", "\\\\server\\share",
    "*", "~root", "#x", "!x", "{a,b}", "a=b", "(x)", "@file", "a,b", "ü ß", "%PATH%", "${IFS}", "'; rm -rf /; '",
    "@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'team/app'",
    "(!(ActionMatches{'x'}) AND \"y\")",
]
ECHO = [sys.executable, "-c", "import json, sys; print(json.dumps(sys.argv[1:]))"]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash on this system")
@pytest.mark.parametrize("value", HOSTILE)
def test_posix_line_reaches_the_program_unchanged(value):
    line = command_line([*ECHO, "--name", value, "end"], windows=False)
    output = subprocess.run(["bash", "-c", line], capture_output=True, check=True, timeout=30).stdout
    assert json.loads(output) == ["--name", value, "end"]


@pytest.mark.parametrize("value", [value for value in HOSTILE if not value.startswith("@")])
def test_a_value_stays_one_argument(value):
    fix = Fix("Use {registry}.", commands=(("az", "acr", "show", "--name", "{registry}", "--scope=/x/{registry}"),))
    filled = fill(fix, {"registry": value}, windows=False)
    assert filled["commands"][0]["argv"] == ["az", "acr", "show", "--name", value, "--scope=/x/" + value]
    assert filled["description"] == f"Use {value}."


def test_placeholders_in_values_are_not_filled():
    fix = Fix("x", commands=(("az", "{registry}", "{tenant}"),))
    filled = fill(fix, {"registry": "{tenant}", "tenant": "{registry}"}, windows=False)
    assert filled["commands"][0]["argv"] == ["az", "{tenant}", "{registry}"]


@pytest.mark.parametrize("value", ["", "  ", "-x", "--query", "a\nb", "a\x00b", "a\x1b[31mb", "a\u202eb", "a\u2028b",
                                   "a\u200bb", "@file", "x" * 2001])
def test_unfit_values_make_a_fix_unavailable(value):
    fixes = (Fix("Use {registry}.", commands=(("az", "{registry}"),)), Fix("Ask."))
    assert not is_fit(value)
    assert fill(fixes[0], {"registry": value}, windows=False) is None
    assert best(fixes, {"registry": value}, windows=False)["description"] == "Ask."


def test_what_stands_there_if_known():
    fix = Fix("x", commands=(("az", "{registry}", WhenKnown(("--in", "{place}"))), WhenKnown(("az", "{other}"))))
    assert fix.placeholders == {"registry"}

    def argvs(**facts):
        filled = fill(fix, facts, windows=False)
        return filled and [command["argv"] for command in filled["commands"]]
    assert argvs(registry="r") == [["az", "r"]]
    assert argvs(registry="r", place="p", other="o") == [["az", "r", "--in", "p"], ["az", "o"]]
    assert argvs(registry="r", place="--unfit") is None
    assert fill(Fix("x", commands=(WhenKnown(("az", "{other}")),)), {"registry": "r"}, windows=False) is None


@pytest.mark.parametrize("facts, expected", [
    ({}, "Mend the file."), ({"config_file": "/a/b"}, "Mend /a/b."), ({"config_file": "-unfit"}, "Mend the file.")])
def test_what_stands_there_if_not_known(facts, expected):
    assert fill(Fix("Mend {config_file|the file}."), facts, windows=False)["description"] == expected


def test_the_first_fix_that_the_facts_fill_is_offered():
    fixes = (Fix("{tenant}", commands=(("az", "{registry}"),)), Fix("{registry}", "registryOwner"), Fix("Ask."))
    assert best(fixes, {"registry": "r"}, windows=False) == {
        "description": "r", "runBy": "registryOwner", "request": None, "commands": []}
    assert best(fixes, {}, windows=True)["description"] == "Ask."


@pytest.mark.parametrize("value, quoted", [
    ("myregistry", "myregistry"),
    ("/subscriptions/0/resourceGroups/x", "/subscriptions/0/resourceGroups/x"),
    ("--only-show-errors", "--only-show-errors"),
    ("Container Registry Repository Reader", "'Container Registry Repository Reader'"),
    ("alex@contoso.example", "alex@contoso.example"),
    ("O'Neill & Sons", "'\"O''Neill & Sons\"'"),
    ("it\u2019s here", "'it\u2019\u2019s here'"),
    ("a&b", "'\"a&b\"'"),
    ('say "x & y"', "'\"say \"\"x & y\"\"\"'"),
    ("ends with \\", "'\"ends with \\\\\"'"),
    ('\\"', "'\"\\\\\"\"\"'"),
    ("", "'\"\"'"),
])
def test_powershell_quoting_for_the_batch_file(value, quoted):
    assert command_line(["az", value], windows=True) == "az " + quoted


@pytest.mark.parametrize("value, quoted", [("a b", "'a b'"), ("a&b", "'a&b'"), ("O'Neill", "'O''Neill'")])
def test_powershell_quoting_for_a_program(value, quoted):
    assert command_line(["docker", value], windows=True) == "docker " + quoted


@pytest.mark.parametrize("argv", [["az", "%PATH%"], ["docker", 'a"b'], ["docker", ""], ["docker", "a b\\"]])
def test_what_cannot_be_quoted_on_windows_is_refused(argv):
    with pytest.raises(NotQuotable):
        command_line(argv, windows=True)
    fix = Fix("x", commands=(tuple(argv),))
    assert fill(fix, {}, windows=True) is None
    assert fill(fix, {}, windows=False) is not None


@pytest.mark.parametrize("value", [value for value in HOSTILE if "%" not in value])
def test_powershell_line_survives_cmd_and_the_c_runtime(value):
    """A model of the way: PowerShell's literal, its legacy quoting of arguments, cmd.exe's view, the C runtime."""
    line = command_line(["az", "--name", value, "end"], windows=True)
    passed = [_legacy_argument(word) for word in _powershell_words(line)]
    command = " ".join(passed)
    assert not _acted_on_by_cmd(command)
    assert _c_runtime_arguments(command)[1:] == ["--name", value, "end"]


def _powershell_words(line):
    words, word, position, quoted = [], None, 0, False
    quotes = "'\u2018\u2019\u201a\u201b"
    while position < len(line):
        character = line[position]
        if quoted and character in quotes:
            if line[position + 1:position + 2] and line[position + 1] in quotes:
                word += character
                position += 1
            else:
                quoted = False
        elif quoted:
            word += character
        elif character == "'":
            word, quoted = word or "", True
        elif character == " ":
            words.append(word)
            word = None
        else:
            assert character not in "`\"$&|<>;(){},#", f"{character} is not quoted in {line}"
            word = (word or "") + character
        position += 1
    return [*words, word]


def _legacy_argument(word):
    """PowerShell 5, and 7 for batch files: in double quotes if white space stands outside of such."""
    inside = False
    for character in word:
        if character == '"':
            inside = not inside
        elif character.isspace() and not inside:
            return f'"{word}"'
    return word


def _acted_on_by_cmd(command):
    inside = False
    for character in command:
        if character == '"':
            inside = not inside
        elif character in "&|<>^" and not inside:
            return True
    return inside


def _c_runtime_arguments(command):
    """The rules of the Universal C Runtime: 2n backslashes before a quote are n, "" inside quotes is one quote."""
    arguments, current, inside, position = [], None, False, 0
    while position < len(command):
        character = command[position]
        slashes = len(command[position:]) - len(command[position:].lstrip("\\"))
        if slashes and command[position + slashes:position + slashes + 1] == '"':
            current = (current or "") + "\\" * (slashes // 2)
            position += slashes
            if slashes % 2:
                current += '"'
                position += 1
            continue
        if character == '"' and inside and command[position + 1:position + 2] == '"':
            current += '"'
            position += 1
        elif character == '"':
            current, inside = current or "", not inside
        elif character.isspace() and not inside:
            if current is not None:
                arguments.append(current)
            current = None
        else:
            current = (current or "") + character
        position += 1
    return [*arguments, *([current] if current is not None else [])]


SECRET = Fix("Make a new one.", secret_file="new secret.txt", commands=(
    ("az", "account", "show"), ("az", "ad", "sp", "credential", "reset", "--id", "{id}")))


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh on this system")
def test_a_secret_goes_to_a_file_of_its_owner(tmp_path):
    filled = fill(SECRET, {"id": "a b"}, windows=False)
    assert filled["commands"][0] == {"line": "az account show", "argv": ["az", "account", "show"], "file": None}
    line = "(umask 077; az ad sp credential reset --id 'a b' > 'new secret.txt')"
    assert filled["commands"][1] == {"line": line, "argv": ["sh", "-c", line], "file": None}
    az = tmp_path / "az"
    az.write_text("#!/bin/sh\necho the-secret\n", "utf-8")
    az.chmod(0o755)
    done = subprocess.run(filled["commands"][1]["argv"], cwd=tmp_path, capture_output=True, text=True, check=True,
                          env={"PATH": f"{tmp_path}:/usr/bin:/bin"})
    assert (done.stdout, done.stderr) == ("", "")
    assert (tmp_path / "new secret.txt").read_text("utf-8") == "the-secret\n"
    assert (tmp_path / "new secret.txt").stat().st_mode & 0o777 == 0o600


def test_a_secret_goes_to_a_file_on_windows():
    command = fill(SECRET, {"id": "a b"}, windows=True)["commands"][1]
    assert command["line"] == "az ad sp credential reset --id 'a b' | Out-File -Encoding ascii 'new secret.txt'"
    assert command["argv"] == ["powershell", "-NoProfile", "-Command", command["line"]]


# -- Long texts, and messages to forward --

CONDITION = {"scope": "/subscriptions/0",
             "condition": "((ActionMatches{'pull'})) OR (\"%PATH%\" 'team/app')" + "x" * 60}


@pytest.mark.parametrize("windows, line", [(False, "unset DOCKER_HOST"), (True, "Remove-Item Env:DOCKER_HOST")])
def test_a_variable_is_removed_in_the_way_of_the_shell(windows, line):
    fix = Fix("Remove it.", commands=(("unset", "{variable}"),))
    command, = fill(fix, {"variable": "DOCKER_HOST"}, windows)["commands"]
    assert command["line"] == line == " ".join(command["argv"])


@pytest.mark.parametrize("windows", [False, True])
def test_a_long_document_goes_into_a_file_that_the_command_names(windows):
    fix = Fix("Widen it.", commands=(("az", "role", "assignment", "update", "--role-assignment", "{widened}"),))
    command = fill(fix, {"widened": json.dumps(CONDITION)}, windows)["commands"][0]
    assert command["argv"][-2:] == ["--role-assignment", "@role-assignment.json"]
    assert command["line"].endswith("'\"@role-assignment.json\"'" if windows else " @role-assignment.json")
    assert command["file"]["name"] == "role-assignment.json" and json.loads(command["file"]["text"]) == CONDITION


def test_a_long_text_goes_into_a_file_and_a_long_id_does_not():
    text, scope = "team app " * 20, "/subscriptions/" + "x" * 200
    fix = Fix("x", commands=(("az", "role", "--condition", "{text}"), ("az", "role", "--scope", "{scope}"),
                             ("docker", "run", "--name", "{text}")))
    first, second, third = fill(fix, {"text": text, "scope": scope}, False)["commands"]
    assert first["file"] == {"name": "condition.txt", "text": text} and first["argv"][-1] == "@condition.txt"
    assert second["file"] is None and third["file"] is None and third["argv"][-1] == text


@pytest.mark.skipif(shutil.which("sh") is None, reason="no sh on this system")
@pytest.mark.parametrize("text", [json.dumps(CONDITION, indent=2), "it's $HOME `id` \\ \"x\""])
def test_what_writes_the_file_writes_it_as_it_is(text, tmp_path):
    lines = writing({"name": "a b.json", "text": text}, windows=False)
    subprocess.run(["sh", "-c", "\n".join(lines)], cwd=tmp_path, check=True, timeout=30)
    assert (tmp_path / "a b.json").read_text("utf-8") == text + "\n"


def test_what_writes_the_file_on_windows():
    assert writing({"name": "x.json", "text": "{\n}"}, windows=True) == [
        "@'", "{", "}", "'@ | Set-Content -Encoding utf8 'x.json'"]
