# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Another identity, named by --assignee: who is it? The CLI's login reads its roles; its network is not tested."""

from typing import Optional

from azext_acrlogin.azure.assignees import CLUSTER, Assignee, find
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.text import excerpt

NO_IDENTITY = ("no-identity", "several-identities", "not-attached")  # faults of a resource that is there


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
    assignee = find(asked.assignee, context.arm, graph, accounts, registry.login_server if registry else None)
    return AssigneeEvidence(None, assignee, IdentityEvidence(
        assignee.type, assignee.name, assignee.object_id, assignee.client_id, assignee.tenant_id))


def judge(_asked: Question, evidence: AssigneeEvidence, _inputs: Inputs) -> Judgement:
    """An identity that is not there or is switched off is a finding; one that cannot be read stays unknown."""
    assignee = evidence.assignee
    if assignee is None:
        return Judgement("You did not ask about another identity.",
                         skipped=Because(evidence.not_asked or "", by_choice=True))
    finding = _finding(assignee)
    if finding:
        return Judgement.of(finding)
    if assignee.fault is None:
        return Judgement(f"'{assignee.given}' is the {assignee.type} '{assignee.name}', object id "
                         f"{assignee.object_id}")
    reason = {"not-found": "the resource was not found",
              "gone": "its identity no longer exists",
              "unsupported": "it is not known to pull with an identity"}.get(assignee.fault, "it cannot be read")
    said = f": {excerpt(assignee.server_text).rstrip('.')}" if assignee.server_text else ""
    return Judgement(f"Could not identify '{assignee.given}': {reason}{said}.",
                     unknown=Because(reason, permission=assignee.permission))


def _finding(assignee: Assignee) -> Optional[Finding]:
    kind, fault = (assignee.resource_type or "").lower(), assignee.fault
    if kind == CLUSTER and fault in ("gone", "no-identity"):
        return Finding.of("KUBELET_IDENTITY_ERROR", {"user_name": assignee.name}, fault)
    if fault in NO_IDENTITY:
        without = assignee.given if fault == "no-identity" else None
        return Finding.of("AAD_MANAGED_IDENTITY_ERROR", {
            "resource": assignee.name, "resource_type": assignee.resource_type,
            "virtual_machine": without if kind == "microsoft.compute/virtualmachines" else None,
            "web_app": without if kind == "microsoft.web/sites" else None}, fault)
    facts: Facts = {"tenant": assignee.tenant_id}
    if fault == "not-found" and assignee.kind == "userPrincipalName":
        return Finding.of("AAD_ACCOUNT_ERROR", {**facts, "user_name": assignee.given}, "no-user")
    if fault == "not-found" and assignee.kind == "unknown":
        return Finding.of("AAD_APPLICATION_NOT_FOUND_ERROR", {**facts, "application_id": assignee.given}, "no-object")
    if assignee.enabled is False:
        is_user = assignee.type == "user"
        return Finding.of("AAD_ACCOUNT_ERROR", {
            **facts, "assignee": assignee.name, "object_id": assignee.object_id,
            "disabled_user": assignee.object_id if is_user else None,
            "disabled_principal": None if is_user else assignee.object_id}, "disabled")
    return None


CHECK = Check(name="assignee", category=Category.IDENTITY, title="Assignee", evidence=AssigneeEvidence, gather=gather,
              judge=judge, reads=(LoginEvidence, RegistryEvidence), codes=(
                  "KUBELET_IDENTITY_ERROR", "AAD_MANAGED_IDENTITY_ERROR", "AAD_ACCOUNT_ERROR",
                  "AAD_APPLICATION_NOT_FOUND_ERROR"))
