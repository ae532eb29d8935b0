# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""``python -m tests.fuzz [--seconds 20] [--runs N] [--seed S] [--as user]``: print statistics, fail on a fault."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.emulator.client import EmulatorProcess
from tests.site.homes import AZ

EXAMPLES = 20   # of faults that are printed


def main():
    """Sign in, then diagnose until the time or the number of runs is over. Exit status 1 when there were faults."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20, help="stop after so long")
    parser.add_argument("--runs", type=int, default=sys.maxsize, help="stop after so many diagnoses")
    parser.add_argument("--seed", type=int, default=0, help="number of the first diagnosis; the others follow")
    parser.add_argument("--as", dest="profile", default="user", help="profile of the world: user, sp, msi")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="acr-fuzz-") as folder:
        state, config = Path(folder) / "state", Path(folder) / "config"
        with EmulatorProcess(state) as emulator:
            emulator.profile(arguments.profile, config, az=AZ, drop_access_tokens=True)
        client = Path(folder, "client")
        client.mkdir()
        os.environ |= {"AZURE_CONFIG_DIR": str(config), "DOCKER_CONFIG": str(client), "HOME": folder,
                       "AZURE_CORE_COLLECT_TELEMETRY": "no"}
        return _fuzz(state, client, arguments)


def _fuzz(state, client, arguments):
    from tests.fuzz.laboratory import Laboratory
    laboratory = Laboratory(state, client)
    ends, shown = time.monotonic() + arguments.seconds, 0
    for seed in range(arguments.seed, arguments.seed + arguments.runs):
        if time.monotonic() > ends:
            break
        for fault in laboratory.diagnose(seed):
            known = laboratory.statistics.faults
            known[_kind(fault)] = known.get(_kind(fault), 0) + 1
            if known[_kind(fault)] == 1 and shown < EXAMPLES:
                shown += 1
                print(f"--seed {seed}: {fault}", flush=True)
    print(laboratory.statistics.shown())
    for kind, count in sorted(laboratory.statistics.faults.items(), key=lambda pair: -pair[1]):
        print(f"  {count} times: {kind}")
    return 1 if laboratory.statistics.faults else 0


def _kind(fault: str) -> str:
    """What faults of one cause have in common: the text without numbers."""
    return "".join("#" if character.isdigit() else character for character in fault)[:160]


if __name__ == "__main__":
    sys.exit(main())
