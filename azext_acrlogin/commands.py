# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The commands and their handlers, named by strings so that loading them imports nothing."""

from typing import Any

from azure.cli.core.commands import CliCommandType

from azext_acrlogin._format import checks_table, code_table, codes_table, differences_table, matches_table


def load_command_table(self: Any, _args: Any) -> None:
    """Fill the loader's command table."""
    errors = CliCommandType(operations_tmpl="azext_acrlogin.login_error#{}")
    reports = CliCommandType(operations_tmpl="azext_acrlogin.login_report#{}")

    with self.command_group("acr") as group:
        group.custom_command("login-diagnose", "login_diagnose", table_transformer=checks_table)
    with self.command_group("acr login-error", custom_command_type=errors) as group:
        group.custom_command("list", "list_login_errors", table_transformer=codes_table)
        group.custom_show_command("show", "show_login_error", table_transformer=code_table)
        group.custom_command("match", "match_login_errors", table_transformer=matches_table)
    with self.command_group("acr login-report", custom_command_type=reports) as group:
        group.custom_show_command("show", "show_login_report", table_transformer=checks_table)
        group.custom_command("compare", "compare_login_reports", table_transformer=differences_table)
