# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""`-h` as people see it: every option is explained and shown in an example."""

import os
import re

import pytest

from tests.emulator.client import run_az
from tests.site.homes import AZ

NEVER_SHOWN = {"--password"}    # what is typed there stays in the shell's history


@pytest.mark.parametrize("command", ["login-diagnose", "login-error list", "login-error show", "login-error match"])
def test_every_option_is_explained_and_in_an_example(command, extension_folder, tmp_path):
    environment = {**os.environ, "AZURE_EXTENSION_DIR": str(extension_folder), "AZURE_CONFIG_DIR": str(tmp_path),
                   "AZURE_CORE_COLLECT_TELEMETRY": "false"}
    done = run_az(environment, "acr", *command.split(), "--help", az=AZ)
    assert done.returncode == 0, done.stderr
    options = dict(re.findall(r"^    (--[\w-]+).*? : (\S.*)$", _section(done.stdout, "Arguments"), re.MULTILINE))
    assert all(options.values())
    examples = _section(done.stdout, "Examples").split()
    assert examples and set(options) - NEVER_SHOWN <= set(examples)


def _section(text, heading):
    """What stands below a heading, up to the next one."""
    return text.partition(f"\n{heading}\n")[2].partition("\n\n\n")[0].partition("\nGlobal ")[0]
