# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check credential observed."""

from dataclasses import dataclass, field
from typing import List, Optional

from azext_acrlogin.azure.cli_login import TokenAnswer
from azext_acrlogin.azure.registry_tokens import RegistryToken
from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.evidence.identity import IdentityEvidence


@dataclass
class KnownUserName:
    """A user name of a registry by its form, and what Resource Manager knows of it.

    token_passwords_expired: whether every password of the token is past its expiry; None when that cannot be told.
    """

    user_name: Optional[str] = None
    user_name_kind: Optional[str] = None
    admin_user_enabled: Optional[bool] = None
    token: Optional[RegistryToken] = None
    token_passwords_expired: Optional[bool] = None

    @property
    def token_unread(self) -> bool:
        """The user name can only be a repository-scoped token's, and the registry's tokens could not be read."""
        return self.user_name_kind == "name" and (self.token is None or not self.token.listed)


@dataclass
class CredentialEvidence(KnownUserName, Evidence):
    """The credentials by their form, and what was learned about them. The secret itself is not kept.

    secret_oddity: what a secret rarely has and a shell or an editor easily adds.
    object_type: what the directory calls the object whose id (not application id) the user name is.
    """

    not_asked: Optional[str] = None
    secret_oddity: Optional[str] = None
    secret_kind: Optional[str] = None
    secret_audience: Optional[str] = None
    secret_expires_at: Optional[str] = None
    secret_expired: Optional[bool] = None
    issued_by_registry: Optional[bool] = None
    entra_accepts: Optional[bool] = None
    entra_error_codes: List[int] = field(default_factory=list)
    server_text: Optional[str] = None
    object_type: Optional[str] = None
    application_id_of_object: Optional[str] = None
    tenant_id: Optional[str] = None
    access_source: Optional[str] = None
    access_by: Optional[str] = None
    identity: IdentityEvidence = unpublished(default_factory=IdentityEvidence)
    entra_answer: Optional[TokenAnswer] = unpublished(default=None)
