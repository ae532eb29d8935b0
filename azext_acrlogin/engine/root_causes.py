# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Which findings are causes, and which are consequences of another: only causes are named in a report's errorCodes.

Three sources decide: the catalogue, where a code lists the codes that it always `explains`; a finding, which lists
those that it explains in this run; and rules that hold for whole families and so stand here: a broken path, last
resorts, the same failure everywhere, a guessed host, a login that cannot be made.
"""

from dataclasses import dataclass, replace
from typing import Dict, List, Optional, Set, Tuple

from azext_acrlogin.catalogue import CATEGORIES, codes
from azext_acrlogin.engine.model import Finding, Inputs, Result, Results, Status
from azext_acrlogin.evidence.challenge import ChallengeEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.dns import DnsEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.resource_manager import ResourceManagerEvidence

# Network codes that say nothing against signing in, so that they hide neither token nor authorization findings.
BESIDE_THE_PATH = {"data-endpoint"}
ON_THE_PATH = {"connection", "challenge", "entra-token", "refresh-token", "access-token"}  # of signing in
# Last resorts: anything that says why a token was refused takes their place. Waiting for a role to take effect is one,
# too: it is what remains when nothing else is wrong.
LAST_RESORTS = {"CONNECTIVITY_REFRESH_TOKEN_ERROR", "CONNECTIVITY_ACCESS_TOKEN_ERROR", "ROLE_PROPAGATION_ERROR"}
# What these checks find is about another credential than the one that is diagnosed, and explains nothing of that.
BESIDE_THE_SIGN_IN = {"stored-sign-in"}
NO_LOGIN = "DOCKER_CREDENTIAL_MISSING_WARNING"
NOTHING_REACHABLE = {"dns", "timeout", "unreachable"}  # kinds of failure that a dead network shows in any mixture


@dataclass(frozen=True)
class Cause:
    """A finding that nothing else explains, with the check that found it."""

    check: str
    finding: Finding


def root_causes(results: Results, evidence: Inputs) -> Tuple[List[Cause], Results]:
    """The independent causes, errors before warnings, in the order of the categories; one per code.

    :param evidence: of all checks.
    :return: the causes, and the results with what explains those whose findings are all consequences.
    """
    found = [Cause(result.check.name, finding) for result in results for finding in result.judgement.findings
             if result.status != Status.CRASHED]
    explained = _explained(found, evidence)
    independent: Dict[str, Cause] = {}
    for cause in found:
        if cause.finding.code not in explained:
            independent.setdefault(cause.finding.code, cause)
    return (sorted(independent.values(), key=lambda cause: order(cause.finding.code)),
            [_with_explanation(result, explained, found) for result in results])


def _with_explanation(result: Result, explained: Dict[str, str], found: List[Cause]) -> Result:
    own = [finding.code for finding in result.judgement.findings]
    if not own or not all(code in explained for code in own):
        return result
    code = explained[own[0]]
    return replace(result, explained_by=(next(cause.check for cause in found if cause.finding.code == code), code))


def order(code: str) -> Tuple[bool, int, str]:
    """Sort key: errors before warnings, then the code's category, then its name."""
    entry = codes()[code]
    return entry.severity != "error", CATEGORIES.index(entry.category), code


def _explained(found: List[Cause], evidence: Inputs) -> Dict[str, str]:
    """Consequence to the code that explains it; a chain leads to its beginning."""
    direct: Dict[str, str] = {}
    present = {cause.finding.code for cause in found}
    for cause in sorted(found, key=lambda cause: order(cause.finding.code)):
        for code in present - {cause.finding.code}:
            if code in cause.finding.explains or (cause.check not in BESIDE_THE_SIGN_IN and _explains(cause, code)):
                direct.setdefault(code, cause.finding.code)
    dns, registry = evidence.get(DnsEvidence), evidence.get(RegistryEvidence)
    if dns is not None and dns.guessed and registry is not None and registry.login_server_derived:
        _explain_a_guess(found, direct)
    if "AAD_CONNECTIVITY_ERROR" in present or "ARM_CONNECTIVITY_WARNING" in present:
        _same_failure_everywhere(present, evidence, direct)
    exchange = evidence.get(RefreshTokenEvidence)
    if NO_LOGIN in present and (exchange is None or not exchange.issued):
        _explain_no_login(present, direct)
    return {code: _beginning(code, direct) for code in direct}


def _explains(cause: Cause, code: str) -> bool:
    entries, own = codes(), cause.finding.code
    if code in entries[own].explains:
        return own not in entries[code].explains or own < code
    if code in LAST_RESORTS and own not in LAST_RESORTS and cause.finding.is_error:
        return entries[own].category in ("identity", "token", "authorization") or _ends_the_path(cause)
    return _ends_the_path(cause) and entries[code].category in ("token", "authorization")


def _ends_the_path(cause: Cause) -> bool:
    """A failed network check leaves token and authorization untested; so does a proxy that lets none of them pass."""
    code = cause.finding.code
    if code == "PROXY_ERROR":
        return cause.check in ON_THE_PATH
    return cause.finding.is_error and codes()[code].category == "network" and (
        cause.check not in BESIDE_THE_PATH)


def _explain_a_guess(found: List[Cause], direct: Dict[str, str]) -> None:
    """A login server was derived from the name for want of Resource Manager's word; that it resolves nowhere says
    nothing while something else keeps Resource Manager from being asked."""
    for cause in found:
        code = cause.finding.code
        if cause.finding.is_error and code != "AAD_CONNECTIVITY_ERROR" and (
                codes()[code].category == "identity" or code == "CLOCK_SKEW_ERROR"):
            direct.setdefault("CONNECTIVITY_DNS_ERROR", code)


def _explain_no_login(present: Set[str], direct: Dict[str, str]) -> None:
    """Where signing in fails, nobody can have signed the client in: whatever fails first is the cause."""
    error = next((code for code in sorted(present, key=order) if code.endswith("_ERROR")), None)
    if error is not None:
        direct.setdefault(NO_LOGIN, error)


def _same_failure_everywhere(present: Set[str], evidence: Inputs, direct: Dict[str, str]) -> None:
    """When the registry is out of reach in the same way as Entra and ARM, it is this machine's network: say it once."""
    registry_kind, registry_code = _registry_failure(evidence, present)
    if registry_code is None:
        return
    entra, manager = evidence.get(EntraTokenEvidence), evidence.get(ResourceManagerEvidence)
    for code, other in (("AAD_CONNECTIVITY_ERROR", entra), ("ARM_CONNECTIVITY_WARNING", manager),
                        ("AAD_CONNECTIVITY_ERROR", manager)):
        kind = other.failure_kind if other else None
        alike = kind is not None and (kind == registry_kind or {kind, registry_kind} <= NOTHING_REACHABLE)
        if code in present and alike:
            direct[code] = registry_code


def _registry_failure(evidence: Inputs, present: Set[str]) -> Tuple[Optional[str], Optional[str]]:
    """How the login server is out of reach, and the code that says so."""
    dns, connection = evidence.get(DnsEvidence), evidence.get(ConnectionEvidence)
    challenge = evidence.get(ChallengeEvidence)
    code: Optional[str]
    if dns is not None and dns.fault and not dns.usable:
        kind, code = ("timeout" if dns.fault == "timeout" else "dns"), "CONNECTIVITY_DNS_ERROR"
    elif connection is not None and connection.failure_kind:
        kind = connection.failure_kind
        code = next((code for code in sorted(present) if code.startswith("CONNECTIVITY_")), None)
    elif challenge is not None and challenge.is_a_page:
        kind, code = "malformed", "CONNECTIVITY_CHALLENGE_ERROR"
    else:
        return None, None
    return kind, code if code in present else None


def _beginning(code: str, direct: Dict[str, str]) -> str:
    seen = {code}
    while direct.get(code) and direct[code] not in seen:
        code = direct[code]
        seen.add(code)
    return code


def crash_of(results: Results) -> Optional[Result]:
    """The first check that crashed, or None."""
    return next((result for result in results if result.status == Status.CRASHED), None)
