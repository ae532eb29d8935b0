# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Values for the fixes of findings about roles: who, where, which roles, and the condition to write."""

import json
from dataclasses import replace
from typing import List, Optional, Tuple

from azext_acrlogin.azure.sign_in_settings import CLUSTER, CONTAINER_APP
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.role_assignments.words import place
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.role_decisions import Cause, Standing, least_roles
from azext_acrlogin.protocol.roles import (
    ABAC, LEGACY, DenyAssignment, Operation, Role, RoleAssignment, last_segment, operations_of, same_scope)

PRINCIPAL_TYPES = {"user": "User", "servicePrincipal": "ServicePrincipal", "managedIdentity": "ServicePrincipal",
                   "group": "Group"}
# What a client needs beside an action itself: it pulls before it pushes, and looks at what there is.
COMPANIONS = {"pull": ("pull", "metadata-read"), "push": ("push", "pull", "metadata-read")}


def facts_of_standing(evidence: RoleAssignmentsEvidence, standing: Standing, registry: RegistryEvidence,
                      identity: Optional[IdentityEvidence], lacking: List[str]) -> Facts:
    """Whom the registry refuses, where roles are given, and those that grant everything that is lacking."""
    own = standing.may_assign_roles() if evidence.is_own else None
    return {**registry.facts(), **registry.sign_in_options, **_facts_of_roles(standing, lacking),
            "object_id": evidence.object_id, "principal_type": PRINCIPAL_TYPES.get(evidence.identity_type or ""),
            "scope": standing.scope,
            "user_name": identity.name if identity else None,
            "application_id": identity.client_id if identity else None, "repository": standing.repository,
            "assigning_role": own.role_name if own else evidence.readers_role, "owners": _owners(evidence.owners),
            "other": identity.name if identity and not evidence.is_own else None}


def _owners(names: List[str]) -> Optional[str]:
    """A sentence that names them."""
    return f" {'Owners' if len(names) > 1 else 'Owner'}: {', '.join(names)}." if names else None


def facts_of_service(service: Optional[AssigneeEvidence], standing: Standing, lacking: List[str]) -> Facts:
    """What an Azure service does about roles by itself, if the identity is such a service's.

    Attaching a registry to a cluster, and a container app that is given an identity for its registry, assign AcrPull
    whatever the registry's mode: https://learn.microsoft.com/azure/aks/cluster-container-registry-integration.
    """
    assignee = service.assignee if service else None
    kind = (assignee.resource_type or "").lower() if assignee else ""
    if assignee is None or kind not in (CLUSTER, CONTAINER_APP) or not lacking:
        return {}
    if standing.mode == ABAC:
        return {"assigns_pull": "`az aks update --attach-acr`" if kind == CLUSTER else "Container Apps"}
    if kind == CONTAINER_APP or standing.mode is None or least_roles(lacking, LEGACY) != ["AcrPull"]:
        return {}
    segments = assignee.given.split("/")
    return {"cluster": segments[8], "cluster_subscription": segments[2], "cluster_group": segments[4],
            "attached_registry": standing.scope}


def _facts_of_roles(standing: Standing, lacking: List[str]) -> Facts:
    """The roles that give what is lacking; where the mode is not known, those of either mode."""
    def two(mode: str) -> List[Optional[str]]:
        return [*least_roles(lacking, mode), None, None][:2]
    if standing.mode:
        role, second_role = two(standing.mode)
        return {"role": role, "second_role": second_role}
    (registry_role, second_registry_role), (repository_role, second_repository_role) = two(LEGACY), two(ABAC)
    return {"registry_role": registry_role, "second_registry_role": second_registry_role,
            "repository_role": repository_role, "second_repository_role": second_repository_role}


def _facts_of_eligibility(evidence: RoleAssignmentsEvidence, identity: Optional[IdentityEvidence],
                          assignment: RoleAssignment) -> Facts:
    """Who activates a role: the reader, or another person. Nobody does it for an application."""
    if evidence.is_own and evidence.identity_type == "user":
        return {"own_eligible_role": assignment.role_name}
    return {"eligible_user": identity.name if identity and evidence.identity_type == "user" else None}


def facts_of_cause(evidence: RoleAssignmentsEvidence, identity: Optional[IdentityEvidence], standing: Standing,
                   cause: Cause, actions: List[str]) -> Facts:
    """Values that come from the assignments which show the cause."""
    facts: Facts = {}
    assignment, denial = cause.assignment, cause.denial
    if assignment and cause.code == "ROLE_NOT_ACTIVATED_ERROR":
        facts.update(_facts_of_eligibility(evidence, identity, assignment))
    if assignment:
        facts.update({"assigned_role": assignment.role_name, "assigned_scope": place(assignment.scope)})
        # Without its condition, the role of a stray would grant access to every repository.
        if not (cause.code == "ROLE_ASSIGNMENT_PRINCIPAL_ERROR" and assignment.condition):
            facts.update({"assignment_id": assignment.id, "assignment_name": last_segment(assignment.id)})
        if cause.code == "ROLE_ASSIGNMENT_CONDITION_ERROR" and standing.repository and standing.mode:
            facts.update(_facts_of_condition(standing, standing.repository, standing.mode, assignment, actions))
    if denial:
        facts.update(facts_of_denial(denial))
    return facts


def facts_of_denial(denial: DenyAssignment) -> Facts:
    """Which deny assignment has to go; one that Azure protects goes with what made it."""
    if denial.is_protected:
        return {"protected_deny_assignment_name": denial.name, "protected_deny_assignment_id": denial.id}
    return {"deny_assignment_name": denial.name, "deny_assignment_id": denial.id}


def needed_operations(actions: List[str], mode: Optional[str]) -> List[Operation]:
    """The operations that a client needs for content actions; where the mode is not known, those of either mode."""
    return list(dict.fromkeys(operation for action in actions for companion in COMPANIONS.get(action, (action,))
                              for operation in operations_of(companion, mode)))


def spelled_out(role: Optional[Role], operations: List[Operation]) -> Optional[str]:
    """A custom role with operations by their own names, as `az role definition update` takes it.

    None for a role with conditions: what becomes of them is not documented.
    """
    if not role or not role.assignable_scopes or any(entry.condition for entry in role.permissions):
        return None
    entry, *others = role.permissions
    wider = replace(entry, actions=_with(entry.actions, [one.name for one in operations if not one.is_data]),
                    data_actions=_with(entry.data_actions, [one.name for one in operations if one.is_data]))
    return json.dumps({
        "id": role.id, "name": role.guid, "roleName": role.name, "description": role.description,
        "roleType": "CustomRole", "assignableScopes": list(role.assignable_scopes),
        "permissions": [{"actions": list(one.actions), "notActions": list(one.not_actions),
                         "dataActions": list(one.data_actions), "notDataActions": list(one.not_data_actions)}
                        for one in (wider, *others)]})


def _with(given: Tuple[str, ...], names: List[str]) -> Tuple[str, ...]:
    present = [name.lower() for name in given]
    return (*given, *(name for name in names if name.lower() not in present))


def _facts_of_condition(standing: Standing, repository: str, mode: str, assignment: RoleAssignment,
                        actions: List[str]) -> Facts:
    """The widened assignment, where it is to this very identity and on this registry.

    Elsewhere a condition for an assignment beside it: widening the old one would give access to others, or on other
    registries, as well.
    """
    name = repository.replace("'", "''")
    mine = f"@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals '{name}'"
    if assignment.id and not assignment.condition:  # then the condition is part of the role
        return {}
    if assignment.principal_id != standing.object_id.lower() or not same_scope(
            assignment.scope, standing.scope) or not assignment.id:
        return {"repository_condition": f"({mine})"}
    operations = " OR ".join(f"ActionMatches{{'{operation.name}'}}" for operation in needed_operations(actions, mode))
    return {"widened_assignment": json.dumps({
        "scope": assignment.scope, "name": last_segment(assignment.id), "conditionVersion": "2.0",
        "condition": f"({assignment.condition.strip()}) OR (({operations}) AND {mine})"})}
