# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check identity observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.evidence import Evidence


@dataclass
class IdentityEvidence(Evidence):
    """The identity that is diagnosed. `object_id` is what roles are assigned to, `client_id` an application's id."""

    type: str = "unknown"
    name: Optional[str] = None
    object_id: Optional[str] = None
    client_id: Optional[str] = None
    tenant_id: Optional[str] = None
    home_tenant_id: Optional[str] = None
    guest: Optional[bool] = None
