# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure CLI extension: why does signing in to an Azure Container Registry fail?

This module is imported by every `az acr` command, so it imports nothing that the CLI has not loaded already.
"""

from typing import Any

from azure.cli.core import AzCommandsLoader

import azext_acrlogin._help  # noqa: F401  pylint: disable=unused-import


class AcrLoginCommandsLoader(AzCommandsLoader):  # type: ignore[misc]
    """Adds `az acr login-diagnose` and `az acr login-error`."""

    def __init__(self, cli_ctx: Any = None) -> None:
        from azure.cli.core.commands import CliCommandType
        super().__init__(cli_ctx=cli_ctx,
                         custom_command_type=CliCommandType(operations_tmpl="azext_acrlogin.custom#{}"))

    def load_command_table(self, args: Any) -> Any:
        from azext_acrlogin.commands import load_command_table
        load_command_table(self, args)
        return self.command_table

    def load_arguments(self, command: Any) -> None:
        from azext_acrlogin._params import load_arguments
        load_arguments(self, command)


COMMAND_LOADER_CLS = AcrLoginCommandsLoader
