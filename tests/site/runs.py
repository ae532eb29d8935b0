# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Runs of az in a situation: the diagnosis, and ``az acr check-health`` beside it."""

import re
import time
from dataclasses import dataclass

CHECK_HEALTH_SECONDS = 30
DIAGNOSIS_SECONDS = 120
_CODE = re.compile(r"An error occurred: (\w+)")


@dataclass
class Run:
    """How a command ended. status: None when it ran out of time."""

    status: int | None
    stdout: str
    stderr: str
    seconds: float


def diagnose(site, scenario, *more):
    """``az acr login-diagnose`` as the scenario asks for it, with JSON on standard output.

    :param more: further arguments.
    """
    return run(site, scenario, diagnosis_command(scenario, "--output", "json", *more), DIAGNOSIS_SECONDS,
               scenario.stdin)


def diagnosis_command(scenario, *more):
    return ["az", "acr", "login-diagnose", *scenario.arguments, *more]


def check_health(site, scenario):
    """``az acr check-health`` for the same registry and repository: (its codes, or None when it named none and did not
    come to an end in good order; the run)."""
    arguments = {name: scenario.arguments[scenario.arguments.index(name) + 1]
                 for name in ("--name", "--repository") if name in scenario.arguments}
    ended = run(site, scenario, ["az", "acr", "check-health", *(part for pair in arguments.items() for part in pair),
                                 "--yes", "--ignore-errors"], CHECK_HEALTH_SECONDS)
    codes = [code for code in _CODE.findall(ended.stderr) if not code.startswith("HELM_")]
    if codes or ended.status == 0:
        return codes, ended
    return None, ended


def run(site, scenario, command, seconds, stdin=""):
    """Run any command in a situation that was set up. :param stdin: text that is piped into it."""
    started = time.monotonic()
    return Run(*site.run(scenario, command, seconds, **({"input": stdin} if stdin else {})), time.monotonic() - started)
