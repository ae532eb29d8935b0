# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a command leaves beside its result: a page, and an exit status with its reason."""

from typing import Any, Dict, List, Optional

Report = Dict[str, Any]


def titles() -> Dict[str, str]:
    """Of the checks, by name."""
    from azext_acrlogin.checks import all_checks
    return {check.name: check.title for check in all_checks()}


def write_page(report: Report, path: str) -> Optional[str]:
    """Write the report as a page. A failure is no reason to lose the report: it is returned as a text, else None."""
    from azext_acrlogin.render.page import page
    from azext_acrlogin.machine.files import replace_file
    from azext_acrlogin.protocol.text import shown
    try:
        replace_file(path, page(report, titles()))
    except OSError as error:
        return f"--html: '{shown(path)}' cannot be written: {error.strerror or shown(error)}."
    return None


def fail_after_output(cli_ctx: Any, lines: List[str]) -> None:
    """Let az print the report, then end the command with exit status 1 and the lines that say why.

    A handler that raised instead would keep az from printing; az has no other way to return a result and fail.
    """
    from knack.events import EVENT_CLI_SUCCESSFUL_EXECUTE
    from azext_acrlogin._terminal import Failed, error_stream, takes_colour

    def fail(cli: Any, **_: Any) -> None:
        cli.unregister_event(EVENT_CLI_SUCCESSFUL_EXECUTE, fail)  # az interactive goes on with the same object
        raise Failed(lines, takes_colour(cli_ctx, error_stream()))

    cli_ctx.register_event(EVENT_CLI_SUCCESSFUL_EXECUTE, fail)
