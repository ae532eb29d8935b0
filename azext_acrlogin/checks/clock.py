# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Is this machine's clock right? The servers' `Date` headers tell."""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.checks.context import Context
from azext_acrlogin.engine.model import Because, Category, Check, Finding, Inputs, Judgement
from azext_acrlogin.engine.question import Question
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.access_token import AccessTokenEvidence
from azext_acrlogin.evidence.connection import ConnectionEvidence
from azext_acrlogin.evidence.credential import CredentialEvidence
from azext_acrlogin.evidence.entra_token import EntraTokenEvidence
from azext_acrlogin.evidence.refresh_token import RefreshTokenEvidence
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.evidence.stored_credential import StoredCredentialEvidence
from azext_acrlogin.net.http import CERTIFICATE_DATES, Failure

TOLERATED_SECONDS = 300  # of skew, by Entra and by registries
ASSERTION_DATES = {500133, 700024}  # Entra: an assertion is not within its valid time range


@dataclass
class ClockEvidence(Evidence):
    """By how many seconds the local clock is ahead of each server's (negative: behind)."""

    skew_seconds: Dict[str, int] = field(default_factory=dict)

    @property
    def decided_skew(self) -> Optional[int]:
        """The smallest skew when all servers agree that there is one beyond tolerance; a single one may err."""
        skews = list(self.skew_seconds.values())
        if not skews or not (all(skew > TOLERATED_SECONDS for skew in skews) or
                             all(skew < -TOLERATED_SECONDS for skew in skews)):
            return None
        return min(skews, key=abs)


def gather(context: Context, _inputs: Inputs) -> ClockEvidence:
    """Collect what the answers of this run said; asks nobody."""
    return ClockEvidence({seen.host: round(seen.skew_seconds) for seen in list(context.traffic.dates)})


def judge(_asked: Question, evidence: ClockEvidence, inputs: Inputs) -> Judgement:
    """More skew than tokens and certificates tolerate is a finding."""
    if not evidence.skew_seconds:
        return Judgement("The clock could not be compared: no server answered with a date.",
                         unknown=Because("no server answered with a date"))
    skew = evidence.decided_skew
    if skew is None:
        return Judgement("The clock matches the servers' time")
    facts: Facts = {"skew": f"{_span(abs(skew))} {'ahead of' if skew > 0 else 'behind'}",
                    "servers": ", ".join(sorted(evidence.skew_seconds)[:4])}
    return Judgement.of(Finding.of("CLOCK_SKEW_ERROR", facts, explains=tuple(_doings(skew, inputs))))


def _doings(skew: int, inputs: Inputs) -> List[str]:
    """Codes whose evidence is about dates, or is a bare 401: the clock's doing, as far as anybody can tell."""
    registry, connection = inputs.get(RegistryEvidence), inputs.get(ConnectionEvidence)
    token, credential = inputs.get(EntraTokenEvidence), inputs.get(CredentialEvidence)
    stored = inputs.get(StoredCredentialEvidence)
    exchange, access = inputs.get(RefreshTokenEvidence), inputs.get(AccessTokenEvidence)
    access_refused = access is not None and access.status == 401
    answers = [token.token_answer] if token else []
    answers += [problem.token_answer for problem in registry.problems] if registry else []
    doings = {
        "CONNECTIVITY_SSL_ERROR": connection is not None and connection.certificate_fault in CERTIFICATE_DATES,
        "AAD_CONNECTIVITY_ERROR": any(answer and _about_dates(answer.failure) for answer in answers),
        "ARM_CONNECTIVITY_WARNING": registry is not None and any(
            _about_dates(problem.answer.failure) for problem in registry.problems if problem.answer),
        "ARM_TOKEN_REFUSED_WARNING": registry is not None and any(
            problem.refuses_token for problem in registry.problems),
        "CONNECTIVITY_REFRESH_TOKEN_ERROR": exchange is not None and exchange.status == 401,
        "CONNECTIVITY_ACCESS_TOKEN_ERROR": access_refused,
        "CREDENTIAL_USERNAME_ERROR": access_refused and credential is not None and credential.token_unread,
        # The time that it expires at, on a clock that is right.
        "DOCKER_CREDENTIAL_EXPIRED_ERROR": (stored is not None and stored.seconds_left is not None
                                            and bool(stored.expired) and stored.seconds_left + skew >= 0),
        "DOCKER_CREDENTIAL_INVALID_ERROR": (stored is not None and stored.seconds_left is not None
                                            and not stored.never_works and stored.seconds_left + skew < 0
                                            <= stored.seconds_left),
    }
    numbers = {*(token.error_codes if token else ()), *(credential.entra_error_codes if credential else ())}
    doings["AAD_CLIENT_ASSERTION_ERROR"] = doings["AAD_TOKEN_ERROR"] = bool(numbers & ASSERTION_DATES)
    return [code for code, is_its_doing in doings.items() if is_its_doing]


def _about_dates(failure: Optional[Failure]) -> bool:
    return failure is not None and failure.certificate_fault in CERTIFICATE_DATES


def _span(seconds: int) -> str:
    if seconds < 7200:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours" if seconds < 172_800 else f"{round(seconds / 86_400)} days"


CHECK = Check(name="clock", category=Category.ENVIRONMENT, title="Clock", evidence=ClockEvidence, gather=gather,
              judge=judge, reads=(RegistryEvidence, ConnectionEvidence, EntraTokenEvidence, RefreshTokenEvidence),
              judges_with=(AccessTokenEvidence, CredentialEvidence, StoredCredentialEvidence),
              codes=("CLOCK_SKEW_ERROR",))
