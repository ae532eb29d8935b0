# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Geo-replicas of a registry, as Resource Manager shows them."""

from dataclasses import dataclass
from typing import List, Optional

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import Account
from azext_acrlogin.protocol.json_text import member, text_member
from azext_acrlogin.protocol.text import shown

READY = ("", "Succeeded", "Ready")
FAILED = ("Failed", "Canceled")


@dataclass
class Replica:
    """One of them. routed: the login server may send clients to it; None where that is not shown."""

    name: str
    location: str
    provisioning_state: str
    status: str
    routed: Optional[bool] = None

    @property
    def ready(self) -> bool:
        """Whether it is in no state that keeps it from serving."""
        return self.provisioning_state in READY and self.status in READY

    @property
    def failed(self) -> bool:
        """Whether it stays unusable until someone acts."""
        return self.provisioning_state in FAILED or self.status in FAILED

    @property
    def state(self) -> str:
        """The word that tells why it is not ready."""
        return self.status if self.provisioning_state in READY else self.provisioning_state


def read_replicas(arm: Arm, account: Account, registry_id: str) -> Optional[List[Replica]]:
    """All of them; None when they cannot be listed."""
    answer = arm.replications(account, registry_id)
    if not answer.ok:
        return None
    return [Replica(
        shown(text_member(entry, "name"), 80), shown(text_member(entry, "location"), 80),
        shown(text_member(entry, "properties", "provisioningState"), 40),
        shown(text_member(entry, "properties", "status", "displayStatus"), 40),
        _flag(member(entry, "properties", "regionEndpointEnabled"))) for entry in answer.items[:50]]


def _flag(value: object) -> Optional[bool]:
    return value if isinstance(value, bool) else None
