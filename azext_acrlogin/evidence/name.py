# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check name observed."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.protocol.names import RegistryName


@dataclass
class NameEvidence(Evidence):
    """The name taken apart. `derived_login_server` is what the CLI falls back to without Resource Manager's word.

    capital_host: the host as it was given, where that has capitals.
    repository: in lower case, as it must be for docker; `reference_fault` tells when it was not given so.
    """

    given: str
    registry_name: Optional[str]
    host: Optional[str]
    derived_login_server: Optional[str]
    label: Optional[str]
    repository: Optional[str]
    tag: Optional[str]
    normalised: List[str]
    fault: Optional[str]
    reference_fault: Optional[str]
    other_cloud: Optional[str]
    subscription: Optional[str] = None
    resource_group: Optional[str] = None
    regional: bool = False
    capital_host: Optional[str] = None
    parsed: Optional[RegistryName] = unpublished(default=None)

    @property
    def usable(self) -> bool:
        return self.registry_name is not None and self.other_cloud is None
