# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Authorization: signed in or about to be, and the roles (or a token's scope map) do not allow it."""

from typing import Tuple

from azext_acrlogin.catalogue import Code, Fix, WhenKnown
from azext_acrlogin.catalogue._common import REGISTRY, SIGN_IN, TOKENS

ROLE_DOCS = "https://learn.microsoft.com/azure/role-based-access-control/"
ROLES = REGISTRY + "container-registry-rbac-built-in-roles-overview"
REPOSITORY_PERMISSIONS = REGISTRY + "container-registry-rbac-abac-repository-permissions"
TROUBLESHOOTING = ROLE_DOCS + "troubleshooting"
REFUSALS = ("CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR")
LOOKS_REFUSED = (
    "unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information",
    "CONNECTIVITY_REFRESH_TOKEN_ERROR ... Response code: 401",
    "requested access to the resource is denied")


WIDENED = ("for '{repository}' to the scope map '{scope_map}'; that takes effect at once, for every token that uses "
           "this map.")
WIDEN_SCOPE_MAP = ("az", "acr", "scope-map", "update", "--name", "{scope_map}", "--registry", "{registry}",
                   "--subscription", "{subscription}", "--add-repository", "{repository}")


def _create(role: str) -> Tuple[str, ...]:
    return ("az", "role", "assignment", "create", "--assignee-object-id", "{object_id}",
            "--assignee-principal-type", "{principal_type}", "--role", role, "--scope", "{scope}")


IN_EITHER_MODE = (_create("{registry_role}"), WhenKnown(_create("{second_registry_role}")),
                  _create("{repository_role}"), WhenKnown(_create("{second_repository_role}")))


def _assign(otherwise: str, depends_on_mode: bool = True) -> Tuple[Fix, ...]:
    """Fixes that give the missing roles: by the identity itself where its own role allows it, else by the owner.

    :param depends_on_mode: there may be roles of both modes to give, where the registry's is not known.
    """
    one, two = "the role '{role}'", "the roles '{role}' and '{second_role}'"
    own = "As '{assigning_role}' you may assign roles here yourself: give this identity"
    owner = "Somebody who may assign roles on the registry gives this identity"
    either = ("'{registry_role}', which counts with registry permissions, and '{repository_role}', which counts with "
              "ABAC repository permissions; whoever knows which of them the registry uses gives only that one.")
    fixes = (
        Fix(f"{own} {two} on the registry.", "you", (_create("{role}"), _create("{second_role}"))),
        Fix(f"{own} {one} on the registry.", "you", (_create("{role}"),)),
        Fix(f"{owner} {two}.", "registryOwner", (_create("{role}"), _create("{second_role}"))),
        Fix(f"{owner} {one}.", "registryOwner", (_create("{role}"),)))
    in_either = (Fix(f"{own} {either}", "you", IN_EITHER_MODE),
                 Fix(f"{owner} {either}", "registryOwner", IN_EITHER_MODE))
    return (*fixes, *(in_either if depends_on_mode else ()), Fix(otherwise, "registryOwner"))


def _own_or_owners(task: str, command: Tuple[str, ...]) -> Tuple[Fix, ...]:
    """One command for whoever may assign roles: the identity itself where its own role allows it, else the owner."""
    return (Fix("As '{assigning_role}' you may assign roles here yourself: " + task, "you", (command,)),
            Fix("Ask somebody who may assign roles on the registry to do this: " + task, "registryOwner", (command,)))


CODES = [
    Code(
        code="ROLE_ASSIGNMENT_MISSING_ERROR",
        title="No role on the registry",
        meaning="The identity has no role in force on the registry that gives any access to its content. Roles for "
                "Resource Manager alone, which show or manage the registry in the portal, do not count.",
        how_found="Role assignments of the identity and its groups at and above the registry are listed, their "
                  "definitions read, and none holds an operation on content that the registry honours in its mode, "
                  "or in either mode where Resource Manager does not show it.",
        message={
            "seen": ("{who} has no role on {where} that gives any access to its content; {actions} needs {roles}.",
                     WhenKnown((" In force there for Resource Manager only: {for_manager_only}.",)), "{differing|}"),
            "unseen": ("{who} has no role that is known to reach registry '{registry|(unknown)}': the registry refuses "
                       "it, Resource Manager does not show the registry, and none of {seen} is on it",
                       WhenKnown(("; one gives access to registries elsewhere ({elsewhere})",)),
                       ". The other possibility is that the registry trusts another tenant.")},
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Ask the registry's owner for a role on it: AcrPull to pull, AcrPush to push; where the registry "
                      "uses ABAC repository permissions, Container Registry Repository Reader or Writer."),
        confused_with={
            "REGISTRY_TENANT_ERROR": "The registry belongs to another tenant than the token, whatever the roles are.",
            "ROLE_ASSIGNMENT_MODE_ERROR": "There is a role, but the registry's mode does not honour it.",
            "ROLE_PROPAGATION_ERROR": "There is a fitting role, and it is only minutes old."},
        docs=ROLES, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_INSUFFICIENT_ERROR",
        title="Role does not allow the action",
        meaning="Some access to the registry's content is granted, the action that was asked about is not.",
        how_found="A role in force is honoured for some operation on content, and none holds the one that is needed.",
        message="{who} {may} on {where} ({held_roles|?}), but not {actions}, which {roles} would grant.{differing|}",
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=_assign("Ask the registry's owner for a role that holds the action: AcrPush to push, AcrDelete to "
                      "delete; with ABAC repository permissions, Container Registry Repository Writer or Contributor, "
                      "and Catalog Lister to list repositories."),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No access to content is granted at all, so signing in fails, too.",
            "ROLE_ASSIGNMENT_CONDITION_ERROR": "The role holds the action, its condition leaves the repository out.",
            "SCOPE_MAP_ERROR": "The credential is a repository-scoped token, for which no roles count."},
        docs=ROLES, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_MODE_ERROR",
        title="Role not honoured in the registry's mode",
        meaning="The role would grant the action in the registry's other role assignment mode. With ABAC repository "
                "permissions AcrPull, AcrPush, AcrDelete, Owner, Contributor and Reader give no access to content; "
                "with registry permissions the Container Registry Repository roles give none.",
        how_found="The registry's roleAssignmentMode is read, and a role in force holds the operation that the other "
                  "mode asks for. Where Resource Manager does not show the mode, this is never found.",
        message="{assignment} gives {who} no {actions} on {where}: the registry's role assignment mode is '{mode}', "
                "which does not honour this role. In this mode {roles} would.",
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Ask the registry's owner for the role of the registry's mode: Container Registry Repository "
                      "Reader, Writer or Contributor with ABAC repository permissions, else AcrPull, AcrPush or "
                      "AcrDelete.", depends_on_mode=False),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No role would grant the action in either mode.",
            "ROLE_ASSIGNMENT_CONDITION_ERROR": "The role is honoured in this mode, its condition is not fulfilled."},
        docs=REPOSITORY_PERMISSIONS, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_CONDITION_ERROR",
        title="Condition leaves the repository out",
        meaning="The role assignment holds the action and is honoured, but its condition is false for this repository.",
        how_found="The condition of the role assignment is evaluated for the action and the repository's name, where "
                  "the registry's mode is known.",
        message="{assignment} would grant {actions} to {who}, but its condition leaves {where} out: {condition|}",
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=(
            *_own_or_owners("widen the condition of role assignment {assignment_name} so that it takes in "
                            "'{repository}' as well.",
                            ("az", "role", "assignment", "update", "--role-assignment", "{widened_assignment}")),
            *_own_or_owners("leave the condition as it is, because it limits others or other registries as well, and "
                            "give this identity the role '{role}' on this registry itself, limited to "
                            "'{repository}'.",
                            (*_create("{role}"), "--condition", "{repository_condition}", "--condition-version",
                             "2.0")),
            Fix("Ask the registry's owner to change the condition of the role assignment. A prefix needs its trailing "
                "slash, and conditions compare the whole name of the repository.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_MODE_ERROR": "The registry's mode does not honour the role, with or without a condition.",
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The role does not hold the action on any repository."},
        docs=REPOSITORY_PERMISSIONS, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_SCOPE_ERROR",
        title="Role on another scope",
        meaning="The identity has a role that would grant the action, on another registry or a scope that does not "
                "reach this one; on this registry nothing grants it.",
        how_found="Role assignments of the whole subscription are listed when nothing at or above the registry grants "
                  "any access to content.",
        message="{assignment} would grant {actions} to {who}, but that scope does not reach {where} ({scope}), where "
                "no role grants it.",
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Ask the registry's owner to assign the role on this registry, its resource group or its "
                      "subscription."),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No fitting role is seen anywhere.",
            "REGISTRY_SUBSCRIPTION_ERROR": "The registry itself is looked for in the wrong subscription."},
        docs=ROLE_DOCS + "scope-overview", explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
        title="Role assigned to the wrong id",
        meaning="A fitting role is assigned on the registry, but to this identity's client id or to a deleted object "
                "of its name. Roles count for the object id of what exists now.",
        how_found="All assignments at and above the registry are listed and their principals compared with the "
                  "identity's ids; Microsoft Graph tells which were deleted and what they were called.",
        message="The role {assigned_role|?}, which would grant {actions}, is assigned at {assigned_scope|?} to "
                "{assigned_principal|?} ({tie}); for {who} only roles of its object id count.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("As '{assigning_role}' you may assign roles here yourself: assign '{role}' to the object id, then "
                "delete role assignment {assignment_name}, which helps nobody.", "you",
                (_create("{role}"), ("az", "role", "assignment", "delete", "--ids", "{assignment_id}"))),
            Fix("Somebody who may assign roles assigns '{role}' to the object id, then deletes role assignment "
                "{assignment_name}, which helps nobody.", "registryOwner",
                (_create("{role}"), ("az", "role", "assignment", "delete", "--ids", "{assignment_id}"))),
            Fix("Ask the registry's owner to assign the role to the identity's object id.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "Nothing ties an orphaned assignment to this identity.",
            "CREDENTIAL_USERNAME_ERROR": "The wrong id is the user name at sign-in, not the role's principal.",
            "KUBELET_IDENTITY_ERROR": "The identity that pulls on the nodes is itself gone or not attached."},
        docs=TROUBLESHOOTING, explains=REFUSALS),
    Code(
        code="DENY_ASSIGNMENT_ERROR",
        title="Deny assignment",
        meaning="Roles grant the action and a deny assignment takes it away. Managed applications, deployment stacks "
                "and blueprints create deny assignments that only they can remove.",
        how_found="Deny assignments at and above the registry are listed and matched with the identity, its groups, "
                  "the excluded principals and the operation.",
        message="The deny assignment '{denial|?}' at {denial_scope|?} takes {actions} on {where} away from {who}, "
                "although {assignment} grants it.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("The deny assignment '{protected_deny_assignment_name}' is protected by Azure and cannot be deleted by "
                "hand: whoever owns the managed application, deployment stack or blueprint behind it changes that, or "
                "excludes this identity there.", "serviceOwner",
                (("az", "role", "deny-assignment", "show", "--id", "{protected_deny_assignment_id}"),)),
            Fix("Somebody who may manage deny assignments deletes '{deny_assignment_name}', which lifts it for "
                "everybody whom it is for. The first command shows once more what it denies; the second deletes it.",
                "registryOwner",
                (("az", "role", "deny-assignment", "show", "--id", "{deny_assignment_id}"),
                 ("az", "role", "deny-assignment", "delete", "--id", "{deny_assignment_id}", "--yes"))),
            Fix("Ask the owner of the deny assignment to exclude this identity.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "No role grants the action in the first place.",
            "CONNECTIVITY_FORBIDDEN_ERROR": "The registry's firewall refuses the address with status 403."},
        docs=ROLE_DOCS + "deny-assignments", explains=REFUSALS),
    Code(
        code="ROLE_NOT_ACTIVATED_ERROR",
        title="Eligible role not activated",
        meaning="Privileged Identity Management makes the identity eligible for a role that would grant the action; it "
                "counts only while it is activated.",
        how_found="The identity's eligible roles at and above the registry are listed when no role in force grants the "
                  "action.",
        message="{who} is eligible for {assignment}, which would grant {actions} on {where}, and has not activated it.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("Activate the role {assigned_role|that you are eligible for} at {assigned_scope|the registry}: in the "
                "Azure portal under Privileged Identity Management, My roles, Azure resources. Then sign in to the "
                "registry again."),),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "There is no eligible role either.",
            "ROLE_PROPAGATION_ERROR": "The role was activated minutes ago."},
        docs="https://learn.microsoft.com/entra/id-governance/privileged-identity-management/"
             "pim-resource-roles-activate-your-roles",
        explains=REFUSALS),
    Code(
        code="ROLE_PROPAGATION_ERROR",
        title="Role too new",
        meaning="Everything that is assigned says the action is granted, and the registry does not know it yet: a "
                "change of roles takes up to ten minutes in Resource Manager and up to ten more in the registry.",
        how_found="All roles, conditions and deny assignments were evaluated, the registry refuses nevertheless, and "
                  "the newest fitting assignment or activation is younger than 20 minutes.",
        message="{assignment} grants {actions} to {who} and was assigned or changed {age}; the registry does not "
                "honour it yet, which can take up to 20 minutes.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("Wait until the role is 20 minutes old, then sign in again; credentials that were stored before do not "
                "gain the role.", "you", (SIGN_IN,)),
            Fix("Wait until the role is 20 minutes old, then sign in again.")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No role grants the action.",
            "ROLE_NOT_ACTIVATED_ERROR": "The role is eligible only."},
        docs=TROUBLESHOOTING, explains=REFUSALS),
    Code(
        code="SCOPE_MAP_ERROR",
        title="Scope map lacks the permission",
        meaning="The credential is a repository-scoped token, and its scope map names neither the repository nor the "
                "action. Such tokens can never list a registry's repositories.",
        how_found="The token's scope map is read from Resource Manager, or the registry's access token for the "
                  "credential lacks the action.",
        message={
            "read": ("The scope map '{token_scope_map|(unknown)}' of token '{user_name|?}' does not allow {lacking}",
                     WhenKnown((" on repository '{repository}'",)), ".", WhenKnown((" It allows: {allowed}.",))),
            "unread": "The registry accepts the token '{user_name|?}' and does not grant it {lacking} on repository "
                      "'{repository}'; its scope map cannot be read."},
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=(
            Fix(f"Add what is lacking {WIDENED}", "registryOwner",
                ((*WIDEN_SCOPE_MAP, "{scope_map_action}", WhenKnown(("{second_scope_map_action}",))),)),
            Fix("Give the token '{token_name}' the scope map '{wider_scope_map}', which Azure provides for all "
                "repositories; the one that it has, '{system_scope_map}', is Azure's as well and cannot be changed.",
                "registryOwner",
                (("az", "acr", "token", "update", "--name", "{token_name}", "--registry", "{registry}",
                  "--subscription", "{subscription}", "--scope-map", "{wider_scope_map}"),)),
            Fix("Give the token '{token_name}' another scope map: those that Azure provides, such as "
                "_repositories_pull or _repositories_push, hold all repositories.", "registryOwner",
                (("az", "acr", "scope-map", "list", "--registry", "{registry}", "--subscription", "{subscription}",
                  "--output", "table"),)),
            Fix("Ask the registry's owner for a token whose scope map holds the repository and the action.",
                "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The credential is an Entra identity, for which roles count.",
            "TOKEN_DISABLED_ERROR": "The token cannot sign in at all."},
        docs=TOKENS, explains=REFUSALS),
    Code(
        code="ARM_READ_WARNING",
        title="Registry not to be viewed or managed",
        meaning="Seeing or managing the registry in the portal or the CLI was asked about, and Resource Manager does "
                "not allow it. Pulling and pushing do not depend on it.",
        how_found="Roles at and above the registry, or the login's own permissions on it, lack "
                  "Microsoft.ContainerRegistry/registries/read or write, or a deny assignment takes them away.",
        message={
            "no-role": "{who} may not {actions} {where} in Resource Manager: no role grants it.",
            "denied": "{who} may not {actions} {where} in Resource Manager: the deny assignment '{denial|?}' takes it "
                      "away.",
            "unseen": "{who} may not {actions} registry '{registry|(unknown)}': Resource Manager shows it in none of "
                      "this login's subscriptions.",
            "registry-identity": "'{user_name|?}' is known to the registry alone, and may not {actions} the registry "
                                 "in Resource Manager."},
        looks_like=(
            "The resource with name 'myregistry' and type 'Microsoft.ContainerRegistry/registries' could not be found",
            "does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'"),
        fixes=_assign("Ask the registry's owner for the role Reader on it to see it, or for Container Registry "
                      "Contributor and Data Access Configuration Administrator to manage it.",
                      depends_on_mode=False)[1:],
        confused_with={
            "REGISTRY_NOT_VISIBLE_WARNING": "Nobody asked about viewing; the diagnosis is poorer without it.",
            "REGISTRY_NOT_FOUND_ERROR": "There is no registry of that name."},
        docs=ROLES),
]
