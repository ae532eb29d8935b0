# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""IP addresses against the ranges of a registry's network rules."""

import ipaddress
from typing import Iterable


def is_in(address: str, ranges: Iterable[str]) -> bool:
    """Whether an address is in one of the ranges (or is one of them)."""
    try:
        parsed = ipaddress.ip_address(address)
        return any(parsed in ipaddress.ip_network(allowed, strict=False) for allowed in ranges)
    except ValueError:
        return False
