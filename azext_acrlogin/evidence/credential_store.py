# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check credential-store observed."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.base.secret import Secret, unpublished
from azext_acrlogin.evidence import Evidence


@dataclass
class CredentialStoreEvidence(Evidence):
    """
    helper: the program that the client asks for this registry; None when logins are in the file itself.
    by_default: the configuration names none; docker takes the system's.
    for_this_host: it is configured for this registry only (credHelpers), not for all of them (credsStore).
    answers: it follows the protocol, whether or not it has a credential.
    flooded: it was ended because it printed without end.
    text: what a failing one said, without lines that may contain a secret.
    keys: the registries that it lists when it has none for this one.
    """

    helper: Optional[str] = None
    by_default: bool = False
    for_this_host: bool = False
    config_file: Optional[str] = None
    host: Optional[str] = None
    path: Optional[str] = None
    answers: bool = False
    holds: Optional[bool] = None
    exit_status: Optional[int] = None
    timed_out: bool = False
    flooded: bool = False
    text: Optional[str] = None
    keys: List[str] = unpublished(default_factory=list)
    user_name: Optional[str] = unpublished(default=None)
    secret: Optional[Secret] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.helper is None or self.answers
