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
from typing import Any, Dict, FrozenSet, Optional, Tuple

from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.text import said, shown

KINDS: Dict[str, Tuple[str, Tuple[int, ...]]] = {  # of refusals: code and numbers; what cures one kind differs
    "sign-in-again": ("AAD_SESSION_EXPIRED_ERROR", (
        50058, 50085, 50089, 50132, 50133, 50139, 50143, 50173, 50197, 51006, 54005, 70000, 70008, 70043, 135011,
        140001, 160021, 700020, 700081, 700082, 700083, 700084)),
    "interaction": ("AAD_CONDITIONAL_ACCESS_ERROR", (50072, 50074, 50076, 50078, 50079, 50158)),
    "device": ("AAD_CONDITIONAL_ACCESS_ERROR", (50005, 50097, 50127, 50129, 50155, 50187, 53000, 53001, 53002)),
    "token-protection": ("AAD_CONDITIONAL_ACCESS_ERROR", (530084,)),
    "device-code": ("AAD_CONDITIONAL_ACCESS_ERROR", (530036,)),
    "policy": ("AAD_CONDITIONAL_ACCESS_ERROR", (50131,)),  # and the families below
    "tenant-restrictions": ("AAD_CONDITIONAL_ACCESS_ERROR", (50002, 500021, 500022)),
    "outbound": ("AAD_CONDITIONAL_ACCESS_ERROR", (500212,)),
    "inbound": ("AAD_CONDITIONAL_ACCESS_ERROR", (500213,)),
    "secret-expired": ("AAD_CLIENT_SECRET_EXPIRED_ERROR", (1000502, 7000222)),
    "secret-wrong": ("AAD_CLIENT_SECRET_INVALID_ERROR", (50012, 70002, 700030, 7000215, 7000216, 7000218)),
    "certificate": ("AAD_CLIENT_SECRET_INVALID_ERROR", (700027,)),
    "assertion": ("AAD_CLIENT_ASSERTION_ERROR", (
        50013, 50027, 50048, 90061, 700021, 700229, 700236, 700238, 900384, 900612, 7002138, 7002381)),
    "assertion-time": ("AAD_CLIENT_ASSERTION_ERROR", (500133, 700024)),
    "no-federation": ("AAD_CLIENT_ASSERTION_ERROR", (70021, 70025, 700211, 700212, 700213, 7002131)),
    "no-application": ("AAD_APPLICATION_NOT_FOUND_ERROR", (700011, 700016, 7000229)),
    "no-tenant": ("AAD_TENANT_NOT_FOUND_ERROR", (50059, 50128, 90002, 90019, 900023)),
    "other-cloud": ("REGISTRY_CLOUD_ERROR", (90038, 900382, 900432)),
    "no-resource": ("AAD_RESOURCE_NOT_REGISTERED_ERROR", (50001, 500011, 650052, 650054, 650057)),
    "resource-disabled": ("AAD_RESOURCE_NOT_REGISTERED_ERROR", (500014,)),
    "not-in-tenant": ("AAD_ACCOUNT_ERROR", (
        16000, 16003, 50014, 50020, 50034, 50177, 51004, 90072, 500200, 500208, 500571)),
    "disabled": ("AAD_ACCOUNT_ERROR", (50057,)),
    "locked": ("AAD_ACCOUNT_ERROR", (50053,)),
    "password": ("AAD_ACCOUNT_ERROR", (50055, 50056, 50064, 50125, 50126, 50135, 50142, 50144)),
    "account": ("AAD_ACCOUNT_ERROR", (54000, 50072001)),
    "application-disabled": ("AAD_ACCOUNT_ERROR", (70001, 7000112)),
    "consent": ("AAD_CONSENT_ERROR", (65001, 65004, 65005, 90094, 90095, 90099, 650051, 650056, 1000031)),
    "assignment": ("AAD_CONSENT_ERROR", (50105, 501051)),
    "not-preauthorised": ("AAD_TOKEN_ERROR", (65002,)),
    "transient": ("AAD_TOKEN_ERROR", (
        50033, 50087, 50196, 90006, 90012, 90024, 90033, 90055, 90090, 90091, 90092, 90093)),
}
NUMBERS: Dict[str, FrozenSet[int]] = {
    code: frozenset(number for one, numbers in KINDS.values() if one == code for number in numbers)
    for code, _ in KINDS.values()}
FAMILIES = ((53_000, 53_999), (530_000, 530_999))  # ranges that Entra gives to refusals by policy
SUBERRORS = {  # of Entra's interaction_required and invalid_grant answers, for numbers that are not known
    "basic_action": "interaction", "additional_action": "policy", "message_only": "policy",
    "protection_policy_required": "device", "device_authentication_failed": "device", "consent_required": "consent",
    "user_password_expired": "password", "token_expired": "sign-in-again", "bad_token": "sign-in-again",
}
ERRORS = {  # of answers without a known number: OAuth's (RFC 6749, 4.1.2.1), MSAL's for the system's account manager
    "temporarily_unavailable": "transient", "server_error": "transient", "broker_error": "broker",
}
CODES = {
    **{kind: code for kind, (code, _) in KINDS.items()}, "certificate-expired": "AAD_CLIENT_SECRET_EXPIRED_ERROR",
    "broker": "AAD_TOKEN_ERROR", "other": "AAD_TOKEN_ERROR", "audience": "AAD_MANAGED_IDENTITY_ERROR",
    "endpoint": "AAD_MANAGED_IDENTITY_ERROR", "busy-endpoint": "AAD_MANAGED_IDENTITY_ERROR",
}
AUDIENCE_ERRORS = ("audiencenotsupported", "invalid_resource")  # of Cloud Shell's and of a machine's identity endpoint
NUMBERS_READ = 10  # of one refusal; Entra gives one or two
NUMBER = re.compile(r"\bAADSTS(\d{5,8})\b")


@dataclass(frozen=True)
class Refusal:
    """Why no token was issued, in the words of who refused.

    error, error_codes, suberror, description: of Entra's error answer (error_codes are the AADSTS numbers).
    by_identity_endpoint: the managed identity endpoint of this machine refused, not Entra; status is its answer's.
    """

    error: Optional[str]
    error_codes: Tuple[int, ...]
    suberror: Optional[str]
    description: str
    correlation_id: Optional[str] = None
    trace_id: Optional[str] = None
    status: Optional[int] = None
    by_identity_endpoint: bool = False


def refusal_of(answer: Any, otherwise: str, by_identity_endpoint: bool = False,
               status: Optional[int] = None) -> Refusal:
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
        status=status, by_identity_endpoint=by_identity_endpoint)


def _is_number(value: Any) -> bool:
    """Whether this can be one of Entra's error numbers, of up to eight digits."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 100_000_000


def code_of(refusal: Refusal) -> str:
    """The error code of the catalogue that a refusal stands for; AAD_TOKEN_ERROR when nothing more is known."""
    return CODES[kind_of(refusal)]


def kind_of(refusal: Refusal) -> str:
    """What cures a refusal: a key of CODES, where several kinds share a code."""
    known = next(filter(None, map(_kind_of_number, refusal.error_codes)), None)
    if known == "certificate":  # one number for several reasons; only its text says whether the certificate expired
        return "certificate-expired" if "expired" in refusal.description.lower() else known
    error = (refusal.error or "").lower()
    if known or not refusal.by_identity_endpoint:
        return known or SUBERRORS.get((refusal.suberror or "").lower()) or ERRORS.get(error, "other")
    if error in AUDIENCE_ERRORS:
        return "audience"
    return "busy-endpoint" if refusal.status and (refusal.status == 429 or refusal.status >= 500) else "endpoint"


def _kind_of_number(number: int) -> Optional[str]:
    for kind, (_, numbers) in KINDS.items():
        if number in numbers:
            return kind
    return "policy" if any(first <= number <= last for first, last in FAMILIES) else None


def number_shown(refusal: Refusal) -> Optional[str]:
    """`AADSTS700082`, or the OAuth error where there is no number."""
    return f"AADSTS{refusal.error_codes[0]}" if refusal.error_codes else refusal.error
