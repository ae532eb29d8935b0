# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The benchmark: how the diagnosis compares with `az acr check-health` and `az acr login`, in one run, pair by pair.

Prints a table of medians and ratios, in Markdown, and the requests of a run over time. Nothing here fails: whoever
reads it judges. Needs root, as the site of the scenarios does, because check-health asks the system's resolver.

Cold: what the CLI keeps of Entra's discovery documents is removed before each run, as it is on a machine whose last
sign-in is a day old. The limit is what cannot be avoided: the CLI with the same imports, and the requests that wait for
one another (Entra's discovery, the registry's list, the exchange, the access token).
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
from typing import Optional

from tests.site import extension as extensions
from tests.site import scenario as scenarios
from tests.site.leftovers import make_folder
from tests.site.site import Site

DELAY = {"latencyMilliseconds": 100}
LEVELS = 4  # requests that wait for one another, one less when warm
SAME_IMPORTS = """
import sys; sys.path.insert(0, sys.argv[1])
from azure.cli.core import get_default_cli; get_default_cli()
import azure.cli.core._profile, azure.cli.core.auth.identity, msal, msal_extensions, requests
from azext_acrlogin.azure.arm_pipeline import Clients
from azext_acrlogin.checks import all_checks; all_checks()
from azext_acrlogin import custom
from azext_acrlogin.engine import runner, verdict
from azext_acrlogin.render import report, terminal
import azure.mgmt.authorization, azure.mgmt.containerregistry
"""
DIAGNOSE = ["az", "acr", "login-diagnose", "--name", "myregistry", "-o", "none"]
CHECK_HEALTH = ["az", "acr", "check-health", "--name", "myregistry", "--yes", "--ignore-errors"]
EXPOSE_TOKEN = ["az", "acr", "login", "--name", "myregistry", "--expose-token", "-o", "none"]
LOGIN_HELP = ["az", "acr", "login", "--help"]
REGISTRIES, ASSIGNMENTS, GROUPS, SUBSCRIPTIONS, LARGE_DELAY = 2000, 5000, 2000, 500, {"latencyMilliseconds": 150}
CONDITION = ("((!(ActionMatches{'Microsoft.ContainerRegistry/registries/repositories/content/read'})) OR (@Request["
             "Microsoft.ContainerRegistry/registries/repositories:name] StringEqualsIgnoreCase 'samples/app'))")
LAST_REGISTRY = f"bulk{REGISTRIES - 1:04}"  # the last in the list of the current subscription
FAR_REGISTRY = "farregistry"  # in the last subscription of the login
LARGE = (("registry at the end of the current subscription's list", LAST_REGISTRY, 0),
         ("the same in pages of 100", LAST_REGISTRY, 100),
         ("registry in the last subscription of the login", FAR_REGISTRY, 100))


def main() -> None:
    """Run all measurements and print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15, help="alternating pairs for each comparison of diagnoses")
    parser.add_argument("--help-pairs", type=int, default=20, help="alternating pairs for az start-up")
    parser.add_argument("--large-runs", type=int, default=5, help="runs in the large tenant; 0 for none")
    parser.add_argument("--before", type=Path, help="another working tree, which is measured beside this one")
    arguments = parser.parse_args()
    folder = make_folder("bench")
    try:
        before = extensions.install(folder / "before", arguments.before) if arguments.before else None
        with Site(extensions.install(folder / "now")) as site:
            _print_machine()
            _compare(site, arguments.pairs, before)
            _start_up(site, arguments.help_pairs)
            _requests(site)
            if arguments.large_runs:
                _large_tenant(site, arguments.large_runs)
            for cold in (True, False):
                _picture(site, cold)
    finally:
        shutil.rmtree(folder)


def _print_machine() -> None:
    print(f"{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores, {platform.system()} "
          f"{platform.release().split('-')[0]}, Python {platform.python_version()}\n")
    print("| measurement | A | B | ratio A/B: median (the middle half) |\n|---|---|---|---|", flush=True)


def _compare(site: Site, pairs: int, before: Optional[Path]) -> None:
    healthy = _healthy()
    imports = [sys.executable, "-c", SAME_IMPORTS, str(site.extension / "acrlogin")]
    for world, title in (({}, ""), (DELAY, ", 100 ms before every response")):
        scenario = replace(healthy, world=world)
        site.set_up(scenario)
        delay = world.get("latencyMilliseconds", 0) / 1000
        others = [("check-health", lambda: _seconds(site, scenario, CHECK_HEALTH)),
                  ("login --expose-token", lambda: _seconds(site, scenario, EXPOSE_TOKEN)),
                  ("the limit", lambda: _seconds(site, scenario, imports) + LEVELS * delay)]
        if before:
            earlier = replace(scenario, environment={**scenario.environment, "AZURE_EXTENSION_DIR": str(before)})
            others.append(("login-diagnose before", lambda: _seconds(site, earlier, DIAGNOSE)))
        for name, other in others:
            first, second = _pairs(lambda: _seconds(site, scenario, DIAGNOSE), other, pairs,
                                   lambda: _cool(site, scenario))
            _row(f"login-diagnose / {name}, cold{title}", first, second)
        warm = _pairs(lambda: _seconds(site, scenario, DIAGNOSE), lambda: _seconds(site, scenario, CHECK_HEALTH), pairs)
        _row(f"login-diagnose / check-health, warm{title}", *warm)


def _cool(site: Site, scenario) -> None:
    (Path(site.environment(scenario)["HOME"]) / ".azure" / "msal_http_cache.bin").unlink(missing_ok=True)


def _picture(site: Site, cold: bool) -> None:
    """The requests of one run over time, a character for each 20 ms; the time of the connection is not in it."""
    scenario, width = replace(_healthy(), world=DELAY), 45
    site.set_up(scenario)
    _seconds(site, scenario, DIAGNOSE)
    if cold:
        _cool(site, scenario)
    site.forget_requests()
    _seconds(site, scenario, DIAGNOSE)
    seen = sorted(site.requests(), key=lambda entry: entry["time"])
    began = seen[0]["time"]
    print(f"\nRequests of one run, {'cold' if cold else 'warm'}:\n\n```")
    for entry in seen:
        path = entry["path"].partition("?")[0]
        what = f"{entry['method']} {entry['host']}/{path.strip('/')[-(width - 6 - len(entry['host'])):]}"
        print(f"{what:{width}} {' ' * round((entry['time'] - began) * 50)}{'#' * 5}")
    print("```", flush=True)


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


def _large_tenant(site: Site, runs: int) -> None:
    """Time and memory of a diagnosis among thousands of registries and role assignments, beside the small case."""
    small = replace(_healthy(), world=LARGE_DELAY)
    site.set_up(small)
    timed = {"small": [_measured(site, small, DIAGNOSE) for _ in range(runs)],
             "az": [_measured(site, small, ["az", "account", "show", "-o", "none"]) for _ in range(3)]}
    for title, name, page_size in LARGE:
        large = replace(small, world={**_large_world(), "pageSize": page_size})
        site.set_up(large)
        _list_subscriptions(site, large)
        command = [name if word == "myregistry" else word for word in DIAGNOSE]
        _measured(site, large, command)  # the emulator works out once what follows from such a world
        timed[title] = [_measured(site, large, command) for _ in range(runs)]
    print(f"\nA large tenant: {REGISTRIES} registries, {ASSIGNMENTS} role assignments, {GROUPS} groups, "
          f"{SUBSCRIPTIONS} subscriptions in the login, "
          "150 ms before every response.\n\n| measurement | A | B | more than B |\n|---|---|---|---|")
    for title, _, _ in LARGE:
        for unit, index in (("s", 0), ("MB", 1)):
            here, there = (statistics.median(run[index] for run in timed[which]) for which in (title, "small"))
            print(f"| {title} / small tenant | {here:.2f} {unit} | {there:.2f} {unit} | {here - there:.2f} {unit} |")
    alone, most = (statistics.median(size for _, size in timed[name]) for name in ("az", LARGE[0][0]))
    print(f"| the first / az account show | {most:.0f} MB | {alone:.0f} MB | {most - alone:.0f} MB |", flush=True)


def _large_world() -> dict:
    numbers = range(SUBSCRIPTIONS)
    registries = {f"bulk{number:04}": {"resourceGroup": "rg-registries"} for number in range(REGISTRIES)}
    registries[FAR_REGISTRY] = {"resourceGroup": f"rg-{numbers[-1]:02}"}
    groups = {f"group{number:03}": {"objectId": f"cccccccc-0000-4000-8000-1{number:011}", "members": ["alex"]}
              for number in range(GROUPS)}
    registries[LAST_REGISTRY]["roleAssignmentMode"] = "AbacRepositoryPermissions"
    assignments = {f"bulk{number:04}": {"role": "Container Registry Repository Reader", "condition": CONDITION,
                                        "to": f"group{number % GROUPS:03}",
                                        "on": f"registry/{LAST_REGISTRY}" if number % 2 else "subscription/dev"}
                   for number in range(ASSIGNMENTS)}
    assignments |= {f"reader{number:02}": {"role": "Reader", "to": "alex", "on": f"subscription/sub{number:02}"}
                    for number in numbers}
    assignments["far"] = {"role": "AcrPull", "to": "alex", "on": f"registry/{FAR_REGISTRY}"}
    return {"registries": registries, "groups": groups, "roleAssignments": assignments, **LARGE_DELAY,
            "subscriptions": {f"sub{number:02}": {"id": f"33333333-0000-4000-8000-00000000b{number:03}"}
                              for number in numbers},
            "resourceGroups": {f"rg-{number:02}": {"subscription": f"sub{number:02}"} for number in numbers}}


def _list_subscriptions(site: Site, scenario) -> None:
    """Let the login list all of them, as `az login` would have found them."""
    list_subscriptions(Path(site.environment(scenario)["HOME"]) / ".azure", scenario.world["subscriptions"])


def list_subscriptions(folder: Path, subscriptions: dict) -> None:
    """Add subscriptions of a world to the profile in a configuration folder of az."""
    path = folder / "azureProfile.json"
    profile = json.loads(path.read_text(encoding="utf-8-sig"))
    current = next(entry for entry in profile["subscriptions"] if entry["isDefault"])
    profile["subscriptions"] += [
        {**current, "id": one["id"], "name": name, "isDefault": False} for name, one in subscriptions.items()]
    path.write_text(json.dumps(profile), encoding="utf-8-sig")


def _healthy() -> scenarios.Scenario:
    return next(scenario for scenario in scenarios.load_all() if scenario.name == "works-for-a-user")


def _pairs(first, second, pairs: int, prepare=lambda: None):
    """Run the two in turn, each after `prepare`; the first pair warms up and is not counted."""
    def one(run):
        prepare()
        return run()
    measured = [(one(first), one(second)) for _ in range(pairs + 1)][1:]
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
    ratios = sorted(a / b for a, b in zip(first, second))
    low, high = ratios[len(ratios) // 4], ratios[-1 - len(ratios) // 4]
    print(f"| {title} | {statistics.median(first):.2f} s | {statistics.median(second):.2f} s | "
          f"**{statistics.median(ratios):.2f}** ({low:.2f} to {high:.2f}) |", flush=True)


if __name__ == "__main__":
    main()
