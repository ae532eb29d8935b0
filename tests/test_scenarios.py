# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Every situation of ``tests/scenarios``: the real az, with the extension installed, must say what is the case.

It must make no request but those that are declared, of which none changes anything.
"""

import json
from pathlib import Path

import pytest

from tests.contract.requests import scenario_faults
from tests.site import runs, scenario as scenarios
from tests.site.verdict import problems

SCENARIOS = scenarios.load_all()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_scenario(site, scenario, request):
    if reason := site.why_not(scenario):
        pytest.skip(f"not possible here: {reason}")
    site.set_up(scenario)
    site.forget_requests()
    run = runs.diagnose(site, scenario)
    if folder := request.config.getoption("--reports"):
        _keep(Path(folder), scenario, run)
    found = problems(scenario, site, run) + scenario_faults(site.requests())
    if found:
        pytest.fail("\n".join([f"{scenario.title}: {scenario.really}", *(f"- {one}" for one in found),
                               f"after {run.seconds:.1f} s, exit status {run.status}; standard error ends:",
                               run.stderr[-2500:]]), pytrace=False)


def test_the_site_is_real(site):
    """az signs the real client in at the real engine, which then pulls the layers from where the registry sends it."""
    if reason := site.why_not(scenarios.Scenario("pull", client=scenarios.Client(podman="real"))):
        pytest.skip(f"not possible here: {reason}")
    scenario = scenarios.Scenario("pull")
    site.set_up(scenario)
    signed_in = runs.run(site, scenario, ["az", "acr", "login", "--name", "myregistry"], 60)
    assert signed_in.status == 0, signed_in.stderr
    assert "Login Succeeded" in signed_in.stdout
    pulled = runs.run(site, scenario, ["docker", "pull", "myregistry.azurecr.io/samples/app:v1"], 60)
    assert pulled.status == 0, pulled.stderr


def _keep(folder, scenario, run):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{scenario.name}.json").write_text(run.stdout, encoding="utf-8")
    (folder / f"{scenario.name}.txt").write_text(run.stderr, encoding="utf-8")
    measured = {"seconds": round(run.seconds, 2), "exitStatus": run.status}
    (folder / f"{scenario.name}.run.json").write_text(json.dumps(measured) + "\n", encoding="utf-8")
