# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check data-endpoint observed."""

from dataclasses import dataclass, field
from typing import Dict, List, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.certificate import Certificate
from azext_acrlogin.net.http import Answer, Failure

SERVED = (200, 307)  # a layer, or the address of the host that has it


@dataclass
class DataEndpointEvidence(Evidence):
    """The hosts that layers come from, and why each could not be reached (None: it answered).

    out_of_order: those that answer with a fault of their own.
    pages: those that answer with HTML.
    blob_status: the login server's answer for a layer.
    """

    hosts: Dict[str, Optional[str]] = field(default_factory=dict)
    out_of_order: List[str] = field(default_factory=list)
    pages: List[str] = field(default_factory=list)
    refused_by_proxy: List[str] = field(default_factory=list)
    blob_status: Optional[int] = None
    login_server: Optional[str] = None
    failures: Dict[str, Failure] = unpublished(default_factory=dict)
    aliases: Dict[str, Optional[str]] = unpublished(default_factory=dict)  # of hosts that do not resolve
    certificates: Dict[str, Optional[Certificate]] = unpublished(default_factory=dict)  # that were not accepted
    shut_out: Dict[str, Answer] = unpublished(default_factory=dict)  # refusals by the registry's network rules
    refusal: Optional[Answer] = unpublished(default=None)  # the login server's for a layer

    @property
    def withheld(self) -> Dict[str, str]:
        """Actions that the registry did not let this run do, by what came instead of a layer.

        A 404 is about the layer: images may name some that the registry does not hold (foreign layers).
        """
        if self.blob_status in (None, 404, *SERVED):
            return {}
        return {"pull": f"the registry answers {self.blob_status} for a layer"}
