# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Another identity, named by --assignee: who is it, or who signs in for that service? The CLI's login only reads."""

from dataclasses import replace
from typing import Dict, Optional

from azext_acrlogin.azure.assignees import ACCEPTED, RESOURCE, Assignee, chosen_identity, find
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.azure.registry import SYSTEM
from azext_acrlogin.azure.sign_in_settings import CLUSTER, SYSTEM_OF_A_TASK, TASK
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.json_text import text_member
from azext_acrlogin.protocol.roles import ABAC, LEGACY, mode_of
from azext_acrlogin.protocol.text import excerpt, shown

NO_IDENTITY = ("no-identity", "several-identities", "not-attached", "no-source-identity", "no-credentials")
UNKNOWN: Dict[str, str] = {  # what is the case, by fault
    "not-found": "the resource was not found",
    "gone": "its identity no longer exists",
    "own-credentials": "it signs in without an identity",
    "unsettled": "its settings do not decide which identity signs in"}

CONTROL_PLANE = (" The cluster itself then needs a user-assigned identity, too, with the rights of its system-assigned "
                 "one: put its resource id in place of IDENTITY_ID.")


def gather(context: Context, inputs: Inputs) -> AssigneeEvidence:
    """Ask Microsoft Graph or Resource Manager, whichever knows it."""
    asked, login = context.asked, inputs.get(LoginEvidence)
    if not asked.assignee:
        return AssigneeEvidence("--assignee was not given")
    if login is None or login.account is None:
        return AssigneeEvidence("nobody is signed in to the Azure CLI",
                                identity=IdentityEvidence(name=asked.assignee[:300]))
    graph = Graph(context.http, context.login, asked.cloud.graph)
    registry = inputs.get(RegistryEvidence)
    accounts = login.accounts
    if registry and registry.found and registry.account:  # roles are given to what the registry's tenant knows
        accounts = [registry.account, *accounts]
    known = replace(registry.registry, login_server=registry.login_server) if registry else None
    assignee = find(asked.assignee, context.arm, graph, accounts, known)
    return AssigneeEvidence(None, assignee, IdentityEvidence(
        assignee.type, assignee.identity_name, assignee.object_id, assignee.client_id, assignee.tenant_id))


def judge(_asked: Question, evidence: AssigneeEvidence, inputs: Inputs) -> Judgement:
    """An identity that is not there or is switched off is a finding; one that cannot be read stays unknown."""
    assignee = evidence.assignee
    if assignee is None:
        return Judgement("You did not ask about another identity.",
                         skipped=Because(evidence.not_asked or "", by_choice=True))
    registry = inputs.get(RegistryEvidence) or RegistryEvidence()
    findings = [finding for finding in (_finding(assignee, registry), _audience(assignee, registry)) if finding]
    if findings:
        return Judgement.of(*findings)
    if assignee.built_in_access:
        return Judgement(f"'{assignee.name}' is a task of {registry.name}, which gives its own tasks access without an "
                         "identity")
    if assignee.fault is None and assignee.type == "unknown":
        return Judgement(f"The directory cannot be read, so '{assignee.given}' is taken for an object id")
    if assignee.fault is None:
        by_id = f", object id {assignee.object_id}" if assignee.object_id else ""
        return Judgement(f"'{assignee.given}' is the {assignee.type} '{assignee.identity_name}'{by_id}")
    return _unknown(assignee)


def _unknown(assignee: Assignee) -> Judgement:
    if assignee.fault == "of-another":
        reason = assignee.server_text or ""
    elif assignee.fault == "unsupported":
        reason = f"{assignee.server_text}. --assignee takes {ACCEPTED}"
    else:
        said = f": {excerpt(assignee.server_text).rstrip('.')}" if assignee.server_text else ""
        reason = UNKNOWN.get(assignee.fault or "", "it cannot be read") + said
    more = f" {assignee.next_step}" if assignee.next_step else ""
    return Judgement(f"Could not identify '{assignee.given}': {reason}.{more}",
                     unknown=Because(reason, permission=assignee.permission))


def _audience(assignee: Assignee, registry: RegistryEvidence) -> Optional[Finding]:
    """Which tokens the service asks for is not for its owner to choose."""
    if not assignee.with_arm_token or registry.authentication_as_arm != "disabled":
        return None
    return Finding.of("AAD_ARM_AUDIENCE_ERROR", {
        **registry.facts(), **registry.sign_in_options, "service": assignee.name}, "service")


def _finding(assignee: Assignee, registry: RegistryEvidence) -> Optional[Finding]:
    kind, fault = (assignee.resource_type or "").lower(), assignee.fault
    if kind == CLUSTER and fault in ("gone", "renewed", "application-gone", "no-identity"):
        return Finding.of("KUBELET_IDENTITY_ERROR", _of_cluster(assignee, registry), fault)
    if fault in NO_IDENTITY:
        return Finding.of("AAD_MANAGED_IDENTITY_ERROR", _without_identity(assignee, kind, registry), fault)
    facts: Facts = {"tenant": assignee.tenant_id}
    if fault == "not-found" and assignee.kind == "userPrincipalName":
        return Finding.of("AAD_ACCOUNT_ERROR", {**facts, "unknown_user": assignee.given}, "no-user")
    if fault == "not-found" and assignee.kind == "unknown":
        return Finding.of("AAD_APPLICATION_NOT_FOUND_ERROR", {**facts, "application_id": assignee.given}, "no-object")
    if assignee.enabled is False:
        is_user = assignee.type == "user"
        return Finding.of("AAD_ACCOUNT_ERROR", {
            **facts, "assignee": assignee.name, "object_id": assignee.object_id,
            "disabled_user": assignee.object_id if is_user else None,
            "disabled_principal": None if is_user else assignee.object_id}, "disabled")
    return None


def _of_cluster(assignee: Assignee, registry: RegistryEvidence) -> Facts:
    mode = mode_of(registry.role_assignment_mode)
    segments = assignee.given.split("/")
    facts: Facts = {"user_name": assignee.name, "abac_registry": registry.name if mode == ABAC else None,
                    "legacy_registry": registry.name if mode == LEGACY else None, "cluster": segments[8],
                    "cluster_subscription": segments[2], "cluster_group": segments[4],
                    "attached_registry": registry.resource_id if mode == LEGACY else None}
    if assignee.fault == "application-gone":
        return {**facts, "application_id": assignee.client_id, "cluster_of_application": segments[8]}
    own = text_member(assignee.resource, "identity", "type").lower()
    kubelet = RESOURCE.fullmatch(shown(text_member(
        assignee.resource, "properties", "identityProfile", "kubeletidentity", "resourceId"), 500))
    if kubelet is None or not own:
        return facts
    gone = assignee.fault == "gone"
    facts.update({
        "cluster_to_update": segments[8], "kubelet_identity_id": kubelet[0],
        "new_kubelet_identity": f"{'a new' if gone else 'the present'} kubelet identity {assignee.pulls_as}"})
    if gone:
        facts.update({"lost_identity": assignee.pulls_as, "lost_identity_group": kubelet["group"].rpartition("/")[2],
                      "lost_identity_subscription": kubelet["subscription"]})
    if "userassigned" not in own:  # the CLI sets a kubelet identity of no other cluster
        facts.update({"control_plane_identity": "IDENTITY_ID", "other_control_plane": CONTROL_PLANE})
    return facts


def _without_identity(assignee: Assignee, kind: str, registry: RegistryEvidence) -> Facts:
    """Which resource it is; and as what a command names it that gives it an identity or lets it use one."""
    facts: Facts = {"resource": assignee.name, "resource_type": assignee.resource_type,
                    "login_server": registry.login_server}
    given = shown(text_member(assignee.resource, "id"), 500) or assignee.given
    name, is_site = assignee.name, kind.startswith("microsoft.web/sites")
    facts.update({"no-identity": Facts(bare_resource=name), "not-attached": Facts(detached_resource=name),
                  "several-identities": Facts(undecided_site=name) if is_site else Facts(undecided_machine=name)}.get(
                      assignee.fault or "", Facts()))
    if assignee.fault == "no-identity":
        names: Dict[str, Facts] = {"microsoft.compute/virtualmachines": {"virtual_machine": given},
                                   "microsoft.compute/virtualmachinescalesets": {"scale_set": given},
                                   "microsoft.web/sites": {"web_app": given}}
        return {**facts, **names.get(kind, {})}
    if assignee.fault == "several-identities":
        return facts
    chosen = chosen_identity(assignee.resource)
    if chosen is None:  # of several, its owner has to choose
        return facts
    resource_id, client_id, is_new = chosen
    if kind == TASK:
        segments = given.strip("/").split("/")
        task: Facts = {"task": segments[-1], "task_registry": segments[7], "task_subscription": segments[1]}
        if assignee.fault == "no-source-identity":
            return {**facts, **task, "source_identity": resource_id or SYSTEM_OF_A_TASK}
        if assignee.fault == "no-credentials":
            return {**facts, **task, "task_identity": client_id or SYSTEM_OF_A_TASK,
                    "task_without_identity": segments[-1] if is_new else None}
    identity = resource_id or SYSTEM
    apps: Dict[str, Facts] = {
        "microsoft.app/containerapps": {"container_app": given, "app_identity": identity,
                                        "app_without_identity": given if is_new else None},
        "microsoft.app/jobs": {"container_job": given, "app_identity": identity,
                               "job_without_identity": given if is_new else None}}
    return {**facts, **apps.get(kind, {})}


CHECK = Check(name="assignee", category=Category.IDENTITY, title="Assignee", evidence=AssigneeEvidence, gather=gather,
              judge=judge, reads=(LoginEvidence, RegistryEvidence), codes=(
                  "KUBELET_IDENTITY_ERROR", "AAD_MANAGED_IDENTITY_ERROR", "AAD_ACCOUNT_ERROR",
                  "AAD_APPLICATION_NOT_FOUND_ERROR", "AAD_ARM_AUDIENCE_ERROR"))
