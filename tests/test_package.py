# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The package as people hold it: what is in the wheel, how it comes, is renewed and goes, what the Tab key offers."""

import functools
import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from packaging.version import Version

from azext_acrlogin.catalogue import codes
from azext_acrlogin.engine.question import ACTIONS, CLIENTS
from tests import browser, test_container_client
from tests.emulator.client import ROOT, run_az
from tests.site import namespace
from tests.site.homes import AZ

LARGEST_WHEEL = 600_000
NEXT_VERSION = "1.0.0"
WHEEL = "acrlogin-{}-py3-none-any.whl"


@pytest.fixture(scope="session", name="wheel")
def built_wheel(extension_folder):
    """The wheel that the other tests run, too."""
    return next(extension_folder.parent.glob("*.whl"))


@pytest.fixture(scope="session", name="next_wheel")
def built_next_wheel(extension_folder, tmp_path_factory):
    """The same, as a later version."""
    folder = tmp_path_factory.mktemp("next")
    shutil.copytree(extension_folder.parent / "sources", folder, dirs_exist_ok=True,
                    ignore=shutil.ignore_patterns("build"))
    (folder / "azext_acrlogin" / "_version.py").write_text(f'VERSION = "{NEXT_VERSION}"\n', encoding="utf-8")
    subprocess.run([sys.executable, "setup.py", "--quiet", "bdist_wheel"], cwd=folder, check=True, capture_output=True)
    return folder / "dist" / WHEEL.format(NEXT_VERSION)


@pytest.fixture(name="environment")
def empty_environment(tmp_path):
    """Of an az that has never run and has no extension."""
    return {**os.environ, "AZURE_CONFIG_DIR": str(tmp_path / "az"), "AZURE_EXTENSION_DIR": str(tmp_path / "extensions"),
            "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_CHECK_FOR_UPDATES": "false",
            "AZURE_CORE_NO_COLOR": "true"}


@pytest.fixture(name="index")
def served_index(wheel, next_wheel, tmp_path):
    """The address of an extension index with two versions, and the two wheels beside it."""
    folder = tmp_path / "index"
    folder.mkdir()
    handler = functools.partial(QuietHandler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        entries = [index_entry(shutil.copy(path, folder), address) for path in (wheel, next_wheel)]
        (folder / "index.json").write_text(json.dumps({"formatVersion": "1", "extensions": {"acrlogin": entries}}))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"{address}/index.json"
        server.shutdown()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serves files and does not talk about it."""

    def log_message(self, *_):
        """Nothing."""


def index_entry(wheel, address):
    """As much of an entry as az reads; scripts/index_entry.py writes whole ones."""
    path = Path(wheel)
    with zipfile.ZipFile(path) as content:
        metadata = json.loads(content.read("azext_acrlogin/azext_metadata.json"))
    return {"downloadUrl": f"{address}/{path.name}", "filename": path.name,
            "sha256Digest": hashlib.sha256(path.read_bytes()).hexdigest(),
            "metadata": {**metadata, "name": "acrlogin", "version": path.name.split("-")[1]}}


def az(environment, *arguments):
    """Run az, which must succeed; returns its standard output."""
    done = run_az(environment, *arguments, az=AZ)
    assert done.returncode == 0, done.stderr
    return done.stdout


def installed_version(environment):
    """The extension's version according to az, or None."""
    listed = json.loads(az(environment, "extension", "list", "--output", "json"))
    return next((entry["version"] for entry in listed if entry["name"] == "acrlogin"), None)


def test_the_wheel_holds_what_runs(wheel):
    with zipfile.ZipFile(wheel) as content:
        names = set(content.namelist())
    information = {name for name in names if ".dist-info/" in name}
    assert {name.split("/")[-1] for name in information} >= {"METADATA", "RECORD", "WHEEL", "License.txt"}
    assert {"azext_acrlogin/azext_metadata.json", "azext_acrlogin/report.schema.json"} <= names
    strange = [name for name in names - information if not re.fullmatch(r"azext_acrlogin/[\w/.]+\.(py|json)", name)]
    assert not strange
    assert wheel.stat().st_size < LARGEST_WHEEL


def test_the_wheel_names_what_the_index_wants(wheel):
    with zipfile.ZipFile(wheel) as content:
        place = next(name for name in content.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(content.read(place).decode("utf-8"))
        of_az = json.loads(content.read("azext_acrlogin/azext_metadata.json"))
    assert metadata["Name"] == "acrlogin"
    assert wheel.name == WHEEL.format(metadata["Version"])
    assert not metadata.get_all("Requires-Dist"), "an extension's dependencies may disturb the CLI's own"
    assert all(metadata[name] for name in ("Author", "Author-email", "Home-page", "License"))
    assert len(metadata["Summary"]) <= 140 and metadata["Summary"].endswith(".")
    assert set(of_az) == {"azext.isPreview", "azext.minCliCoreVersion"}
    assert of_az["azext.isPreview"] is bool(Version(metadata["Version"]).is_prerelease)


def test_it_is_installed_renewed_and_removed(wheel, next_wheel, environment):
    az(environment, "extension", "add", "--source", str(wheel), "--yes")
    assert installed_version(environment) == wheel.name.split("-")[1]
    assert "acr login-diagnose" in az(environment, "acr", "login-diagnose", "--help")

    az(environment, "extension", "add", "--source", str(next_wheel), "--upgrade", "--yes")
    assert installed_version(environment) == NEXT_VERSION
    assert az(environment, "acr", "login-error", "list", "--query", "[0].errorCode", "--output", "tsv")

    az(environment, "extension", "remove", "--name", "acrlogin")
    assert installed_version(environment) is None
    assert not list(Path(environment["AZURE_EXTENSION_DIR"]).glob("acrlogin*"))
    gone = run_az(environment, "acr", "login-diagnose", "--name", "myregistry", az=AZ)
    assert gone.returncode == 2 and "login-diagnose" in gone.stderr
    assert "az acr login" in az(environment, "acr", "login", "--help")


def test_it_comes_from_an_index_and_is_updated_from_there(wheel, environment, index):
    environment["AZURE_EXTENSION_INDEX_URL"] = index
    current = wheel.name.split("-")[1]
    az(environment, "extension", "add", "--name", "acrlogin", "--version", current, "--allow-preview", "true", "--yes")
    assert installed_version(environment) == current
    az(environment, "extension", "update", "--name", "acrlogin", "--allow-preview", "true")
    assert installed_version(environment) == NEXT_VERSION


ANOTHER = """
from azure.cli.core import AzCommandsLoader
from azure.cli.core.commands import CliCommandType
class COMMAND_LOADER_CLS(AzCommandsLoader):
    def load_command_table(self, args):
        with self.command_group("another", CliCommandType(operations_tmpl="azext_another#{}")) as group:
            group.command("show", "show")
        return self.command_table
def show():
    return {}
"""


def test_a_copy_put_into_place_is_found_once_the_index_of_commands_is_gone(extension_folder, environment):
    """What README says about copies in images: az keeps an index of the commands of the extensions that it knows."""
    config, extensions = (Path(environment[name]) for name in ("AZURE_CONFIG_DIR", "AZURE_EXTENSION_DIR"))
    for path, text in (("azext_another/__init__.py", ANOTHER), ("another-1.0.0.dist-info/METADATA", "Name: another\n")):
        (extensions / "another" / path).parent.mkdir(parents=True)
        (extensions / "another" / path).write_text(text, encoding="utf-8")
    az(environment, "another", "show")
    shutil.copytree(extension_folder, extensions, dirs_exist_ok=True)
    overlooked = run_az(environment, "acr", "login-diagnose", "--help", az=AZ)
    assert overlooked.returncode == 2 and "misspelled" in overlooked.stderr
    for path in config.glob("*Index.json"):
        path.unlink()
    assert "acr login-diagnose" in az(environment, "acr", "login-diagnose", "--help")


def test_the_tools_of_the_tests_are_installed():
    """A tool that scripts/test forgets turns tests into skipped ones, unnoticed."""
    installed = set(re.findall(r"([\w-]+):[\w.-]+", (ROOT / "scripts" / "test").read_text(encoding="utf-8")))
    assert set(namespace.TOOLS) | set(test_container_client.NEEDED) <= installed
    assert {"chromedriver", "pdftotext", "jq"} <= installed and set(browser.BROWSERS) & installed


def complete(environment, line):
    """What the Tab key offers at the end of a line, by the protocol of argcomplete that az speaks."""
    offered = Path(environment["AZURE_CONFIG_DIR"]) / "offered"
    subprocess.run([AZ], capture_output=True, check=False, timeout=60, env={
        **environment, "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE": "1", "_ARGCOMPLETE_IFS": "\n",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(offered)})
    return set(offered.read_text(encoding="utf-8").split())


@pytest.mark.parametrize("typed, offered", [
    ("az acr login-", {"login-diagnose", "login-error"}),
    ("az acr login-error ", {"list", "show", "match"}),
    ("az acr login-diagnose --", {"--name", "--repository", "--actions", "--symptom", "--html", "--login-events"}),
    ("az acr login-diagnose --actions ", set(ACTIONS)),
    ("az acr login-diagnose --actions pull metadata-", {"metadata-read", "metadata-write"}),
    ("az acr login-diagnose --client ", set(CLIENTS)),
    ("az acr login-error show --code ", set(codes())),
    ("az acr login-error show --code DOCKER_", {code for code in codes() if code.startswith("DOCKER_")}),
    ("az acr login-diagnose --name my", {"myregistry"}),
])
def test_tab(bench, typed, offered):
    environment = bench.environment("user")     # signed in before the extension came, which az then has to look for
    (Path(environment["AZURE_CONFIG_DIR"]) / "commandIndex.json").unlink(missing_ok=True)
    found = complete(environment, typed)
    assert offered <= found
    if not typed.endswith(("-", " ")):
        assert found == offered


def test_the_submission_is_laid_out_as_its_repository_asks(tmp_path):
    done = subprocess.run([ROOT / "scripts" / "submission", tmp_path / "laid-out"], capture_output=True, text=True,
                          check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
