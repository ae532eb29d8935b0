# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The pure half of the check role-assignments: turns what roles and registry grant into findings."""

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Tuple

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.role_assignments.fixing import (
    facts_of_cause, facts_of_denial, facts_of_service, facts_of_standing, needed_operations, spelled_out)
from azext_acrlogin.checks.role_assignments.unseen import judge_unseen
from azext_acrlogin.checks.role_assignments.words import PLAIN, RoleWords, ago, doing
from azext_acrlogin.engine.model import Because, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.role_assignments import RoleAssignmentsEvidence
from azext_acrlogin.protocol.propagation import Delay, delay_of
from azext_acrlogin.protocol.role_decisions import Cause, Standing, arm_role
from azext_acrlogin.protocol.roles import ARM_OPERATIONS, CONTENT_ACTIONS, RoleAssignment
from azext_acrlogin.protocol.three_valued import Truth
from azext_acrlogin.protocol.times import clock_text

# The fixes of these give a role for everything that is lacking, so that a plainer finding beside them adds nothing.
COVERING = ("ROLE_ASSIGNMENT_MODE_ERROR", "ROLE_ASSIGNMENT_SCOPE_ERROR")


def judge(asked: Question, evidence: RoleAssignmentsEvidence, inputs: Inputs) -> Judgement:
    """What the registry itself grants wins; the roles explain what it refuses, or decide where it was not asked."""
    if evidence.identity_type in ("adminUser", "token", "anonymous"):
        reason = f"roles do not apply to this kind of identity ({evidence.identity_type})"
        wanted = [action for action in asked.actions if action in ARM_OPERATIONS]
        if wanted:
            return Judgement.of(Finding.of("ARM_READ_WARNING", {
                "user_name": asked.username, "registry_user": asked.username, "actions": doing(wanted, "or")},
                "registry-identity"))
        return Judgement(f"Role assignments not checked: {reason}.", skipped=Because(reason))
    if not evidence.object_id:
        return Judgement("Role assignments not checked: the identity's object id is unknown.",
                         unknown=Because("the identity's object id is unknown", check="identity"))
    said = what_the_registry_says(asked, inputs)
    if evidence.standing is None:
        return judge_unseen(asked, evidence, inputs, said)
    return _Judge(asked, evidence, inputs, evidence.standing, said).judgement()


def what_the_registry_says(asked: Question, inputs: Inputs) -> Dict[str, bool]:
    """Content actions that the registry has granted or refused to the identity in this run.

    It speaks of an --assignee never, and of a --username by its access token; a refusal of that may be the secret's
    fault and counts only when Entra has accepted the secret.
    """
    if asked.assignee:
        return {}
    access = inputs.get(AccessTokenEvidence)
    if _refused(asked, inputs):
        return dict.fromkeys(CONTENT_ACTIONS, False)
    return dict(access.granted) if access else {}


def _refused(asked: Question, inputs: Inputs) -> bool:
    """Whether the registry refuses to sign the identity in."""
    refresh, access = inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence)
    credential = inputs.get(CredentialEvidence)
    if asked.username:
        return bool(credential and credential.entra_accepts and access and access.status == 401)
    return bool(refresh and refresh.status == 401) or bool(access and access.status == 401)


@dataclass
class _Judge:
    """Judges one registry that Resource Manager shows."""

    asked: Question
    evidence: RoleAssignmentsEvidence
    inputs: Inputs
    standing: Standing
    said: Dict[str, bool]

    def __post_init__(self) -> None:
        self._registry, self._identity = self.inputs.of(RegistryEvidence), self.inputs.get(IdentityEvidence)
        self._decisions = self.evidence.decisions
        if any(self.said.get(action) and self.standing.by_wildcard(action) for action in CONTENT_ACTIONS):
            self.standing = replace(self.standing, wildcards=True)  # the registry has just shown that it honours them
            self._decisions = {action: self.standing.decide(action) for action in self._decisions}
        self._words = RoleWords(self.evidence, self.standing, self._identity, self._registry.name, self.said)

    def judgement(self) -> Judgement:
        """Findings, or what stays unknown, or that all is well."""
        lacking = [action for action in self._content() if self._granted(action) is False
                   and self._decisions[action].granted is False]
        unhonoured = self._unhonoured_wildcards()
        findings = self._explained(lacking) + unhonoured + self._arm_findings()
        contradicted = [action for action in self._content()
                        if self._decisions[action].granted and self.said.get(action) is False]
        propagation = self._propagation(contradicted) if contradicted and not lacking else None
        if propagation:
            findings.append(propagation)
        unknown = self._unknown(lacking, [] if propagation else contradicted, bool(unhonoured))
        if findings:
            return Judgement.of(*findings, unknown=unknown)
        if unknown:
            return Judgement(self._unknown_message(unknown, contradicted), unknown=unknown)
        return Judgement(self._passed())

    def _content(self) -> List[str]:
        """Actions on content that were asked about.

        Where none was, and signing in is refused: pulling, since some access to content is what a sign-in takes, unless
        a role for the registry's configuration is there.
        """
        wanted = [action for action in self.asked.actions if action in CONTENT_ACTIONS]
        by_content = _refused(self.asked, self.inputs) and not self.standing.signs_in_without_content()
        return wanted or (["pull"] if by_content else [])

    def _granted(self, action: str) -> Truth:
        """The registry's word on an action, else the roles'."""
        return self.said.get(action, self._decisions[action].granted)

    # -- What is not granted, and why --

    def _explained(self, lacking: List[str]) -> List[Finding]:
        causes: Dict[Tuple[str, int, int], Tuple[Cause, List[str]]] = {}
        for action in lacking:
            cause = self.standing.cause(action)
            key = (cause.code, id(cause.assignment), id(cause.denial))
            causes.setdefault(key, (cause, []))[1].append(action)
            if denial := self.standing.denial_after_activation(action, cause):
                blocked = Cause("DENY_ASSIGNMENT_ERROR", cause.assignment, denial)
                causes.setdefault((blocked.code, id(cause.assignment), id(denial)), (blocked, []))[1].append(action)
        covered = any(cause.code in COVERING for cause, _ in causes.values())
        return [self._finding(cause, actions, lacking) for cause, actions in causes.values()
                if not (covered and cause.code in PLAIN)]

    def _finding(self, cause: Cause, actions: List[str], lacking: List[str]) -> Finding:
        return Finding.of(cause.code, {**self._words.of(cause, actions), **self._facts(lacking),
                                       **facts_of_cause(self.evidence, self._identity, self.standing, cause, actions)},
                          "seen")

    def _facts(self, lacking: List[str]) -> Facts:
        return {**facts_of_standing(self.evidence, self.standing, self._registry, self._identity, lacking),
                **facts_of_service(self.inputs.get(AssigneeEvidence), self.standing, lacking)}

    def _arm_findings(self) -> List[Finding]:
        refused = [action for action in self.asked.actions
                   if action in ARM_OPERATIONS and self._decisions[action].granted is False]
        if not refused:
            return []
        denial = next((self._decisions[action].denied_by for action in refused
                       if self._decisions[action].denied_by), None)
        facts: Facts = {**self._words.subject(), "actions": doing(refused, "or"), "where": self._words.registry()}
        if denial:
            return [Finding.of("ARM_READ_WARNING", {**facts, "denial": denial.name, **facts_of_denial(denial)},
                               "denied")]
        return [Finding.of("ARM_READ_WARNING", {**facts, **self._facts([]), "role": arm_role(refused)}, "no-role")]

    def _unhonoured_wildcards(self) -> List[Finding]:
        """The registry refuses what a custom role grants by a wildcard alone.

        A role that is too new would look the same, so nothing is found while it may be.
        """
        by_role: Dict[str, Tuple[RoleAssignment, List[str]]] = {}
        for action in self._content():
            assignment = self.standing.by_wildcard(action) if self.said.get(action) is False else None
            if assignment and self._is_settled(assignment):
                by_role.setdefault(assignment.role_guid, (assignment, []))[1].append(action)
        return [self._unhonoured(assignment, actions) for assignment, actions in by_role.values()]

    def _unhonoured(self, assignment: RoleAssignment, actions: List[str]) -> Finding:
        operations = needed_operations(actions, self.standing.mode)
        facts: Facts = {
            **self._words.subject(), "actions": doing(actions), "where": self._words.where(),
            "assignment": self._words.described(assignment), "assigned_role": assignment.role_name,
            "spelled_out": ", ".join(operation.name for operation in operations)}
        return Finding.of("ROLE_ASSIGNMENT_INSUFFICIENT_ERROR", {
            **facts, **self._facts(actions), "spelled_out_role": spelled_out(assignment.role, operations)}, "wildcard")

    # -- Granted by the roles, refused by the registry --

    def _propagation(self, actions: List[str]) -> Optional[Finding]:
        """Found only when all that grants one of the actions is so young that the registry may not know it yet."""
        granting = [self.standing.granting(action) for action in actions]
        if not all(entry.newest_change is not None and not self._is_settled(entry)
                   for entries in granting for entry in entries) or not all(granting):
            return None
        # One assignment is enough for an action; the slowest action decides.
        first = max((min(entries, key=self._settled_at) for entries in granting), key=self._settled_at)
        return Finding.of("ROLE_PROPAGATION_ERROR", {
            **self._facts([]), "assignment": self._words.described(first), "actions": doing(actions),
            "given_user": self.asked.username,
            **self._words.subject(), "age": ago(self.evidence.now - (first.newest_change or 0)),
            "delay": self._delay(first).words, "ready_at": clock_text(self._settled_at(first), self.evidence.now)})

    def _delay(self, assignment: RoleAssignment) -> Delay:
        return delay_of(assignment, self.standing.object_id, self.evidence.identity_type, self.standing.mode)

    def _settled_at(self, assignment: RoleAssignment) -> float:
        return (assignment.newest_change or 0) + self._delay(assignment).seconds

    def _is_settled(self, assignment: RoleAssignment) -> bool:
        """Whether the registry must know an assignment by now; not while its age is unknown."""
        return assignment.newest_change is not None and self._settled_at(assignment) <= self.evidence.now

    # -- What stays open --

    def _unknown(self, lacking: List[str], contradicted: List[str], is_explained: bool) -> Optional[Because]:
        """:param is_explained: what the roles leave open is explained by a finding."""
        decisions = self._decisions
        unreadable = self.standing.in_force is None
        open_ones = [decisions[action] for action in self.asked.actions if decisions[action].granted is None
                     and (unreadable or not self.said.get(action)) and not is_explained]
        unread = self.evidence.unread[0] if self.evidence.unread else None
        if open_ones:
            reason = unread.reason if unread and unreadable else open_ones[0].reason
            undecided = ", ".join(decision.action for decision in open_ones)
            return Because(f"{reason}, so it is unknown whether {undecided} is allowed",
                           permission=unread.permission if unread else None)
        if contradicted:
            refresh = self.inputs.get(RefreshTokenEvidence)
            refusing = "credential" if self.asked.username else (
                "refresh-token" if refresh and refresh.status == 401 else "access-token")
            return Because(f"the roles allow this identity to {doing(contradicted)}, but the registry refuses it",
                           check=refusing, permission=unread.permission if unread else None)
        if lacking and unread:
            return Because(f"{unread.what}: {unread.reason}", permission=unread.permission)
        return None

    def _unknown_message(self, unknown: Because, contradicted: List[str]) -> str:
        if contradicted and unknown.check:
            by = self._decisions[contradicted[0]].by
            age = ("Its age cannot be read, so the registry may not know it yet."
                   if by is None or by.newest_change is None else
                   "Azure does not show when the membership in the group began, so the registry may not know it yet."
                   if by.principal_id != self.standing.object_id.lower() else
                   "All assignments are old enough for the registry to know them.")
            return (f"{self._words.described(by)} lets {self._words.whom()} {doing(contradicted)}, but the registry "
                    f"refuses it. {age}")
        all_granted = all(self.said.get(action) for action in self._content())
        granted = " The access token grants what you asked about." if all_granted else ""
        return (f"Could not determine what {self._words.whom()} can do on {self._words.where()}: "
                f"{unknown.reason}.{granted}")

    def _passed(self) -> str:
        decisions = [self._decisions[action] for action in self.asked.actions]
        by = list(dict.fromkeys(decision.by.role_name for decision in decisions if decision.granted and decision.by))
        asked = doing(self.asked.actions)
        if all(decision.granted for decision in decisions):
            through = f" ({', '.join(by)})" if by else ""
            return f"The roles on {self._words.where()} let {self._words.whom()} {asked}{through}"
        return f"The registry itself lets {self._words.whom()} {asked} on {self._words.where()}"
