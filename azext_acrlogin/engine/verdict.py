# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The answer to the question: does signing in work, is every action granted, and if not, why."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.engine.access import Access, access
from azext_acrlogin.engine.model import Inputs, Results, Status
from azext_acrlogin.engine.question import Question
from azext_acrlogin.engine.root_causes import Cause, crash_of, order, root_causes
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.assignee import AssigneeEvidence
from azext_acrlogin.evidence.identity import IdentityEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence

CRASH_CODE = "UNEXPECTED_ERROR"
NOBODY = "this identity"  # whose name is not known


@dataclass(frozen=True)
class Verdict:
    """The whole run in one record.

    results: of all checks, in running order.  evidence: theirs.
    causes: independent ones, the one to fix first at the front.
    """

    asked: Question
    results: Results
    evidence: Inputs
    status: Status
    causes: List[Cause]
    error_codes: List[str]
    summary: str
    access: List[Access]


def verdict(asked: Question, results: Results, interrupted: bool = False) -> Verdict:
    """Weigh all results together. :param interrupted: some checks never ended."""
    evidence = Inputs({result.check.evidence: result.evidence for result in results})
    found, results = root_causes(results, evidence)
    granted = access(asked, evidence)
    codes = [cause.finding.code for cause in found]
    if crash_of(results) and CRASH_CODE not in codes:
        codes = sorted([*codes, CRASH_CODE], key=order)
    missing = _missing(asked, evidence, granted)
    status = _status(codes, missing)
    if interrupted and status != Status.FAILED:
        unknown = f", and it is unknown {' and '.join(missing)}" if missing else ""
        return Verdict(asked, results, evidence, Status.UNKNOWN, found, codes,
                       f"Interrupted. No problem was found until then{unknown}.", granted)
    summary = _summary(asked, evidence, status, found, missing, granted)
    return Verdict(asked, results, evidence, status, found, codes, summary, granted)


def _status(codes: List[str], missing: List[str]) -> Status:
    if any(code.endswith("_ERROR") for code in codes):
        return Status.FAILED
    if missing:
        return Status.UNKNOWN
    return Status.WARNING if codes else Status.PASSED


def _missing(asked: Question, evidence: Inputs, granted: List[Access]) -> List[str]:
    """What the question still needs an answer to, in words."""
    missing = [] if asked.assignee or _signed_in(asked, evidence) is not None else ["whether signing in works"]
    unknown = [entry for entry in granted if entry.asked and entry.granted is None]
    undecided = [entry.action for entry in unknown if entry.by is None]
    if undecided:
        missing.append(f"whether {', '.join(undecided)} is granted")
    return missing + [f"whether {entry.action} works, because {entry.by}" for entry in unknown if entry.by]


def _signed_in(asked: Question, evidence: Inputs) -> Optional[bool]:
    if asked.username:
        token = evidence.get(AccessTokenEvidence)
        return token.issued if token and token.status is not None else None
    exchange = evidence.get(RefreshTokenEvidence)
    return exchange.issued if exchange and exchange.status is not None else None


def _summary(asked: Question, evidence: Inputs, status: Status, found: List[Cause], missing: List[str],
             granted: List[Access]) -> str:
    registry = evidence.get(RegistryEvidence)
    server = (registry.login_server if registry else None) or "the registry"
    if status == Status.FAILED and found:
        others = len([cause for cause in found if cause.finding.is_error]) - 1
        more = f" {others} more cause{'s' if others > 1 else ''} must be fixed too." if others > 0 else ""
        return found[0].finding.message + more
    if status == Status.FAILED:
        return "A check failed because of a defect in this tool. The other checks found no problem."
    if status == Status.UNKNOWN:
        named = evidence.get(AssigneeEvidence)
        next_step = named.assignee.next_step if named and named.assignee else None
        return " ".join(filter(None, [f"No problem was found, but it is unknown {' and '.join(missing)}.", next_step]))
    works = _what_works(asked, _who(asked, evidence), server, granted)
    return f"{works} {found[0].finding.message}" if status == Status.WARNING else works


def _what_works(asked: Question, who: str, server: str, granted: List[Access]) -> str:
    """The good news; of the actions asked about, `view` and `manage` may be lacking without failing a run."""
    allowed = ", ".join(entry.action for entry in granted if entry.asked and entry.granted)
    if asked.assignee:
        may = f"may {allowed}" if allowed else "may do nothing that you asked about"
        by_registry = all(entry.granted and entry.source is None for entry in granted if entry.asked)
        basis = "As a task of the registry" if by_registry else "According to role assignments"
        return f"{basis}, {who} {may} at {server}. Its network was not tested."
    return f"{who[:1].upper() + who[1:] if who == NOBODY else who} can sign in to {server}" + (
        f" and {allowed}." if allowed else ".")


def _who(asked: Question, evidence: Inputs) -> str:
    identity = evidence.get(IdentityEvidence)
    return (identity.name if identity else None) or asked.username or asked.assignee or NOBODY
