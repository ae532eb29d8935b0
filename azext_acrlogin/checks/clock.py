# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Is this machine's clock right? The servers' `Date` headers tell."""

from dataclasses import dataclass, field
from typing import Dict, Optional

from azext_acrlogin.diagnosis.context import Asked, Context
from azext_acrlogin.diagnosis.model import Because, Category, Check, Evidence, Finding, Found, Judgement

TOLERATED_SECONDS = 300  # of skew, by Entra and by registries


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


def gather(context: Context, _found: Found) -> ClockEvidence:
    """Collect what the answers of this run said; asks nobody."""
    return ClockEvidence({seen.host: round(seen.skew_seconds) for seen in list(context.traffic.dates)})


def judge(_asked: Asked, evidence: ClockEvidence, _found: Found) -> Judgement:
    """More skew than tokens and certificates tolerate is a finding."""
    if not evidence.skew_seconds:
        return Judgement("No server said what time it is.", unknown=Because("no server answered with a date"))
    skew = evidence.decided_skew
    if skew is None:
        return Judgement("Local clock against the servers' : OK")
    side = "ahead of" if skew > 0 else "behind"
    message = (f"This machine's clock is {_span(abs(skew))} {side} the servers' "
               f"({', '.join(sorted(evidence.skew_seconds)[:4])}); tokens and certificates tolerate 5 minutes.")
    return Judgement(message, (Finding("CLOCK_SKEW_ERROR", message),))


def _span(seconds: int) -> str:
    if seconds < 7200:
        return f"{round(seconds / 60)} minutes"
    return f"{seconds / 3600:.1f} hours" if seconds < 172_800 else f"{round(seconds / 86_400)} days"


CHECK = Check(name="clock", category=Category.ENVIRONMENT, title="Clock", evidence=ClockEvidence, gather=gather,
              judge=judge, reads=("registry", "connection", "entra-token", "refresh-token"),
              codes=("CLOCK_SKEW_ERROR",))
