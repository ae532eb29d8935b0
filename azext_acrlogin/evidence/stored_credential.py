# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check stored-credential observed."""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.protocol.docker_config import Stored


@dataclass
class StoredCredentialEvidence(Evidence):
    """
    source: file, helper or variable: where the client finds the credential; None when it has none.
    location: the file, helper or variable.
    kind: identityToken, password or none (an empty entry).
    never_works: why the credential can never sign in here.
    other_keys: entries with a credential for this registry, under a spelling that the client does not look up.
    spoiling_key, spoilt_file: an entry, for any registry, that does not decode, so that docker stops reading the file.
    """

    login_server: Optional[str] = None
    source: Optional[str] = None
    location: Optional[str] = None
    key: Optional[str] = None
    kind: Optional[str] = None
    user_name: Optional[str] = None
    is_token: bool = False
    audience: Optional[str] = None
    expires_at: Optional[str] = None
    expired: Optional[bool] = None
    never_works: Optional[str] = None
    other_keys: List[str] = field(default_factory=list)
    seconds_left: Optional[int] = None
    spoiling_key: Optional[str] = None
    spoilt_file: Optional[str] = None
    stored: Optional[Stored] = unpublished(default=None)
