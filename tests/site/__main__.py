# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Look around in a situation by hand, or see what ``az acr check-health`` says of situations.

    python -m tests.site --scenario tests/scenarios/FILE.yaml             # the diagnosis, for people
    python -m tests.site --scenario tests/scenarios/FILE.yaml --shell
    python -m tests.site --scenario tests/scenarios/FILE.yaml -- az acr show --name myregistry
    python -m tests.site --check-health [--scenario FILE]...
"""

import argparse
import shutil
import signal
import sys

from . import extension, runs, scenario as scenarios
from .leftovers import make_folder
from .namespace import why_impossible
from .site import Site


def main():
    arguments = _parser().parse_args()
    if impossible := why_impossible():
        sys.exit(f"site: {impossible}")
    chosen = [scenarios.load(path) for path in arguments.scenario]
    if arguments.check_health:
        with Site() as site:
            sys.exit(_compare_check_health(site, chosen or scenarios.load_all()))
    if len(chosen) != 1:
        sys.exit("site: one --scenario is needed")
    folder = make_folder("extension")
    try:
        installed = None if arguments.without_extension else extension.install(folder)
        with Site(installed) as site:
            site.set_up(chosen[0])
            sys.exit(_run_by_hand(site, chosen[0], arguments))
    finally:
        shutil.rmtree(folder)


def _run_by_hand(site, scenario, arguments):
    if arguments.shell:
        command = ["bash", "--norc"]
    else:
        command = arguments.command or runs.diagnosis_command(scenario)
    print(f"{scenario.title}: {scenario.really}", file=sys.stderr)
    signal.signal(signal.SIGINT, lambda *_: None)       # Ctrl+C is for the command; the site ends when that has ended
    return site.run(scenario, command, timeout=None, stdin=None, stdout=None, stderr=None, start_new_session=False)[0]


def _compare_check_health(site, chosen):
    """Print what it says beside what the scenario expects of it; the number of differences."""
    differences = 0
    for scenario in chosen:
        site.set_up(scenario)
        codes, ended = runs.check_health(site, scenario)
        said = "silent" if codes is None else codes
        same = scenario.check_health in (None, said)
        differences += not same
        print(f"{'' if same else 'DIFFERENT':9} {ended.seconds:5.1f} s  {scenario.name}: {_text(said)}"
              + ("" if same else f" (expected: {_text(scenario.check_health)})"), flush=True)
    return min(differences, 100)


def _text(said):
    return said if isinstance(said, str) else ", ".join(said or []) or "all OK"


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.site", description=__doc__.partition("\n")[0])
    parser.add_argument("--scenario", action="append", default=[], metavar="FILE", help="may repeat for --check-health")
    parser.add_argument("--shell", action="store_true", help="a shell instead of the diagnosis")
    parser.add_argument("--check-health", action="store_true", help="compare az acr check-health with what is expected")
    parser.add_argument("--without-extension", action="store_true", help="do not build and install the extension")
    parser.add_argument("command", nargs="*", help="after --: a command instead of the diagnosis")
    return parser


if __name__ == "__main__":
    main()
