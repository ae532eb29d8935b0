# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Why a registry refuses a user name that Resource Manager knows: the admin user's, or a repository-scoped token's.

Shared by the checks of the credentials that were given and of those that a container client stored.
"""

import time
from typing import Optional

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.registry_tokens import read_token
from azext_acrlogin.catalogue.facts import Facts
from azext_acrlogin.engine.model import Finding
from azext_acrlogin.evidence.credential import KnownUserName
from azext_acrlogin.evidence.registry import RegistryEvidence
from azext_acrlogin.protocol.three_valued import Truth, all_of
from azext_acrlogin.protocol.times import epoch_of, utc_text


def read_registry_token(evidence: KnownUserName, user_name: str, registry: RegistryEvidence, arm: Arm) -> None:
    """Look the name up among the registry's tokens, where it can be one of theirs."""
    if evidence.user_name_kind != "name" or not registry.found or registry.account is None:
        return
    token = evidence.token = read_token(arm, registry.account, registry.resource_id or "", user_name)
    if token.exists and token.password_expiries is not None:
        now = time.time()
        evidence.token_passwords_expired = all_of(_expired(expiry, now) for expiry in token.password_expiries)


def _expired(expiry: str, now: float) -> Truth:
    """Whether a password is past its expiry, an empty one for a password that has none; None if it is not a time."""
    if not expiry:
        return False
    expires = epoch_of(expiry)
    return None if expires is None else expires <= now


def refused_admin_user(evidence: KnownUserName, facts: Facts) -> Optional[Finding]:
    """The admin user is off, or its password is another; None where the registry's setting is not known."""
    if evidence.admin_user_enabled is None:
        return None
    return Finding.of("CREDENTIAL_PASSWORD_ERROR", facts, "admin-user") if evidence.admin_user_enabled else Finding.of(
        "ADMIN_USER_DISABLED_ERROR", facts)


def refused_token(evidence: KnownUserName, facts: Facts) -> Optional[Finding]:
    """What is wrong with a repository-scoped token; None where the registry's tokens do not tell."""
    token = evidence.token
    if token is None or not token.listed:
        return None
    if not token.exists:
        return Finding.of("TOKEN_NOT_FOUND_ERROR", facts)
    if (token.status or "").lower() == "disabled":
        return Finding.of("TOKEN_DISABLED_ERROR", facts)
    if evidence.token_passwords_expired:
        last = max((epoch_of(expiry) or 0 for expiry in token.password_expiries or ()), default=None)
        if last is None:
            return Finding.of("TOKEN_PASSWORD_EXPIRED_ERROR", facts, "none")
        return Finding.of("TOKEN_PASSWORD_EXPIRED_ERROR", {**facts, "expired_at": utc_text(last)}, "expired")
    if token.status is None or evidence.token_passwords_expired is None:
        return None
    return Finding.of("CREDENTIAL_PASSWORD_ERROR", facts, "token")
