# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The options of the commands. Those that `az acr login` has, too, look and behave as they do there."""

from typing import Any, List

from azure.cli.core.commands.parameters import get_generic_completion_list, get_resource_name_completion_list, \
    resource_group_name_type

from azext_acrlogin._validators import (
    error_code, minutes, one_of, read_saved_report, read_saved_reports, seconds, symptom_text, validate_question,
    validate_symptom)

REGISTRY_TYPE = "Microsoft.ContainerRegistry/registries"


def load_arguments(self: Any, _command: Any) -> None:
    """Declare every option."""
    _login_diagnose(self)
    _login_error(self)
    _login_report(self)


def _login_diagnose(self: Any) -> None:
    from azext_acrlogin.engine.question import ACTIONS, CLIENTS

    with self.argument_context("acr login-diagnose") as context:
        context.argument(
            "registry_name", options_list=["--name", "-n"], configured_default="acr", validator=validate_question,
            completer=get_resource_name_completion_list(REGISTRY_TYPE),
            help="The registry: its name, its login server, a URL, an image reference or a resource id. You can "
                 "configure the default registry name using `az configure --defaults acr=NAME`. You can leave it out "
                 "if the error given with --symptom names the registry.")
        context.argument("resource_group_name", arg_type=resource_group_name_type)
        context.argument(
            "tenant_suffix", options_list=["--suffix"],
            help="The part of the login server after the name and a hyphen, as in `az acr login`: "
                 "myregistry-SUFFIX.azurecr.io.")
        context.argument(
            "repository", help="Repository to check, such as team/app or team/app:v1. Without it, only the access to "
                               "repositories in general is checked.")
        context.argument(
            "actions", nargs="+", type=one_of("action", ACTIONS),
            completer=get_generic_completion_list(list(ACTIONS)),
            help="What you want to do. Allowed values: " + ", ".join(ACTIONS) + ". `view` and `manage` are about the "
                 "registry in Azure Resource Manager, as the portal and the Azure CLI show it. `catalog` is listing "
                 "repositories. Default: what failed in the error given with --symptom, else pull.")
        context.argument(
            "username", options_list=["--username", "-u"],
            help="Diagnose these credentials instead of the Azure CLI's login: the admin user, a repository-scoped "
                 "token, a service principal's application id, or the all-zero GUID with an exposed token.")
        context.argument(
            "password", options_list=["--password", "-p"],
            help="Password for --username. It is best to leave it out: it is then read from the environment variable "
                 "ACR_LOGIN_DIAGNOSE_PASSWORD, or you are asked for it. `az --debug` shows what you type after -p.")
        context.argument(
            "assignee", help="Diagnose what another identity can do: an object id, an application id, a user principal "
                             "name, or the resource id of an AKS cluster, an app or job, a container group, a machine, "
                             "an ACR task, a Machine Learning workspace or a managed identity.")
        context.argument(
            "container_client", options_list=["--client"], type=one_of("client", CLIENTS), default="auto",
            completer=get_generic_completion_list(list(CLIENTS)),
            help="Container client to check. Allowed values: " + ", ".join(CLIENTS) + ". `auto` takes the one that "
                 "DOCKER_COMMAND names, then docker, then podman.")
        context.argument(
            "symptom", type=symptom_text,
            help="An error message that you saw, from any client or log. `-` reads it from standard input. Registry, "
                 "repository, tag and action are taken from it where you do not give them.")
        context.argument(
            "login_events", action="store_true",
            help="Also read the registry's ContainerRegistryLoginEvents from its Log Analytics workspace.")
        context.argument("timeout", type=seconds, default=10,
                         help="Seconds to wait for each network attempt, 1 to 300.")
        context.argument("wait", type=minutes,
                         help="Diagnose again for up to this many minutes, 1 to 120, until nothing fails: while a "
                              "role, a firewall rule or a DNS record takes effect.")
        context.argument("html", help="File to write the report to, as one self-contained HTML page.")


def _login_error(self: Any) -> None:
    with self.argument_context("acr login-error show") as context:
        context.argument("code", type=error_code, completer=_code_completer(), help="The error code (any letter case).")
    with self.argument_context("acr login-error match") as context:
        context.argument("symptom", type=symptom_text, validator=validate_symptom,
                         help="The error message that you saw, quoted as one argument. `-` reads it from standard "
                              "input.")


def _login_report(self: Any) -> None:
    with self.argument_context("acr login-report show") as context:
        context.argument("file", validator=read_saved_report,
                         help="The saved report: JSON, or a page that `--html` wrote.")
        context.argument("html",
                         help="File to write the report to, as one self-contained HTML page.")
    with self.argument_context("acr login-report compare") as context:
        context.argument("files", options_list=["--file"], nargs=2, metavar=("OLD", "NEW"),
                         validator=read_saved_reports,
                         help="The two saved reports. Put the older one, or the one that works, first.")


def _code_completer() -> Any:
    from azure.cli.core.decorators import Completer

    def complete(_cmd: Any, _prefix: str, _namespace: Any, **_options: Any) -> List[str]:
        from azext_acrlogin.catalogue import codes
        return list(codes())
    return Completer(complete)
