# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a registry is judged by that Resource Manager does not show: the role assignments of the subscription."""

from typing import Dict, List, Optional

from azext_acrlogin.azure.role_reading import Unread
from azext_acrlogin.checks.role_assignments.words import doing, place, subject
from azext_acrlogin.engine.model import Because, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.role_decisions import arm_role
from azext_acrlogin.protocol.roles import CONTENT_ACTIONS, RoleAssignment, operations_of

READ = "Microsoft.Authorization/roleAssignments/read"


def judge_unseen(asked: Question, evidence: RoleAssignmentsEvidence, inputs: Inputs,
                 said: Dict[str, bool]) -> Judgement:
    """Resource Manager shows no registry, so there is nothing to look at but the current subscription's assignments.

    Why the registry refuses stays open: which tenant it trusts is not known, and no list shows the roles on it.

    :param said: content actions that the registry has granted or refused.
    """
    registry = inputs.of(RegistryEvidence)
    content = [action for action in asked.actions if action in CONTENT_ACTIONS]
    all_granted = all(said.get(action) for action in content)
    findings = _arm_findings(asked, evidence, inputs)
    if evidence.in_subscription is None:
        unread = evidence.unread[0] if evidence.unread else Unread("", "nothing could be read", READ)
        granted = " The access token grants what you asked about." if all_granted else ""
        return _judgement(
            findings, f"The role assignments on registry '{registry.name}' cannot be read: {unread.reason}.{granted}",
            Because(unread.reason, permission=unread.permission))
    seen = (f"the role assignments found in subscription {evidence.subscription_searched} "
            f"({len(evidence.in_subscription)})")
    for_content = _for_content(evidence.in_subscription)
    elsewhere = (f" One gives access to other registries: '{for_content[0].role_name}' on "
                 f"{place(for_content[0].scope)}." if for_content else "")
    return _judgement(
        findings, f"Azure Resource Manager does not show registry '{registry.name}', so it is unknown what {seen} "
                  f"grant on it.{elsewhere}",
        None if all_granted else Because("the registry's own role assignments cannot be read", check="registry",
                                         permission="Microsoft.ContainerRegistry/registries/read"))


def _judgement(findings: List[Finding], otherwise: str, unknown: Optional[Because]) -> Judgement:
    return Judgement.of(*findings, unknown=unknown) if findings else Judgement(otherwise, unknown=unknown)


def _for_content(assignments: List[RoleAssignment]) -> List[RoleAssignment]:
    """Those of a role for the content of registries, in one mode at least."""
    operations = [operation for action in CONTENT_ACTIONS for operation in operations_of(action, None)]
    return [assignment for assignment in assignments if any(assignment.names(operation) for operation in operations)]


def _arm_findings(asked: Question, evidence: RoleAssignmentsEvidence, inputs: Inputs) -> List[Finding]:
    """The registry answers, Resource Manager answers, and does not show it: it cannot be viewed or managed."""
    refresh = inputs.get(RefreshTokenEvidence)
    hidden = [access.action for access in evidence.access_by_roles if access.granted is False]
    wanted = [action for action in asked.actions if action in hidden]
    if not wanted or refresh is None or refresh.status not in (200, 401):
        return []
    identity = inputs.get(IdentityEvidence)
    return [Finding.of("ARM_READ_WARNING", {
        **subject(evidence, identity), "actions": doing(wanted, "or"), "arm_role": arm_role(wanted),
        "user_name": identity.name if identity else None, "registry": inputs.of(RegistryEvidence).name}, "unseen")]
