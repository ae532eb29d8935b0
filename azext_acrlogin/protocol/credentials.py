# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What a user name and a secret are by their form: the first thing that tells refused credentials apart."""

import re
from typing import Optional

from azext_acrlogin.protocol.jwt import claims_of

NULL_GUID = "00000000-0000-0000-0000-000000000000"  # the user name that goes with a token as the password
GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
REGISTRY_ISSUER = "Azure Container Registry"


def kind_of_user_name(user_name: str, registry_name: str) -> str:
    """nullGuid, guid (an application's id, or what was taken for one), userPrincipalName, registryName or name."""
    if user_name == NULL_GUID:
        return "nullGuid"
    if GUID.fullmatch(user_name):
        return "guid"
    if "@" in user_name:
        return "userPrincipalName"
    return "registryName" if user_name.lower() == registry_name.lower() else "name"


def oddity_of(secret: str) -> Optional[str]:
    """What no issued secret has and a shell, an editor or a misspelt file leaves, in words; None where there is
    nothing of the kind. az puts a file's content in the place of an argument `@file`, where there is such a file."""
    if secret.endswith(("\n", "\r")):
        return "ends with a line break"
    if secret != secret.strip():
        return "begins or ends with white space"
    if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "'\"":
        return "is enclosed in quotation marks"
    if secret.startswith("@"):
        return "begins with '@', as if it named a file"
    return None


def kind_of_secret(secret: str) -> str:
    """token for a JSON Web Token, else password."""
    return "token" if claims_of(secret) is not None else "password"
