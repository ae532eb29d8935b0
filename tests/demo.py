# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The demonstration: one healthy registry, and four causes that all look like the same `unauthorized`.

Runs the real `az` with the built wheel against the emulator on loopback ports, as an ordinary user, without an Azure
account. `scripts/demo` sets up what it needs.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import List

from tests.emulator.client import EmulatorProcess

AZ = str(Path(sys.executable).with_name("az"))


@dataclass
class Situation:
    """A change of the world, who is signed in, and what is asked."""

    title: str
    world: str = "{}"
    profile: str = "sp"
    ask: List[str] = field(default_factory=list)
    environment: dict = field(default_factory=dict)


SITUATIONS = [
    Situation("A registry that works"),
    Situation("The service principal has no role on the registry", "roleAssignments: {ci-push: null}"),
    Situation("It has AcrPull, but the registry is in ABAC mode, which ignores that role",
              "{registries: {myregistry: {roleAssignmentMode: AbacRepositoryPermissions}},"
              " roleAssignments: {ci-push: {role: AcrPull}}}"),
    Situation("Its role is on another registry", "roleAssignments: {ci-push: {on: registry/otherregistry}}"),
    Situation("The admin user is disabled, and its password is used", profile="user", ask=["--username", "myregistry"],
              environment={"ACR_LOGIN_DIAGNOSE_PASSWORD": "not-a-real-password"}),
]


def main(wheel: str) -> int:
    """Run every situation; returns 0 when each ended as it should: the first with 0, the others with 1."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with EmulatorProcess(home / "emulator") as emulator:
            environments = {}
            for name in sorted({situation.profile for situation in SITUATIONS}):
                environments[name] = {**emulator.profile(name, home / name, az=AZ),
                                      "AZURE_EXTENSION_DIR": str(home / "extensions")}
            az(environments["sp"], "extension", "add", "--source", wheel, "--yes", "--only-show-errors")
            ended = [show(emulator, situation, environments[situation.profile]) for situation in SITUATIONS]
    if ended != [0] + [1] * (len(SITUATIONS) - 1):
        print(f"\nUnexpected exit statuses: {ended}", flush=True)
        return 1
    print("\nThe first ended with exit status 0, the others with 1.", flush=True)
    return 0


def show(emulator: EmulatorProcess, situation: Situation, environment: dict) -> int:
    """One situation: what az itself says, then what the diagnosis says. Returns the diagnosis' exit status."""
    emulator.patch(situation.world)
    print(f"\n\n==== {situation.title} ====", flush=True)
    if "--username" not in situation.ask:
        command = ["acr", "login", "--name", "myregistry", "--expose-token", "--query", "loginServer", "-o", "tsv"]
        print("$ az " + " ".join(command), flush=True)
        az(environment, *command)
    command = ["acr", "login-diagnose", "--name", "myregistry", "--client", "none", *situation.ask, "-o", "none"]
    print("\n$ az " + " ".join(command), flush=True)
    return az({**environment, **situation.environment}, *command)


def az(environment: dict, *arguments: str) -> int:
    """Run az with all its output on standard output, in its order; returns its exit status."""
    return subprocess.run([AZ, *arguments], env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                          check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
