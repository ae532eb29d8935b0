# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the message that somebody saw can stand for, and what this run says of each of these causes."""

import re
from typing import Any, Dict, Optional, Set

from azext_acrlogin.engine.model import Results, Status
from azext_acrlogin.engine.verdict import Verdict
from azext_acrlogin.protocol.text import shown
from azext_acrlogin.symptoms.match import matches

TEXT_CHARACTERS = 2000
TOKEN = re.compile(r"eyJ[\w-]+\.[\w-]+\.?[\w-]*")  # a JSON Web Token that was pasted along with the message


def assess(text: Optional[str], verdict: Verdict) -> Optional[Dict[str, Any]]:
    """The report's entry for --symptom. A match never becomes a finding by itself.

    confirmed: True when this run found the code, False when all checks that could have found it came to a conclusion,
        else None.
    """
    if text is None:
        return None
    found = {cause.finding.code for cause in verdict.causes}
    return {"text": shown(TOKEN.sub("***", text), TEXT_CHARACTERS),
            "matches": [{"errorCode": code, "confirmed": _confirmed(code, found, verdict.results)}
                        for code in (match["errorCode"] for match in matches(text))]}


def _confirmed(code: str, found: Set[str], results: Results) -> Optional[bool]:
    if code in found:
        return True
    if any(finding.code == code for result in results for finding in result.judgement.findings):
        return None  # it was met, as a consequence of something else
    looked = [result.status for result in results if code in result.check.codes]
    judged = (Status.PASSED, Status.WARNING, Status.FAILED)
    return False if looked and all(status in judged for status in looked) else None
