# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The pure half of the check role-assignments: turns what roles and registry grant into findings."""

import json
from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

from azext_acrlogin.checks._role_evidence import RoleAssignmentsEvidence
from azext_acrlogin.checks._role_words import PLAIN, RoleWords, described, who
from azext_acrlogin.engine.model import Because, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.protocol.role_decisions import Cause, Standing, least_roles
from azext_acrlogin.protocol.roles import (
    ABAC, ARM_OPERATIONS, CONTENT_ACTIONS, LEGACY, RoleAssignment, last_segment, operation_of, operations_of,
    same_scope)
from azext_acrlogin.protocol.three_valued import Truth


READ = "Microsoft.Authorization/roleAssignments/read"
PROPAGATION_SECONDS = 20 * 60  # ten minutes in Resource Manager and ten in the registry, by their documentation
PRINCIPAL_TYPES = {"user": "User", "servicePrincipal": "ServicePrincipal", "managedIdentity": "ServicePrincipal",
                   "group": "Group"}
# What a client needs beside an action itself: it pulls before it pushes, and looks at what there is.
COMPANIONS = {"pull": ("pull", "metadata-read"), "push": ("push", "pull", "metadata-read")}
ARM_ROLES = {"view": "Reader", "manage": "Container Registry Contributor and Data Access Configuration Administrator"}
# The fixes of these give a role for everything that is lacking, so that a plainer finding beside them adds nothing.
COVERING = ("ROLE_ASSIGNMENT_MODE_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR")


def judge(asked: Question, evidence: RoleAssignmentsEvidence, found: Inputs) -> Judgement:
    """What the registry itself grants wins; the roles explain what it refuses, or decide where it was not asked."""
    if evidence.identity_type in ("adminUser", "token", "anonymous"):
        reason = f"roles do not apply to the identity type {evidence.identity_type}"
        wanted = [action for action in asked.actions if action in ARM_OPERATIONS]
        if wanted:
            message = (f"'{asked.username}' is known to the registry alone, and may not {' or '.join(wanted)} the "
                       "registry in Resource Manager.")
            return Judgement(message, (Finding("ARM_READ_WARNING", message),))
        return Judgement(f"Role assignments not looked at: {reason}.", skipped=Because(reason))
    if not evidence.object_id:
        return Judgement("Whose role assignments to look for is not known.",
                         unknown=Because("the identity's object id is not known", check="identity"))
    said = what_the_registry_says(asked, found)
    if evidence.standing is None:
        return _judge_unseen(asked, evidence, found, said)
    return _Judge(asked, evidence, found, evidence.standing, said).judgement()


def what_the_registry_says(asked: Question, found: Inputs) -> Dict[str, bool]:
    """Content actions that the registry has granted or refused to the identity in this run.

    It speaks of an --assignee never, and of a --username by its access token; a refusal of that may be the secret's
    fault and counts only when Entra has accepted the secret.
    """
    if asked.assignee:
        return {}
    access = found.get("access-token")
    if _refused(asked, found):
        return dict.fromkeys(CONTENT_ACTIONS, False)
    return dict(access.granted) if access else {}


def _refused(asked: Question, found: Inputs) -> bool:
    """Whether the registry refuses to sign the identity in."""
    refresh, access, credential = (found.get(name) for name in ("refresh-token", "access-token", "credential"))
    if asked.username:
        return bool(credential and credential.entra_accepts and access and access.status == 401)
    return bool(refresh and refresh.status == 401) or bool(access and access.status == 401)


def _judge_unseen(asked: Question, evidence: RoleAssignmentsEvidence, found: Inputs, said: Dict[str, bool]) -> Judgement:
    """Resource Manager shows no registry, so there is nothing to look at but the current subscription's assignments."""
    unread = evidence.unread[0] if evidence.unread else None
    content = [action for action in asked.actions if action in CONTENT_ACTIONS]
    name = found["registry"].name
    findings = _unseen_arm(asked, evidence, found)
    if evidence.in_subscription is None:
        reason = unread.reason if unread else "nothing could be read"
        permission = unread.permission if unread else READ
        granted = " The access token grants what was asked about." if _all_granted(content, said) else ""
        message = f"The role assignments on registry '{name}' cannot be read: {reason}.{granted}"
        return Judgement(findings[0].message if findings else message, tuple(findings),
                         unknown=Because(reason, permission=permission))
    seen = f"the {len(evidence.in_subscription)} role assignment(s) of subscription {evidence.subscription_searched}"
    on_namesake = any(last_segment(assignment.scope).lower() == (name or "").lower()
                      for assignment in evidence.in_subscription)
    searched = all(problem.reachable for problem in found["registry"].problems)
    refused = bool(content) and all(said.get(action) is False for action in content) and not any(said.values())
    if refused and searched and not on_namesake and not _may_reach(evidence):
        findings.insert(0, _missing_unseen(evidence, found, seen))
    message = f"Resource Manager shows no registry '{name}', so what {seen} grant on it is not known."
    unknown = None if _all_granted(content, said) else Because(
        "the registry's own role assignments cannot be read", check="registry",
        permission="Microsoft.ContainerRegistry/registries/read")
    return Judgement(findings[0].message if findings else message, tuple(findings), unknown=unknown)


def _all_granted(content: List[str], said: Dict[str, bool]) -> bool:
    return all(said.get(action) for action in content)


def _may_reach(evidence: RoleAssignmentsEvidence) -> bool:
    """Whether a role for content is assigned on a scope that the registry, which is not to be seen, may lie in."""
    operations = [operation for action in CONTENT_ACTIONS for operation in operations_of(action, None)]
    return any(assignment.names(operation) for operation in operations
               for assignment in evidence.in_subscription or []
               if "/registries/" not in assignment.scope.lower())


def _missing_unseen(evidence: RoleAssignmentsEvidence, found: Inputs, seen: str) -> Finding:
    registry = found["registry"]
    operations = [operation for action in CONTENT_ACTIONS for operation in operations_of(action, None)]
    elsewhere = next((assignment for assignment in evidence.in_subscription or []
                      if any(assignment.names(operation) for operation in operations)), None)
    other = ""
    if elsewhere:
        other = f"; one gives access to registries elsewhere ({described(elsewhere, evidence.object_id)})"
    message = (f"{who(found, evidence.object_id)} has no role that is known to reach registry '{registry.name}': "
               f"the registry refuses it, Resource Manager does not show the registry, and none of {seen} is on "
               f"it{other}. The other possibility is that the registry trusts another tenant.")
    facts = {"registry": registry.name or "", "login_server": registry.login_server or "",
             "object_id": evidence.object_id or "", "principal_type": PRINCIPAL_TYPES.get(evidence.identity_type or "")}
    return Finding("ROLE_ASSIGNMENT_MISSING_ERROR", message, {key: value for key, value in facts.items() if value})


def _unseen_arm(asked: Question, evidence: RoleAssignmentsEvidence, found: Inputs) -> List[Finding]:
    """The registry answers, Resource Manager answers, and does not show it: it is not to be viewed or managed."""
    refresh = found.get("refresh-token")
    hidden = [access.action for access in evidence.access_by_roles if access.granted is False]
    wanted = [action for action in asked.actions if action in hidden]
    if not wanted or refresh is None or refresh.status not in (200, 401):
        return []
    message = (f"{who(found, evidence.object_id)} may not {' or '.join(wanted)} registry '{found['registry'].name}': "
               "Resource Manager shows it in none of this login's subscriptions.")
    return [Finding("ARM_READ_WARNING", message, {"registry": found["registry"].name or ""})]


@dataclass
class _Judge:
    """Judges one registry that Resource Manager shows."""

    asked: Question
    evidence: RoleAssignmentsEvidence
    found: Inputs
    standing: Standing
    said: Dict[str, bool]

    def __post_init__(self):
        self._words = RoleWords(self.evidence, self.found, self.standing, self.said)

    def judgement(self) -> Judgement:
        """Findings, or what stays unknown, or that all is well."""
        lacking = [action for action in self._content() if self._granted(action) is False
                   and self.evidence.decisions[action].granted is False]
        findings = self._explained(lacking) + self._arm_findings()
        contradicted = [action for action in self._content()
                        if self.evidence.decisions[action].granted and self.said.get(action) is False]
        propagation = self._propagation(contradicted) if contradicted and not lacking else None
        if propagation:
            findings.append(propagation)
        unknown = self._unknown(lacking, [] if propagation else contradicted)
        if findings:
            return Judgement(findings[0].message, tuple(findings), unknown=unknown)
        if unknown:
            return Judgement(self._unknown_message(unknown, contradicted), unknown=unknown)
        return Judgement(self._passed())

    def _content(self) -> List[str]:
        """Actions on content that were asked about; signing in needs one of them, whatever the question is."""
        wanted = [action for action in self.asked.actions if action in CONTENT_ACTIONS]
        return wanted or (["pull"] if _refused(self.asked, self.found) else [])

    def _granted(self, action: str) -> Truth:
        """The registry's word on an action, else the roles'."""
        return self.said.get(action, self.evidence.decisions[action].granted)

    # -- What is not granted, and why --

    def _explained(self, lacking: List[str]) -> List[Finding]:
        causes: Dict[Tuple[str, int, int], Tuple[Cause, List[str]]] = {}
        for action in lacking:
            cause = self.standing.cause(action)
            key = (cause.code, id(cause.assignment), id(cause.denial))
            causes.setdefault(key, (cause, []))[1].append(action)
        covered = any(cause.code in COVERING for cause, _ in causes.values())
        return [self._finding(cause, actions, lacking) for cause, actions in causes.values()
                if not (covered and cause.code in PLAIN)]

    def _finding(self, cause: Cause, actions: List[str], lacking: List[str]) -> Finding:
        facts = {**self._facts(lacking), **self._facts_of(cause, actions)}
        return Finding(cause.code, self._words.of(cause, actions), facts)

    def _arm_findings(self) -> List[Finding]:
        refused = [action for action in self.asked.actions
                   if action in ARM_OPERATIONS and self.evidence.decisions[action].granted is False]
        if not refused:
            return []
        denial = next((self.evidence.decisions[action].denied_by for action in refused
                       if self.evidence.decisions[action].denied_by), None)
        reason = f"the deny assignment '{denial.name}' takes it away" if denial else "no role grants it"
        message = (f"{self._words.who()} may not {' or '.join(refused)} {self._words.registry()} in Resource Manager: "
                   f"{reason}.")
        facts = {} if denial else {**self._facts([]), "role": ARM_ROLES["manage" if "manage" in refused else "view"]}
        return [Finding("ARM_READ_WARNING", message, facts)]

    # -- Granted by the roles, refused by the registry --

    def _propagation(self, actions: List[str]) -> Optional[Finding]:
        """Found only when all that grants one of the actions is so young that the registry may not know it yet."""
        granting = [self.standing.granting(action) for action in actions]
        if not all(entries and all(map(self._is_young, entries)) for entries in granting):
            return None
        newest = max((entry for entries in granting for entry in entries), key=lambda entry: entry.newest_change or 0)
        minutes = max(0, int((self.evidence.now - newest.newest_change) // 60))
        age = f"{minutes} minute(s) ago" if minutes else "less than a minute ago"
        message = (f"{self._words.described(newest)} grants {', '.join(actions)} to {self._words.who()} and was "
                   f"assigned or changed {age}; the registry does not honour it yet, which can take up to 20 minutes.")
        return Finding("ROLE_PROPAGATION_ERROR", message, {**self._facts([]), "assigned_role": newest.role_name})

    def _is_young(self, assignment: RoleAssignment) -> bool:
        changed = assignment.newest_change
        return changed is not None and self.evidence.now - changed < PROPAGATION_SECONDS

    # -- What stays open --

    def _unknown(self, lacking: List[str], contradicted: List[str]) -> Optional[Because]:
        decisions = self.evidence.decisions
        unreadable = self.standing.in_force is None
        open_ones = [decisions[action] for action in self.asked.actions if decisions[action].granted is None
                     and (unreadable or not self.said.get(action))]
        unread = self.evidence.unread[0] if self.evidence.unread else None
        if open_ones:
            reason = unread.reason if unread and unreadable else open_ones[0].reason
            return Because(f"{reason}; {', '.join(decision.action for decision in open_ones)} is undecided",
                           permission=unread.permission if unread else None)
        if contradicted:
            refresh = self.found.get("refresh-token")
            refusing = "credential" if self.asked.username else (
                "refresh-token" if refresh and refresh.status == 401 else "access-token")
            return Because(f"the roles grant {', '.join(contradicted)} and the registry refuses it", check=refusing,
                           permission=unread.permission if unread else None)
        if lacking and unread:
            return Because(f"{unread.what}: {unread.reason}", permission=unread.permission)
        return None

    def _unknown_message(self, unknown: Because, contradicted: List[str]) -> str:
        if contradicted and unknown.check:
            by = self.evidence.decisions[contradicted[0]].by
            age = ("no assignment is so new that the registry may not know it yet" if by and by.newest_change else
                   "whether that is so new that the registry may not know it yet cannot be read")
            return (f"{self._words.described(by)} grants {', '.join(contradicted)} to {self._words.who()}, and the "
                    f"registry refuses it all the same; {age}.")
        granted = " The access token grants what was asked about." if _all_granted(self._content(), self.said) else ""
        return (f"What the roles of {self._words.who()} grant on {self._words.where()} is not known: "
                f"{unknown.reason}.{granted}")

    def _passed(self) -> str:
        decisions = [self.evidence.decisions[action] for action in self.asked.actions]
        by = list(dict.fromkeys(decision.by.role_name for decision in decisions if decision.granted and decision.by))
        asked = ", ".join(self.asked.actions)
        if all(decision.granted for decision in decisions):
            through = f" ({', '.join(by)})" if by else ""
            return f"Roles of {self._words.who()} on {self._words.where()} grant {asked}{through} : OK"
        return f"The registry itself grants {asked} on {self._words.where()} to {self._words.who()} : OK"

    # -- Words and facts --

    def _facts(self, lacking: List[str]) -> Dict[str, str]:
        """Values for the fixes: who, where, and the roles that give everything that is lacking."""
        registry, identity = self.found["registry"], self.found.get("identity")
        may_assign = self.standing.may_assign_roles() if self.evidence.is_own else None
        facts = {
            "registry": registry.name, "registry_id": self.standing.scope, "scope": self.standing.scope,
            "login_server": registry.login_server, "subscription": registry.subscription_id,
            "resource_group": registry.resource_group, "tenant": registry.tenant_id, **registry.sign_in_options,
            "object_id": self.evidence.object_id,
            "principal_type": PRINCIPAL_TYPES.get(self.evidence.identity_type or ""),
            "user_name": identity.name if identity else None,
            "application_id": identity.client_id if identity else None, "repository": self.standing.repository,
            **self._facts_of_roles(lacking), "assigning_role": may_assign.role_name if may_assign else None,
            "action": ", ".join(lacking)}
        return {key: value for key, value in facts.items() if value}

    def _facts_of_roles(self, lacking: List[str]) -> Dict[str, Optional[str]]:
        """The roles that give what is lacking; where the mode is not known, those of either mode."""
        def two(mode: str) -> List[Optional[str]]:
            return [*least_roles(lacking, mode), None, None][:2]
        if self.standing.mode:
            return dict(zip(("role", "second_role"), two(self.standing.mode)))
        return dict(zip(("registry_role", "second_registry_role", "repository_role", "second_repository_role"),
                        two(LEGACY) + two(ABAC)))

    def _facts_of(self, cause: Cause, actions: List[str]) -> Dict[str, str]:
        """Values for the fixes that come from the assignment which shows the cause."""
        facts: Dict[str, str] = {}
        assignment, denial = cause.assignment, cause.denial
        limited_stray = cause.code == "ROLE_ASSIGNMENT_PRINCIPAL_ERROR" and assignment.condition
        if assignment and not limited_stray:  # the same role without its condition would let in everywhere
            facts = {"assigned_role": assignment.role_name, "assigned_scope": assignment.scope,
                     "assignment_id": assignment.id, "assignment_name": last_segment(assignment.id)}
        if cause.code == "ROLE_ASSIGNMENT_CONDITION_ERROR" and self.standing.repository:
            facts.update(self._facts_of_condition(assignment, actions))
        if denial:
            kind = "protected_deny_assignment" if denial.is_protected else "deny_assignment"
            facts.update({f"{kind}_name": denial.name, f"{kind}_id": denial.id, f"{kind}_scope": denial.scope})
        return {key: value for key, value in facts.items() if value}

    def _facts_of_condition(self, assignment: RoleAssignment, actions: List[str]) -> Dict[str, str]:
        """The widened assignment, where it is to this very identity and on this registry.

        Elsewhere a condition for an assignment beside it: others, or other registries, would be let in as well.
        """
        name = (self.standing.repository or "").replace("'", "''")
        mine = f"@Request[Microsoft.ContainerRegistry/registries/repositories:name] StringEquals '{name}'"
        if assignment.id and not assignment.condition:  # then the condition is part of the role
            return {}
        if assignment.principal_id != self.standing.object_id.lower() or not same_scope(
                assignment.scope, self.standing.scope) or not assignment.id:
            return {"repository_condition": f"({mine})"}
        needed = dict.fromkeys(operation_of(companion, self.standing.mode).name for action in actions
                               for companion in COMPANIONS.get(action, (action,)))
        operations = " OR ".join(f"ActionMatches{{'{operation}'}}" for operation in needed)
        return {"widened_assignment": json.dumps({
            "scope": assignment.scope, "name": last_segment(assignment.id), "conditionVersion": "2.0",
            "condition": f"({assignment.condition.strip()}) OR (({operations}) AND {mine})"})}
