# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The handler of `az acr login-diagnose`: asks the CLI for its context, runs the diagnosis, hands the report back."""

import atexit
import gc
import os
import time
from contextlib import closing
from functools import partial
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

if TYPE_CHECKING:
    from azext_acrlogin.azure.arm import Arm
    from azext_acrlogin.base.interruption import Interruption
    from azext_acrlogin.base.secret import Secret
    from azext_acrlogin.checks.context import Context
    from azext_acrlogin.engine.model import Results
    from azext_acrlogin.engine.question import Cloud, Question
    from azext_acrlogin.engine.verdict import Verdict
    from azext_acrlogin.protocol.known_secrets import KnownSecrets
    from azext_acrlogin.render.terminal import Terminal
    from azext_acrlogin.symptoms.taken import Symptom

PIPELINES = ("TF_BUILD", "GITHUB_ACTIONS")  # what Azure Pipelines and GitHub Actions set for every step
Report = Dict[str, Any]


def login_diagnose(cmd: Any, registry_name: Optional[str] = None, resource_group_name: Optional[str] = None,
                   tenant_suffix: Optional[str] = None, repository: Optional[str] = None,
                   actions: Optional[List[str]] = None, username: Optional[str] = None, password: Optional[str] = None,
                   assignee: Optional[str] = None, container_client: str = "auto",
                   symptom: "Optional[Symptom]" = None, login_events: bool = False, timeout: float = 10.0,
                   wait: int = 0, html: Optional[str] = None) -> Optional[Report]:
    """Diagnose; see the command's help for the parameters. The validator has completed them from the symptom.

    :return: the report, or None when a person at a terminal has read the lines instead.
    """
    from azext_acrlogin.base.secret import Secret
    from azext_acrlogin.engine.question import Question
    asked = Question(
        # What comes from the CLI's configured defaults is a text with members; the report would show it as an object.
        name=str(registry_name or ""), cloud=cloud_of(cmd.cli_ctx),
        resource_group=str(resource_group_name) if resource_group_name else None, suffix=tenant_suffix,
        repository=repository, actions=tuple(dict.fromkeys(actions or ())), username=username, assignee=assignee,
        client=container_client, symptom=symptom.text if symptom else None, login_events=login_events,
        timeout_seconds=timeout, in_cloud_shell=_in_cloud_shell(),
        in_pipeline=any(os.environ.get(name) for name in PIPELINES),
        from_symptom=symptom.completes if symptom else ())
    return _answer(cmd.cli_ctx, asked, Secret(password) if password else None, 60.0 * wait, html)


def _answer(cli_ctx: Any, asked: "Question", password: "Optional[Secret]", seconds: float,
            html: Optional[str]) -> Optional[Report]:
    """The report of a question, or None; the page is written, and az told how to end.

    :param seconds: of `--wait`, or 0.
    """
    from azext_acrlogin._output import fail_after_output, write_page
    from azext_acrlogin._terminal import say, wants_text
    from azext_acrlogin.base.interruption import Interruption
    from azext_acrlogin.machine import process
    as_text = wants_text(cli_ctx)  # asked now: a terminal may be closed before the end
    # What is imported stays. Python would look for garbage among it a hundred times while it grows, and once more at
    # the end: a tenth of a whole run each.
    gc.set_threshold(100_000)
    atexit.register(gc.freeze)
    interruption = Interruption()
    with interruption.noted():
        with process.supervised():
            report = _rounds(cli_ctx, asked, password, seconds, interruption)
        lines: List[Optional[str]] = []
        if html and not interruption.happened:
            with interruption.ends():  # a page may go to a pipe that nobody reads
                lines.append(write_page(report, html))
        if lines == [None] and not cli_ctx.only_show_errors:
            say(f"Page: {os.path.abspath(html or '')}")
    if interruption.happened:  # also when all was known by then
        report.update(interrupted=True, status="failed" if report["status"] == "failed" else "unknown")
        lines.append("Interrupted")
    elif report["status"] == "failed":
        from azext_acrlogin.catalogue import codes
        lines.append(f"{report['errorCode']}: {codes()[report['errorCode']].title}")
    if any(lines):
        fail_after_output(cli_ctx, [line for line in lines if line])
    return None if as_text else report


def _rounds(cli_ctx: Any, asked: "Question", password: "Optional[Secret]", seconds: float,
            interruption: "Interruption") -> Report:
    """Diagnose, with `--wait` again and again, and show the last.

    :param seconds: after which no other round begins; 0 for a single one.
    """
    from azext_acrlogin._output import titles
    from azext_acrlogin._terminal import error_stream, takes_colour, wants_details
    from azext_acrlogin.render.terminal import Terminal
    stream = error_stream()
    terminal = Terminal(stream, stream.isatty(), takes_colour(cli_ctx, stream), wants_details(cli_ctx),
                        cli_ctx.only_show_errors)
    began = time.monotonic()
    outcome, report = _diagnose(cli_ctx, asked, password, terminal, interruption)
    from azext_acrlogin.engine.waiting import Waiting  # not before Entra was asked
    waiting = Waiting(began, seconds)
    while seconds and not interruption.happened:
        next_round = waiting.after(outcome)
        if next_round is None:
            break
        terminal.round(report)
        while time.monotonic() < next_round and not interruption.happened:
            terminal.pausing(next_round - time.monotonic())
            time.sleep(min(0.2, max(0.0, next_round - time.monotonic())))
        if interruption.happened:
            report["interrupted"] = True
        else:
            outcome, report = _diagnose(cli_ctx, asked, password, terminal, interruption)
    with interruption.ends():
        terminal.show(report, titles())
    return report


def _diagnose(cli_ctx: Any, asked: "Question", password: "Optional[Secret]", terminal: "Terminal",
              interruption: "Interruption") -> "Tuple[Verdict, Report]":
    from azure.cli.core import __version__ as cli_version
    from azext_acrlogin._version import VERSION
    started = time.monotonic()
    context = _context(cli_ctx, asked, password)
    with closing(context.login):
        context.login.ask_ahead(asked.cloud.resource_manager_audience)
        # While Entra answers, what the first requests take is imported; while those are answered, all else.
        context.arm.prepare()
        from azext_acrlogin.checks import all_checks
        from azext_acrlogin.engine.runner import run
        results = run(all_checks(), context, budget_seconds=3 * asked.timeout_seconds + 3, on_waiting=terminal.waiting,
                      interruption=interruption, meanwhile=partial(_import_the_rest, context.arm))
    from azext_acrlogin.engine.verdict import verdict
    from azext_acrlogin.render.report import build
    from azext_acrlogin.symptoms.assess import assess
    ended_early = interruption.happened
    outcome, traffic = verdict(asked, results, ended_early), context.traffic
    _log_reasons(outcome.results, traffic.secrets)
    return outcome, build(outcome, {"total": traffic.total, "failed": traffic.failed},
                          round((time.monotonic() - started) * 1000), {"version": VERSION, "cliVersion": cli_version},
                          assess(outcome), ended_early, secrets=traffic.secrets)


def _import_the_rest(arm: "Arm") -> None:
    """What is used when the first answers are there, or at the end."""
    from importlib import import_module
    arm.prepare_for_roles()
    for name in ("engine.verdict", "render.report", "symptoms.assess"):
        import_module(f"azext_acrlogin.{name}")


def _log_reasons(results: "Results", secrets: "KnownSecrets") -> None:
    """For --debug."""
    from logging import DEBUG
    from knack.log import get_logger
    logger = get_logger("acrlogin")
    if logger.isEnabledFor(DEBUG):
        from azext_acrlogin.render.reasoning import reasons
        for line in reasons(results, secrets):
            logger.debug("%s", line)


def _context(cli_ctx: Any, asked: "Question", password: "Optional[Secret]") -> "Context":
    from azure.cli.core.util import get_az_user_agent, should_disable_connection_verify
    from azext_acrlogin._version import VERSION
    from azext_acrlogin.checks.context import Context
    from azext_acrlogin.azure.arm import Arm
    from azext_acrlogin.azure.cli_login import AzureLogin
    from azext_acrlogin.net.http import Http
    user_agent = f"{get_az_user_agent()} CliExtension/acrlogin({VERSION})"
    http = Http(asked.timeout_seconds, user_agent, verify=not should_disable_connection_verify())
    login = AzureLogin(cli_ctx, http, asked.timeout_seconds)
    arm = Arm(cli_ctx, http, login, asked.cloud.resource_manager, asked.cloud.resource_manager_audience, user_agent)
    # In this thread, before any other begins: urllib3's modules import each other, and two threads that came to them by
    # different ways would wait for each other.
    import requests  # noqa: F401  # pylint: disable=unused-import
    if password:
        http.traffic.secrets.add(password.reveal())
    return Context(asked, http, login, arm, http.traffic, password)


def cloud_of(cli_ctx: Any) -> "Cloud":
    """The CLI's active cloud as the diagnosis sees it. Endpoints that a cloud has not set are None."""
    from azure.cli.core.cloud import CloudEndpointNotSetException, CloudSuffixNotSetException, get_clouds
    from azext_acrlogin.engine.question import Cloud

    def suffix(cloud: Any) -> Optional[str]:
        try:
            return str(cloud.suffixes.acr_login_server_endpoint)
        except CloudSuffixNotSetException:
            return None

    def endpoint(name: str) -> Optional[str]:
        try:
            return str(getattr(active.endpoints, name))
        except CloudEndpointNotSetException:
            return None

    active = cli_ctx.cloud
    own = suffix(active)
    others = {found: cloud.name for cloud in get_clouds(cli_ctx) if cloud.name != active.name
              for found in [suffix(cloud)] if found and found != own}
    return Cloud(
        name=active.name, registry_suffix=own, authority=active.endpoints.active_directory,
        resource_manager=active.endpoints.resource_manager,
        resource_manager_audience=active.endpoints.active_directory_resource_id,
        graph=endpoint("microsoft_graph_resource_id"), log_analytics=endpoint("log_analytics_resource_id"),
        registry_audience=_registry_audience(cli_ctx), other_suffixes=others)


def _registry_audience(cli_ctx: Any) -> str:
    """The audience of tokens for registries, with the override that `az acr login` honours, too."""
    configured: str = cli_ctx.config.get("acr", "audience_resource", fallback=None) or "containerregistry"
    return configured if configured.startswith("https://") else f"https://{configured}.azure.net"


def _in_cloud_shell() -> bool:
    from azure.cli.core.util import in_cloud_console
    return bool(in_cloud_console())
