# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The handlers of `az acr login-report`: saved reports, offline."""

from typing import Any, Dict, List, Optional

from azext_acrlogin._output import fail_after_output, titles, write_page
from azext_acrlogin._terminal import takes_colour, wants_details, wants_text

Report = Dict[str, Any]


def show_login_report(cmd: Any, file: Report, html: Optional[str] = None) -> Optional[Report]:
    """A saved report, as lines on a terminal.

    :param file: the report in the file, which was read when the command line was checked.
    """
    from azext_acrlogin.render.terminal import Terminal
    unwritten = write_page(file, html) if html else None
    if unwritten:
        fail_after_output(cmd.cli_ctx, [unwritten])
    if not wants_text(cmd.cli_ctx):
        return file
    stream = cmd.cli_ctx.out_file
    Terminal(stream, True, takes_colour(cmd.cli_ctx, stream), wants_details(cmd.cli_ctx)).show(file, titles())
    return None


def compare_login_reports(cmd: Any, files: List[Report]) -> Optional[Dict[str, Any]]:
    """What differs between two saved reports, the older one first."""
    from azext_acrlogin.render.comparison_text import comparison
    from azext_acrlogin.saved_reports.comparison import compare
    compared = compare(*files)
    if not wants_text(cmd.cli_ctx):
        return compared
    print(comparison(compared), file=cmd.cli_ctx.out_file)
    return None
