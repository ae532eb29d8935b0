# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Another identity, named by --assignee: who is it? The CLI's login reads its roles; its network is not tested."""

from typing import Optional

from azext_acrlogin.azure.assignees import CLUSTER, Assignee, find
from azext_acrlogin.azure.graph import Graph
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.login import LoginEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence

NO_IDENTITY = {"no-identity": "has no managed identity",
               "several-identities": "has several user-assigned identities, and nothing says which of them pulls",
               "not-attached": "is set to pull with an identity that is not assigned to it"}
# The fact for the command that gives a resource of this type an identity of its own.
GIVES_IDENTITY = {"microsoft.compute/virtualmachines": "virtual_machine", "microsoft.web/sites": "web_app"}


def gather(context: Context, inputs: Inputs) -> AssigneeEvidence:
    """Ask Microsoft Graph or Resource Manager, whichever knows it."""
    asked, login = context.asked, inputs.get(LoginEvidence)
    if not asked.assignee:
        return AssigneeEvidence("no --assignee was given")
    if login is None or login.account is None:
        return AssigneeEvidence("nobody is signed in to the Azure CLI",
                                identity=IdentityEvidence(name=asked.assignee[:300]))
    graph = Graph(context.http, context.login, asked.cloud.graph)
    registry = inputs.get(RegistryEvidence)
    accounts = login.accounts
    if registry and registry.found:  # roles are given to what the registry's tenant knows
        accounts = [registry.account, *accounts]
    assignee = find(asked.assignee, context.arm, graph, accounts, registry.login_server if registry else None)
    return AssigneeEvidence(None, assignee, IdentityEvidence(
        assignee.type, assignee.name, assignee.object_id, assignee.client_id, assignee.tenant_id))


def judge(_asked: Question, evidence: AssigneeEvidence, _inputs: Inputs) -> Judgement:
    """An identity that is not there or is switched off is a finding; one that cannot be read stays unknown."""
    assignee = evidence.assignee
    if assignee is None:
        return Judgement("Nobody else is asked about.", skipped=Because(evidence.not_asked or "", by_choice=True))
    finding = _finding(assignee)
    if finding:
        return Judgement(finding.message, (finding,))
    if assignee.fault is None:
        return Judgement(f"'{assignee.given}' is {assignee.type} '{assignee.name}', object id "
                         f"{assignee.object_id}")
    reason = {"not-found": "no such resource was found",
              "gone": "its identity does not exist any more",
              "unsupported": "no identity of it is known to pull"}.get(assignee.fault, "it cannot be read")
    said = f": {assignee.server_text.rstrip('.')}" if assignee.server_text else ""
    return Judgement(f"Who '{assignee.given}' is cannot be told: {reason}{said}.",
                     unknown=Because(reason, permission=assignee.permission))


def _finding(assignee: Assignee) -> Optional[Finding]:
    kind = (assignee.resource_type or "").lower()
    if kind == CLUSTER and assignee.fault in ("gone", "no-identity"):
        message = (f"The AKS cluster '{assignee.name}' has no identity to pull with: " + (
            "the one that its nodes are set up with does not exist any more."
            if assignee.fault == "gone" else "Resource Manager shows no kubelet identity."))
        return Finding("KUBELET_IDENTITY_ERROR", message, {"user_name": assignee.name or ""})
    if assignee.fault in NO_IDENTITY:
        why = NO_IDENTITY[assignee.fault]
        facts = {"resource": assignee.name or ""}
        if assignee.fault == "no-identity" and kind in GIVES_IDENTITY:
            facts[GIVES_IDENTITY[kind]] = assignee.given
        return Finding("AAD_MANAGED_IDENTITY_ERROR", f"'{assignee.name}' ({assignee.resource_type}) {why}.", facts)
    if assignee.fault == "not-found" and assignee.kind == "userPrincipalName":
        return Finding("AAD_ACCOUNT_ERROR", f"The directory of tenant {assignee.tenant_id} has no user "
                       f"'{assignee.given}'.", {"user_name": assignee.given, "tenant": assignee.tenant_id or ""})
    if assignee.fault == "not-found" and assignee.kind == "unknown":
        return Finding("AAD_APPLICATION_NOT_FOUND_ERROR", f"The directory of tenant {assignee.tenant_id} knows "
                       f"{assignee.given} neither as an object id nor as an application id.",
                       {"application_id": assignee.given})
    if assignee.enabled is False:
        disabled = "disabled_user" if assignee.type == "user" else "disabled_principal"
        return Finding("AAD_ACCOUNT_ERROR", f"'{assignee.name}' (object id {assignee.object_id}) is disabled in the "
                       f"directory of tenant {assignee.tenant_id}.", {disabled: assignee.object_id or ""})
    return None


CHECK = Check(name="assignee", category=Category.IDENTITY, title="Assignee", evidence=AssigneeEvidence, gather=gather,
              judge=judge, reads=(LoginEvidence, RegistryEvidence), codes=(
                  "KUBELET_IDENTITY_ERROR", "AAD_MANAGED_IDENTITY_ERROR", "AAD_ACCOUNT_ERROR",
                  "AAD_APPLICATION_NOT_FOUND_ERROR"))
