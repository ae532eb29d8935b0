# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a refusal by Entra, or by a managed identity endpoint, means: by its numbers, sub-error and OAuth error.

Microsoft warns that numbers and texts change, so an unknown number is no failure of ours: it becomes AAD_TOKEN_ERROR,
which carries Entra's own words. Source: 'Microsoft Entra authentication and authorization error codes'.
"""

import re
from dataclasses import dataclass
from typing import Any, Dict, Iterable, Optional, Tuple

from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.text import said, shown

NUMBERS: Dict[str, Iterable[int]] = {
    "AAD_SESSION_EXPIRED_ERROR": (
        50058, 50085, 50089, 50132, 50133, 50173, 54005, 70000, 70008, 70043, 160021, 700081, 700082, 700083, 700084),
    "AAD_CONDITIONAL_ACCESS_ERROR": (
        50002, 50005, 50072, 50074, 50076, 50078, 50079, 50097, 50127, 50129, 50131, 50155, 50158, 50187, 500021,
        500022, 500212, 500213),
    "AAD_CLIENT_SECRET_EXPIRED_ERROR": (1000502, 7000222),
    "AAD_CLIENT_SECRET_INVALID_ERROR": (50012, 70002, 700027, 700030, 7000215, 7000216, 7000218),
    "AAD_CLIENT_ASSERTION_ERROR": (
        50013, 70021, 70025, 90061, 500133, 700021, 700024, 700211, 700212, 700213, 700229, 900612, 7002131, 7002138),
    "AAD_APPLICATION_NOT_FOUND_ERROR": (700011, 700016, 7000229),
    "AAD_TENANT_NOT_FOUND_ERROR": (50059, 50128, 90002, 90019, 900023),
    "REGISTRY_CLOUD_ERROR": (90038, 900432),
    "AAD_RESOURCE_NOT_REGISTERED_ERROR": (50001, 500011, 650052, 650057),
    "AAD_ACCOUNT_ERROR": (
        16000, 16003, 50014, 50020, 50034, 50053, 50055, 50056, 50057, 50064, 50125, 50126, 50135, 50142, 50144, 50177,
        51004, 54000, 70001, 90072, 500014, 500200, 500208, 500571, 7000112, 50072001),
    "AAD_CONSENT_ERROR": (50105, 65001, 65002, 65004, 65005, 501051, 650051, 650056, 1000031),
}
FAMILIES = (  # whole ranges that Entra gives to one kind of refusal, for numbers that are not among those above
    (53_000, 53_999, "AAD_CONDITIONAL_ACCESS_ERROR"), (530_000, 530_999, "AAD_CONDITIONAL_ACCESS_ERROR"),
    (90_090, 90_099, "AAD_CONSENT_ERROR"), (900_380, 900_389, "REGISTRY_CLOUD_ERROR"))
CERTIFICATE_SIGNATURE = 700027  # one number for several reasons; only its text says whether the certificate expired
SUBERRORS = {  # of Entra's interaction_required and invalid_grant answers, for numbers that are not known
    "basic_action": "AAD_CONDITIONAL_ACCESS_ERROR", "additional_action": "AAD_CONDITIONAL_ACCESS_ERROR",
    "message_only": "AAD_CONDITIONAL_ACCESS_ERROR", "protection_policy_required": "AAD_CONDITIONAL_ACCESS_ERROR",
    "device_authentication_failed": "AAD_CONDITIONAL_ACCESS_ERROR",
    "consent_required": "AAD_CONSENT_ERROR", "user_password_expired": "AAD_ACCOUNT_ERROR",
    "token_expired": "AAD_SESSION_EXPIRED_ERROR", "bad_token": "AAD_SESSION_EXPIRED_ERROR",
}
NUMBERS_READ = 10  # of one refusal; Entra gives one or two
NUMBER = re.compile(r"\bAADSTS(\d{5,8})\b")


@dataclass(frozen=True)
class Refusal:
    """Why no token was issued, in the words of who refused.

    error, error_codes, suberror, description: of Entra's error answer (error_codes are the AADSTS numbers).
    by_identity_endpoint: the managed identity endpoint of this machine refused, not Entra.
    """

    error: Optional[str]
    error_codes: Tuple[int, ...]
    suberror: Optional[str]
    description: str
    correlation_id: Optional[str] = None
    trace_id: Optional[str] = None
    by_identity_endpoint: bool = False


def refusal_of(answer: Any, otherwise: str, by_identity_endpoint: bool = False) -> Refusal:
    """Read an OAuth error answer (RFC 6749, 5.2) with Entra's additions `error_codes` and `suberror`.

    An identity endpoint hands Entra's words on without `error_codes`; the number stands at their beginning.

    :param otherwise: the description when the answer has none.
    """
    description = said(text_member(answer, "error_description") or otherwise)
    numbers = member(answer, "error_codes")
    numbers = list(filter(_is_number, numbers[:NUMBERS_READ])) if isinstance(numbers, list) else []
    return Refusal(
        error=shown(text_member(answer, "error"), 80) or None,
        error_codes=tuple(numbers or map(int, NUMBER.findall(description)[:1])),
        suberror=shown(text_member(answer, "suberror"), 80) or None, description=description,
        correlation_id=shown(text_member(answer, "correlation_id"), 80) or None,
        trace_id=shown(text_member(answer, "trace_id"), 80) or None,
        by_identity_endpoint=by_identity_endpoint)


def _is_number(value: Any) -> bool:
    """Whether this can be one of Entra's error numbers, of up to eight digits."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000_000


def code_of(refusal: Refusal) -> str:
    """The error code of the catalogue that a refusal stands for; AAD_TOKEN_ERROR when nothing more is known."""
    if CERTIFICATE_SIGNATURE in refusal.error_codes and "expired" in refusal.description.lower():
        return "AAD_CLIENT_SECRET_EXPIRED_ERROR"
    for number in refusal.error_codes:
        code = _code_of_number(number)
        if code:
            return code
    if refusal.by_identity_endpoint:
        return "AAD_MANAGED_IDENTITY_ERROR"
    return SUBERRORS.get((refusal.suberror or "").lower(), "AAD_TOKEN_ERROR")


def _code_of_number(number: int) -> Optional[str]:
    for code, numbers in NUMBERS.items():
        if number in numbers:
            return code
    return next((code for first, last, code in FAMILIES if first <= number <= last), None)


def number_shown(refusal: Refusal) -> Optional[str]:
    """`AADSTS700082`, or the OAuth error where there is no number."""
    return f"AADSTS{refusal.error_codes[0]}" if refusal.error_codes else refusal.error
