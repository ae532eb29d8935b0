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


ACTIVATING = ("{assigned_scope|the registry} in the Azure portal: Privileged Identity Management > My roles > Azure "
              "resources.")
OWNERS = "{owners|}"  # a sentence that names who may assign roles, where that is known
WIDENED = ("to the scope map '{scope_map}' for '{repository}'. This takes effect at once, for every token with this "
           "map.")
WIDEN_SCOPE_MAP = ("az", "acr", "scope-map", "update", "--name", "{scope_map}", "--registry", "{registry}",
                   "--subscription", "{subscription}", "--add-repository", "{repository}")


LIFT_DENIAL = (
    Fix("Exclude this identity in the managed application, deployment stack or blueprint that made the deny assignment "
        "'{protected_deny_assignment_name}'. Azure protects deny assignments of this kind: they cannot be deleted "
        "directly.", "serviceOwner",
        (("az", "role", "deny-assignment", "show", "--id", "{protected_deny_assignment_id}"),)),
    Fix("Delete the deny assignment '{deny_assignment_name}'. This lifts it for everyone it applies to. The first "
        "command shows what it denies, the second deletes it.", "registryOwner",
        (("az", "role", "deny-assignment", "show", "--id", "{deny_assignment_id}"),
         ("az", "role", "deny-assignment", "delete", "--id", "{deny_assignment_id}", "--yes"))))


def _create(role: str) -> Tuple[str, ...]:
    return ("az", "role", "assignment", "create", "--assignee-object-id", "{object_id}",
            "--assignee-principal-type", "{principal_type}", "--role", role, "--scope", "{scope}")


IN_EITHER_MODE = (_create("{registry_role}"), WhenKnown(_create("{second_registry_role}")),
                  _create("{repository_role}"), WhenKnown(_create("{second_repository_role}")))


def _assign(otherwise: str, depends_on_mode: bool = True, of_content: bool = True) -> Tuple[Fix, ...]:
    """Fixes that give the missing roles: by the identity itself where its own role allows it, else by the owner.

    :param depends_on_mode: there may be roles of both modes to give, where the registry's is not known.
    :param of_content: they are roles for content, which some services assign by themselves.
    """
    one = ("the role '{role}'", (_create("{role}"),))
    two = ("the roles '{role}' and '{second_role}'", (_create("{role}"), _create("{second_role}")))
    here, by_yourself = "on {registry|the registry}", "Your role '{assigning_role}' lets you do this yourself: grant"
    to_other = here + " to {other}"
    to = here + " to {user_name|this identity}"
    either = ("the role '{registry_role}' if the registry uses registry permissions. Grant '{repository_role}' instead "
              "if it uses ABAC repository permissions.")
    services = (
        Fix("Attach {registry|the registry} to the cluster {cluster}, which grants its kubelet identity 'AcrPull'. "
            "This also needs the right to update the cluster." + OWNERS, "registryOwner",
            (("az", "aks", "update", "--name", "{cluster}", "--resource-group", "{cluster_group}", "--subscription",
              "{cluster_subscription}", "--attach-acr", "{attached_registry}"),)),
        Fix("Grant the role '{role}' {here} to {user_name|the identity that pulls}. {assigns_pull} assigns "
            "'AcrPull', which this registry ignores.".replace("{here}", here) + OWNERS, "registryOwner",
            (_create("{role}"),)))
    fixes = (
        *(services if of_content else ()),
        *(Fix(f"{by_yourself} {roles} {there}.", "you", commands)
          for there in (to_other, here) for roles, commands in (two, one)),
        *(Fix(f"Grant {roles} {to}.{OWNERS}", "registryOwner", commands) for roles, commands in (two, one)))
    in_either = (Fix(f"{by_yourself} {{other}} {either}", "you", IN_EITHER_MODE),
                 Fix(f"{by_yourself} {either}", "you", IN_EITHER_MODE),
                 Fix(f"Grant {{user_name|this identity}} {either}{OWNERS}", "registryOwner", IN_EITHER_MODE))
    return (*fixes, *(in_either if depends_on_mode else ()), Fix(otherwise, "registryOwner"))


def _own_or_owners(task: str, command: Tuple[str, ...]) -> Tuple[Fix, ...]:
    """One command for whoever may assign roles: the identity itself where its own role allows it, else the owner."""
    by_yourself = "Your role '{assigning_role}' lets you do this yourself: "
    return (Fix(by_yourself + task[:1].lower() + task[1:], "you", (command,)),
            Fix(task + OWNERS, "registryOwner", (command,)))


CODES = [
    Code(
        code="ROLE_ASSIGNMENT_MISSING_ERROR",
        title="No role on the registry",
        meaning="The identity has no role in force on the registry that gives access to its content. Roles that only "
                "show or manage the registry in Azure Resource Manager do not count. The two roles for a registry's "
                "configuration let the identity sign in, but give no access to images.",
        how_found="The role assignments of the identity and its groups, at and above the registry, are read with their "
                  "role definitions. None has an operation on content that the registry's role assignment mode "
                  "honours. If Azure Resource Manager does not show the mode, none has one for either mode.",
        message=("{who} {have} no role on {where} that lets {them} {actions}. {roles} would.",
                 WhenKnown((" Roles there that count for Azure Resource Manager only: {for_manager_only}.",)),
                 WhenKnown((" Roles there that the registry's mode ignores: {ignored_roles}.",)),
                 "{differing|}{activatable_group|}{still_denied|}"),
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Grant a role on the registry: 'AcrPull' to pull, 'AcrPush' to push. If the registry uses ABAC "
                      "repository permissions, grant 'Container Registry Repository Reader' to pull, 'Container "
                      "Registry Repository Writer' to push."),
        confused_with={
            "REGISTRY_TENANT_ERROR": "The registry belongs to a different tenant than the token. Roles do not matter "
                                     "then.",
            "ROLE_ASSIGNMENT_MODE_ERROR": "There is a role, but the registry's mode does not honour it.",
            "ROLE_PROPAGATION_ERROR": "The right role is assigned, but only minutes ago."},
        docs=ROLES, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_INSUFFICIENT_ERROR",
        title="Role does not allow the action",
        meaning="The identity has some access to the registry's content, but not for the action in question.",
        how_found="A role in force allows some operation on content, but no role allows the one that is needed. Or a "
                  "custom role allows it only by a wildcard, and the registry refuses it.",
        message={
            "seen": "{who} cannot {actions} on {where}, {may} ({held_roles|?}). {roles} would allow that."
                    "{differing|}{activatable_group|}{still_denied|}",
            "wildcard": "{assignment} allows {whom} to {actions} only by a wildcard, and the registry refuses it. "
                        "Registries honour the wildcards of custom roles only in tenants with a private link for Azure "
                        "Resource Manager. Elsewhere a custom role must name each action: {spelled_out|?}."},
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=(
            Fix("Name the actions in the custom role '{assigned_role}'. Everyone who has the role can then do what its "
                "wildcards were meant to allow." + OWNERS, "registryOwner",
                (("az", "role", "definition", "update", "--role-definition", "{spelled_out_role}"),)),
            *_assign("Grant a role that allows the action: 'AcrPush' to push, 'AcrDelete' to delete. With ABAC "
                     "repository permissions: 'Container Registry Repository Writer' to push, 'Container Registry "
                     "Repository Contributor' to delete, 'Container Registry Repository Catalog Lister' to list "
                     "repositories.")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The identity has no access to content at all. Signing in usually fails, "
                                             "too.",
            "ROLE_ASSIGNMENT_CONDITION_ERROR": "The role allows the action, but its condition excludes the repository.",
            "DOCKER_CREDENTIAL_LIMITED_WARNING": "The role allows the action. The login that the client has stored is "
                                                 "another identity's and does not.",
            "SCOPE_MAP_ERROR": "The credential is a repository-scoped token, to which roles do not apply."},
        docs=ROLES, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_MODE_ERROR",
        title="Role not honoured in the registry's mode",
        meaning="The role would grant the action in the registry's other role assignment mode. With ABAC repository "
                "permissions, AcrPull, AcrPush, AcrDelete, Owner, Contributor and Reader give no access to content. "
                "With registry permissions, the Container Registry Repository roles give none.",
        how_found="The registry's roleAssignmentMode is read, and a role in force has the operation that the other "
                  "mode requires. Never reported if Azure Resource Manager does not show the mode.",
        message="{assignment} does not let {whom} {actions}: the registry's role assignment mode '{mode}' ignores this "
                "role. In this mode, {roles} would.{still_denied|}",
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Grant a role that counts in the registry's mode. With ABAC repository permissions: 'Container "
                      "Registry Repository Reader', 'Container Registry Repository Writer' or 'Container Registry "
                      "Repository Contributor'. Otherwise: 'AcrPull', 'AcrPush' or 'AcrDelete'.",
                      depends_on_mode=False),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No role would grant the action in either mode.",
            "ROLE_ASSIGNMENT_CONDITION_ERROR": "The mode honours the role, but its condition is not met."},
        docs=REPOSITORY_PERMISSIONS, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_CONDITION_ERROR",
        title="Condition excludes the repository",
        meaning="The role assignment allows the action and counts in the registry's mode, but its condition excludes "
                "this repository.",
        how_found="The role assignment's condition is evaluated for the action and the repository's name, if the "
                  "registry's mode is known.",
        message="{assignment} would let {whom} {actions}, but its condition excludes {where}: {condition|}"
                "{still_denied|}",
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=(
            *_own_or_owners("Widen the condition of role assignment {assignment_name} to include '{repository}'.",
                            ("az", "role", "assignment", "update", "--role-assignment", "{widened_assignment}")),
            *_own_or_owners("Grant the role '{role}' on {registry|the registry}, limited to '{repository}'. Leave the "
                            "existing condition as it is: it also applies to others or to other registries.",
                            (*_create("{role}"), "--condition", "{repository_condition}", "--condition-version",
                             "2.0")),
            Fix("Change the condition of the role assignment to include the repository. A prefix needs its trailing "
                "slash, and conditions compare the repository's full name.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_MODE_ERROR": "The registry's mode does not honour the role, with or without a condition.",
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The role does not allow the action on any repository."},
        docs=REPOSITORY_PERMISSIONS, explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_SCOPE_ERROR",
        title="The role is on another scope",
        meaning="The identity has a role that would grant the action, but on another registry or a scope that does not "
                "include this one.",
        how_found="The role assignments of the whole subscription are listed if no role at or above the registry gives "
                  "access to its content.",
        message="{assignment} would let {whom} {actions}, but it does not apply to {where}, and no role "
                "there does.{still_denied|}",
        looks_like=LOOKS_REFUSED,
        fixes=_assign("Grant the role on this registry, its resource group or its subscription."),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No suitable role was found anywhere.",
            "REGISTRY_SUBSCRIPTION_ERROR": "The registry itself is looked up in the wrong subscription."},
        docs=ROLE_DOCS + "scope-overview", explains=REFUSALS),
    Code(
        code="ROLE_ASSIGNMENT_PRINCIPAL_ERROR",
        title="The role is assigned to the wrong id",
        meaning="A suitable role is assigned on the registry, but to this identity's client id or to a deleted object "
                "of the same name. Only roles assigned to the current object id count.",
        how_found="All role assignments at and above the registry are listed, and their principals are compared with "
                  "the identity's ids. Microsoft Graph shows which were deleted and what they were called.",
        message="'{assigned_role|?}' on {assigned_scope|?} would let {whom} {actions}, but it is assigned to "
                "{assigned_principal|?} ({tie}). Only roles assigned to the object id count.{still_denied|}",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("Your role '{assigning_role}' lets you do this yourself: grant the role '{role}' to the object id, "
                "then delete role assignment {assignment_name}, which has no effect.", "you",
                (_create("{role}"), ("az", "role", "assignment", "delete", "--ids", "{assignment_id}"))),
            Fix("Grant the role '{role}' to the object id of {user_name|this identity}, then delete role assignment "
                "{assignment_name}, which has no effect." + OWNERS, "registryOwner",
                (_create("{role}"), ("az", "role", "assignment", "delete", "--ids", "{assignment_id}"))),
            Fix("Assign the role to the identity's object id.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No assignment to a wrong id can be linked to this identity.",
            "CREDENTIAL_USERNAME_ERROR": "The wrong id is used as the user name at sign-in, not in the role "
                                         "assignment.",
            "KUBELET_IDENTITY_ERROR": "The identity with which the nodes pull is deleted or not attached."},
        docs=TROUBLESHOOTING, explains=REFUSALS),
    Code(
        code="DENY_ASSIGNMENT_ERROR",
        title="A deny assignment blocks the action",
        meaning="Roles grant the action, but a deny assignment overrides them. Managed applications, deployment stacks "
                "and blueprints create deny assignments that only they can remove.",
        how_found="Deny assignments at and above the registry are listed and matched with the identity, its groups, "
                  "the excluded principals and the operation.",
        message="The deny assignment '{denial|?}' on {denial_scope|?} does not let {whom} {actions} on {where}, "
                "although {assignment} would.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            *LIFT_DENIAL,
            Fix("Exclude this identity from the deny assignment.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "No role grants the action in the first place.",
            "CONNECTIVITY_FORBIDDEN_ERROR": "The registry's firewall refuses the address with status 403."},
        docs=ROLE_DOCS + "deny-assignments", explains=REFUSALS),
    Code(
        code="ROLE_NOT_ACTIVATED_ERROR",
        title="The eligible role is not activated",
        meaning="Privileged Identity Management makes the identity eligible for a role that would grant the action. "
                "The role counts only while it is activated.",
        how_found="The identity's eligible roles at and above the registry are listed if no role in force grants the "
                  "action.",
        message="{who} {are} eligible for {assignment}, which would let {them} {actions} on {where}, but {have} not "
                "activated it.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix(f"Activate the role '{{own_eligible_role}}' on {ACTIVATING} Then sign in to the registry again."),
            Fix(f"Have '{{eligible_user}}' activate the role '{{assigned_role}}' on {ACTIVATING} After that, "
                "'{eligible_user}' signs in to the registry again.", "serviceOwner"),
            Fix("Assign the role '{role}' on {registry|the registry} as an active one: only people activate eligible "
                "roles." + OWNERS, "registryOwner", (_create("{role}"),)),
            Fix("Activate the role in the Azure portal: Privileged Identity Management > My roles > Azure resources. "
                "Then sign in to the registry again.")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "The identity has no eligible role either.",
            "ROLE_PROPAGATION_ERROR": "The role was activated minutes ago."},
        docs="https://learn.microsoft.com/entra/id-governance/privileged-identity-management/"
             "pim-resource-roles-activate-your-roles",
        explains=REFUSALS),
    Code(
        code="ROLE_PROPAGATION_ERROR",
        title="The role has not taken effect yet",
        meaning="The role assignments grant the action, but the registry does not know it yet. A change takes up to "
                "ten minutes in Azure Resource Manager and up to ten more in the registry. It can take several hours "
                "for data actions assigned on a management group, and 24 hours for a managed identity that has its "
                "role through a group.",
        how_found="All roles, conditions and deny assignments were evaluated and grant the action, but the registry "
                  "refuses it. Every matching assignment or activation is younger than such a change can take.",
        message="{assignment} lets {whom} {actions} and was assigned or changed {age}. The registry does not honour it "
                "yet: this can take {delay}.",
        looks_like=LOOKS_REFUSED,
        fixes=(
            Fix("Sign in as {given_user} again after {ready_at}. Credentials stored before that do not include the "
                "role.", "you", (("{client|docker}", "login", "{login_server}", "--username", "{given_user}"),)),
            Fix("Sign in again after {ready_at}. Credentials stored before that do not include the role.", "you",
                (SIGN_IN,)),
            Fix("Wait until the registry knows the role, usually for 20 minutes. Then sign in again.")),
        confused_with={
            "ROLE_ASSIGNMENT_MISSING_ERROR": "No role grants the action.",
            "ROLE_NOT_ACTIVATED_ERROR": "The role is eligible, not active."},
        docs=TROUBLESHOOTING, explains=REFUSALS),
    Code(
        code="SCOPE_MAP_ERROR",
        title="The scope map lacks the permission",
        meaning="The credential is a repository-scoped token, and its scope map does not include the repository or the "
                "action. Pushing needs content/read and content/write. Such tokens can never list a registry's "
                "repositories.",
        how_found="The token's scope map is read from Azure Resource Manager, or the registry's access token for the "
                  "credential lacks the action.",
        message={
            "read": ("The scope map '{token_scope_map|(unknown)}' of token '{user_name|?}' does not allow {lacking}",
                     WhenKnown((" on repository '{repository}'",)), ".", WhenKnown((" It allows: {allowed}.",))),
            "unread": "The registry accepts the token '{user_name|?}' but does not grant it {lacking} on repository "
                      "'{repository}'. Its scope map cannot be read."},
        looks_like=("denied: requested access to the resource is denied", *LOOKS_REFUSED[:1]),
        fixes=(
            Fix(f"Add the missing actions {WIDENED}", "registryOwner",
                ((*WIDEN_SCOPE_MAP, "{scope_map_action}", *(WhenKnown((f"{{{nth}_scope_map_action}}",)) for nth in (
                    "second", "third", "fourth", "fifth"))),)),
            Fix("Give the token '{token_name}' the scope map '{wider_scope_map}', which Azure provides for all "
                "repositories. Its current map, '{system_scope_map}', is also Azure's and cannot be changed.",
                "registryOwner",
                (("az", "acr", "token", "update", "--name", "{token_name}", "--registry", "{registry}",
                  "--subscription", "{subscription}", "--scope-map", "{wider_scope_map}"),)),
            Fix("Give the token '{token_name}' another scope map. The ones that Azure provides, such as "
                "_repositories_pull or _repositories_push, include all repositories.", "registryOwner",
                (("az", "acr", "scope-map", "list", "--registry", "{registry}", "--subscription", "{subscription}",
                  "--output", "table"),)),
            Fix("Provide a token whose scope map includes the repository and the action.", "registryOwner")),
        confused_with={
            "ROLE_ASSIGNMENT_INSUFFICIENT_ERROR": "The credential is an Entra identity, to which roles apply.",
            "TOKEN_DISABLED_ERROR": "The token cannot sign in at all."},
        docs=TOKENS, explains=REFUSALS),
    Code(
        code="ARM_READ_WARNING",
        title="Missing permission to view or manage the registry",
        meaning="You asked about viewing or managing the registry in the portal or the CLI, and Azure Resource Manager "
                "does not allow it. Pulling and pushing do not depend on it.",
        how_found="Roles at and above the registry, or the login's own permissions on it, lack "
                  "Microsoft.ContainerRegistry/registries/read or write, or a deny assignment blocks them.",
        message={
            "no-role": "{who} cannot {actions} {where} in Azure Resource Manager: no role allows it.",
            "denied": "{who} cannot {actions} {where} in Azure Resource Manager: the deny assignment '{denial|?}' "
                      "forbids it.",
            "unseen": "{who} cannot {actions} registry '{registry|(unknown)}': Azure Resource Manager does not show it "
                      "in any of this login's subscriptions.",
            "registry-identity": "'{user_name|?}' exists in the registry only and cannot {actions} it in Azure "
                                 "Resource Manager."},
        looks_like=(
            "The resource with name 'myregistry' and type 'Microsoft.ContainerRegistry/registries' could not be found",
            "does not have authorization to perform action 'Microsoft.ContainerRegistry/registries/read'"),
        fixes=(
            *LIFT_DENIAL,
            Fix("View and manage the registry with an Entra identity. '{registry_user}' is known to the registry "
                "alone, and Azure Resource Manager gives it no role.", "you", (("az", "login"),)),
            Fix("Grant the role '{arm_role}' on registry {registry} to {user_name|this identity}. It gives no access "
                "to images.", "registryOwner"),
            *_assign("Grant the role 'Container Registry Configuration Reader and Data Access Configuration Reader' on "
                     "the registry to view it. To manage it, grant 'Container Registry Contributor and Data Access "
                     "Configuration Administrator'. Neither role gives access to images.",
                     depends_on_mode=False, of_content=False)[1:]),
        confused_with={
            "REGISTRY_NOT_VISIBLE_WARNING": "You did not ask about viewing the registry. Without it, the diagnosis has "
                                            "less to go on.",
            "REGISTRY_NOT_FOUND_ERROR": "No registry has that name."},
        docs=ROLES),
]
