# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What every `az acr` command pays for the extension: the modules that its command table imports.

Which modules these are is asserted, how long they take is not: that is for `scripts/bench`.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND_TABLE = {"azext_acrlogin", "azext_acrlogin._help", "azext_acrlogin.commands", "azext_acrlogin._format"}
HEAVY = ("requests", "urllib3", "http.client", "msal", "jwt", "cryptography", "azure.mgmt", "azure.core",
         "azure.identity", "azure.cli.command_modules", "azext_acrlogin.checks")
PRINT_NEW_MODULES = """
import json, sys, types
import azure.cli.core.commands.command_operation  # as every command table has it
from azure.cli.core.mock import DummyCli
sys.path.insert(0, sys.argv[1])
cli = DummyCli()
cli.invocation = types.SimpleNamespace(data={{"command_string": "acr login-diagnose"}})
known = set(sys.modules)
{work}
print(json.dumps(sorted(set(sys.modules) - known)))
"""
LOAD_COMMAND_TABLE = """
import azext_acrlogin
loader = azext_acrlogin.COMMAND_LOADER_CLS(cli)
loader.load_command_table([])
"""
LOAD_OPTIONS = LOAD_COMMAND_TABLE + "loader.load_arguments('acr login-diagnose')"


def imported_by(work, tmp_path):
    """The modules that a new Python, which has loaded the CLI's core, imports in addition for some work."""
    environment = {**os.environ, "AZURE_CONFIG_DIR": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", PRINT_NEW_MODULES.format(work=work), str(ROOT)], capture_output=True,
                          text=True, check=True, cwd=tmp_path, env=environment)
    return set(json.loads(done.stdout))


def test_the_command_table_imports_a_few_small_modules_of_ours(tmp_path):
    assert imported_by("import azext_acrlogin", tmp_path) <= COMMAND_TABLE
    assert imported_by(LOAD_COMMAND_TABLE, tmp_path) == COMMAND_TABLE


def test_the_options_of_our_own_commands_import_nothing_heavy(tmp_path):
    imported = imported_by(LOAD_OPTIONS, tmp_path)
    assert COMMAND_TABLE < imported
    assert not [name for name in imported for heavy in HEAVY if name == heavy or name.startswith(heavy + ".")]
