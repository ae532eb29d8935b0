# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The benchmark: how the diagnosis compares with `az acr check-health` and `az acr login`, in one run, pair by pair.

Prints a table of medians and ratios, in Markdown. Nothing here fails: whoever reads it judges. Needs root, as the site
of the scenarios does, because check-health asks the system's resolver.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

from tests.site import extension as extensions
from tests.site import scenario as scenarios
from tests.site.leftovers import make_folder
from tests.site.site import Site

DELAY = {"latencyMilliseconds": 100}
DIAGNOSE = ["az", "acr", "login-diagnose", "--name", "myregistry", "-o", "none"]
CHECK_HEALTH = ["az", "acr", "check-health", "--name", "myregistry", "--yes", "--ignore-errors"]
EXPOSE_TOKEN = ["az", "acr", "login", "--name", "myregistry", "--expose-token", "-o", "none"]
LOGIN_HELP = ["az", "acr", "login", "--help"]
REGISTRIES, ASSIGNMENTS, GROUPS, SUBSCRIPTIONS = 2000, 4000, 200, 50
LAST_REGISTRY = f"bulk{REGISTRIES - 1:04}"  # the last in the list of the current subscription
FAR_REGISTRY = "farregistry"  # in the last subscription of the login


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=5, help="alternating pairs for each comparison of diagnoses")
    parser.add_argument("--help-pairs", type=int, default=20, help="alternating pairs for az start-up")
    arguments = parser.parse_args()
    folder = make_folder("bench")
    try:
        with Site(extensions.install(folder)) as site:
            _print_machine()
            _compare(site, arguments.pairs)
            _start_up(site, arguments.help_pairs)
            _requests(site)
            _large_tenant(site, arguments.pairs)
    finally:
        shutil.rmtree(folder)


def _print_machine() -> None:
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.system()} "
          f"{platform.release().split('-')[0]}, Python {platform.python_version()}\n")
    print("| measurement | A | B | ratio A/B: median (min to max) |\n|---|---|---|---|", flush=True)


def _compare(site: Site, pairs: int) -> None:
    healthy = _healthy()
    rows = [("login-diagnose / check-health", CHECK_HEALTH, {}),
            ("the same, 100 ms before every response", CHECK_HEALTH, DELAY),
            ("login-diagnose / login --expose-token", EXPOSE_TOKEN, {}),
            ("the same, 100 ms before every response", EXPOSE_TOKEN, DELAY)]
    own = {}
    for title, other, world in rows:
        scenario = replace(healthy, world=world)
        site.set_up(scenario)
        first, second = _pairs(lambda: _seconds(site, scenario, DIAGNOSE),
                               lambda: _seconds(site, scenario, other), pairs)
        own.setdefault(bool(world), first)
        _row(title, first, second)
    extra = statistics.median(own[True]) - statistics.median(own[False])
    print(f"| login-diagnose: 100 ms delay costs | {extra:.2f} s | 5 × 0.1 s | |", flush=True)


def _start_up(site: Site, pairs: int) -> None:
    """`az acr login --help` with the extension and without it, and what importing the extension costs."""
    scenario = _healthy()
    site.set_up(scenario)
    without = replace(scenario, environment={"AZURE_EXTENSION_DIR": str(site.folder / "none")})
    first, second = _pairs(lambda: _seconds(site, scenario, LOGIN_HELP),
                           lambda: _seconds(site, without, LOGIN_HELP), pairs)
    _row("az acr login --help with / without the extension", first, second)
    code = ("import azure.cli.core, azure.cli.core.commands, sys, time; sys.path.insert(0, sys.argv[1]);"
            "known = set(sys.modules); t = time.perf_counter(); import azext_acrlogin, azext_acrlogin.commands; "
            "print(time.perf_counter() - t, len(set(sys.modules) - known))")
    command = [sys.executable, "-c", code, str(site.extension / "acrlogin")]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True).stdout.split() for _ in range(5)]
    milliseconds = statistics.median(float(run[0]) for run in runs) * 1000
    print(f"| importing the extension and its command table | {milliseconds:.1f} ms | {runs[0][1]} modules | |",
          flush=True)


def _requests(site: Site) -> None:
    for title, arguments in (("without --repository", []), ("with --repository", ["--repository", "samples/app"])):
        scenario = _healthy()
        site.set_up(scenario)
        site.control("DELETE", "/requests")
        site.run(scenario, [*DIAGNOSE, "--client", "none", *arguments])
        seen = [entry for entry in json.loads(site.control("GET", "/requests"))
                if entry["host"] == "myregistry.azurecr.io"]
        connections = len({entry["connection"] for entry in seen})
        print(f"| requests to the registry {title} | {len(seen)} | {connections} connections | |", flush=True)


def _large_tenant(site: Site, pairs: int) -> None:
    """Time and memory of a diagnosis among thousands of registries and role assignments, beside the small case."""
    small = _healthy()
    site.set_up(small)
    timed = {"small": [_measured(site, small, DIAGNOSE) for _ in range(pairs)],
             "az": [_measured(site, small, ["az", "account", "show", "-o", "none"]) for _ in range(3)]}
    large = replace(small, world=_large_world())
    site.set_up(large)
    _list_subscriptions(site, large)
    for name in (LAST_REGISTRY, FAR_REGISTRY):
        command = [name if word == "myregistry" else word for word in DIAGNOSE]
        timed[name] = [_measured(site, large, command) for _ in range(pairs)]
    print(f"\nA large tenant: {REGISTRIES} registries, {ASSIGNMENTS} role assignments, {GROUPS} groups, "
          f"{SUBSCRIPTIONS} subscriptions in the login.\n\n| measurement | A | B | more than B |\n|---|---|---|---|")
    for title, name in (("registry on the last page of the current subscription's list", LAST_REGISTRY),
                        ("registry in the last subscription of the login", FAR_REGISTRY)):
        for unit, index in (("s", 0), ("MB", 1)):
            here, there = (statistics.median(run[index] for run in timed[which]) for which in (name, "small"))
            print(f"| {title} / small tenant | {here:.2f} {unit} | {there:.2f} {unit} | {here - there:.2f} {unit} |")
    alone, most = (statistics.median(size for _, size in timed[name]) for name in ("az", LAST_REGISTRY))
    print(f"| the former / az account show | {most:.0f} MB | {alone:.0f} MB | {most - alone:.0f} MB |", flush=True)


def _large_world() -> dict:
    numbers = range(SUBSCRIPTIONS)
    registries = {f"bulk{number:04}": {"resourceGroup": "rg-registries"} for number in range(REGISTRIES)}
    registries[FAR_REGISTRY] = {"resourceGroup": f"rg-{numbers[-1]:02}"}
    groups = {f"group{number:03}": {"objectId": f"cccccccc-0000-4000-8000-1{number:011}", "members": ["alex"]}
              for number in range(GROUPS)}
    assignments = {f"bulk{number:04}": {"role": "AcrPull", "to": f"group{number % GROUPS:03}",
                                        "on": f"registry/{LAST_REGISTRY}" if number % 2 else "subscription/dev"}
                   for number in range(ASSIGNMENTS)}
    assignments |= {f"reader{number:02}": {"role": "Reader", "to": "alex", "on": f"subscription/sub{number:02}"}
                    for number in numbers}
    assignments["far"] = {"role": "AcrPull", "to": "alex", "on": f"registry/{FAR_REGISTRY}"}
    return {"registries": registries, "groups": groups, "roleAssignments": assignments, "pageSize": 100,
            "subscriptions": {f"sub{number:02}": {"id": f"33333333-0000-4000-8000-00000000b{number:03}"}
                              for number in numbers},
            "resourceGroups": {f"rg-{number:02}": {"subscription": f"sub{number:02}"} for number in numbers}}


def _list_subscriptions(site: Site, scenario) -> None:
    """Let the login list all of them, as `az login` would have found them."""
    path = Path(site.environment(scenario)["HOME"]) / ".azure" / "azureProfile.json"
    profile = json.loads(path.read_text(encoding="utf-8-sig"))
    current = next(entry for entry in profile["subscriptions"] if entry["isDefault"])
    profile["subscriptions"] += [
        {**current, "id": one["id"], "name": name, "isDefault": False}
        for name, one in scenario.world["subscriptions"].items()]
    path.write_text(json.dumps(profile), encoding="utf-8-sig")


def _healthy() -> scenarios.Scenario:
    return next(scenario for scenario in scenarios.load_all() if scenario.name == "works-for-a-user")


def _pairs(first, second, pairs: int):
    """Run the two in turn; the first pair warms up and is not counted."""
    measured = [(first(), second()) for _ in range(pairs + 1)][1:]
    return [a for a, _ in measured], [b for _, b in measured]


def _seconds(site: Site, scenario, command) -> float:
    """How long a command takes. Its output is read: that ends with it, while `Popen.wait` looks every 50 ms."""
    started = time.monotonic()
    site.run(scenario, command)
    return time.monotonic() - started


def _measured(site: Site, scenario, command):
    """Seconds and the largest process's memory in MB; the latter by asking for it after the command has ended."""
    wrapper = ("import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=False);"
               "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)")
    started = time.monotonic()
    _, stdout, _ = site.run(scenario, [sys.executable, "-c", wrapper, *command])
    return time.monotonic() - started, int(stdout.split()[-1]) / 1024


def _row(title: str, first, second) -> None:
    ratios = [a / b for a, b in zip(first, second)]
    print(f"| {title} | {statistics.median(first):.2f} s | {statistics.median(second):.2f} s | "
          f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f}) |", flush=True)


if __name__ == "__main__":
    main()
