# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The pipelines under examples/: their scripts run here one after the other, as the services run them, with the real
az against the emulated Azure. What the services themselves do (check out, sign in, publish) is done for them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.site.homes import AZ

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
NO_ROLE = "roleAssignments: {ci-push: null}"
SUMMARY = "no role on myregistry"
DOCKER = """#!/bin/sh
echo "$*" >> docker.log
if [ "$1" = login ]; then cat > /dev/null; fi
"""
MISSING = [name for name in ("bash", "jq") if not shutil.which(name)]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")


def github_actions():
    """(environment, scripts, how they are run, what an error looks like)."""
    workflow = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))
    scripts = [step["run"] for step in workflow["jobs"]["push"]["steps"] if "run" in step]
    variables = {**workflow["env"], "GITHUB_SHA": "0123abc", "GITHUB_STEP_SUMMARY": "diagnosis.md"}
    return variables, scripts, ["bash", "-e"], "::error title={}::"


def azure_pipelines():
    """The same for the other service."""
    pipeline = yaml.safe_load((EXAMPLES / "azure-pipelines.yml").read_text(encoding="utf-8"))
    scripts = [step["inputs"]["inlineScript"] for step in pipeline["steps"] if step.get("task") == "AzureCLI@2"]
    return ({**pipeline["variables"], "BUILD_BUILDID": "42"}, scripts, ["bash"],
            "##vso[task.logissue type=error;code={}]")


@pytest.fixture(name="repository")
def checked_out_repository(tmp_path, extension_folder):
    """A folder with the wheel where the examples have it, and beside it programs that the steps find."""
    (tmp_path / "checkout" / "tools").mkdir(parents=True)
    shutil.copy(next(extension_folder.parent.glob("*.whl")), tmp_path / "checkout" / "tools")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "docker").write_text(DOCKER, encoding="utf-8")
    (tmp_path / "bin" / "docker").chmod(0o755)
    (tmp_path / "bin" / "az").symlink_to(AZ)
    return tmp_path / "checkout"


def run_steps(bench, repository, world, variables, scripts, shell):
    """Run the scripts until one fails, in a world; returns how many ended well, and what was printed."""
    environment = {**bench.environment("sp"), **variables, "AZURE_EXTENSION_DIR": str(repository.parent / "extensions"),
                   "PATH": os.pathsep.join([str(repository.parent / "bin"), os.environ["PATH"]])}
    bench.emulator.patch(world)
    printed = ""
    try:
        for number, script in enumerate(scripts):
            done = subprocess.run([*shell, "-c", script], cwd=repository, env=environment, text=True, timeout=120,
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  check=False)
            printed += done.stdout
            if done.returncode:
                return number, printed
        return len(scripts), printed
    finally:
        bench.emulator.patch()


@pytest.mark.parametrize("service", [github_actions, azure_pipelines])
def test_a_healthy_pipeline_pushes(bench, repository, service):
    variables, scripts, shell, _ = service()
    passed, printed = run_steps(bench, repository, "", variables, scripts, shell)
    assert passed == len(scripts), printed
    commands = (repository / "docker.log").read_text(encoding="utf-8").splitlines()
    assert any(command.startswith("login ") and "myregistry.azurecr.io" in command for command in commands)
    assert commands[-1].startswith("push myregistry.azurecr.io/samples/app:")
    assert not commands[-1].endswith(":"), "the tag's variable is not one of the service's"


@pytest.mark.parametrize("service", [github_actions, azure_pipelines])
def test_a_pipeline_without_the_role_ends_with_the_cause(bench, repository, service):
    variables, scripts, shell, error = service()
    assert "--wait 10 " in scripts[0]  # ten minutes that no test has
    scripts = [script.replace("--wait 10 ", "") for script in scripts]
    passed, printed = run_steps(bench, repository, NO_ROLE, variables, scripts, shell)
    assert passed == 0
    annotation = next(line for line in printed.splitlines() if line.startswith(error.format("")[:9]))
    assert annotation.startswith(error.format("ROLE_ASSIGNMENT_MISSING_ERROR")) and SUMMARY in annotation
    assert "<html" in (repository / "diagnosis.html").read_text(encoding="utf-8")
    assert not (repository / "docker.log").exists()
    assert "az role assignment create" in printed  # in what is to be asked of the registry's owner
    assert "ROLE_ASSIGNMENT_MISSING_ERROR" in (repository / "diagnosis.md").read_text(encoding="utf-8")
