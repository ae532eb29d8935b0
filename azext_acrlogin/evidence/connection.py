# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check connection observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.certificate import Certificate
from azext_acrlogin.net.http import Answer, Failure


@dataclass
class ConnectionEvidence(Evidence):
    """How the connection went.

    certificate_fault: OpenSSL's verification code when a certificate was refused.
    stage: how far it got where no answer came in time: connecting, handshake or answer; None where that is not known.
    bundle_variable: the environment variable that names a file of trusted certificates which cannot be used.
    narrow_variable: the one that names a usable file which lacks the issuer, where the Azure CLI's own list has it.
    """

    host: str
    status: Optional[int] = None
    failure_kind: Optional[str] = None
    failure_text: Optional[str] = None
    certificate_fault: Optional[int] = None
    certificate: Optional[Certificate] = None
    bundle_variable: Optional[str] = None
    proxy_status: Optional[int] = None
    stage: Optional[str] = None
    narrow_variable: Optional[str] = None
    answer: Optional[Answer] = unpublished(default=None)
    failure: Optional[Failure] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.status is not None
