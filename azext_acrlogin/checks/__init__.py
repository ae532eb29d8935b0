# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""One module per check. A module in this folder that declares ``CHECK`` takes part; nothing else registers it."""

import pkgutil
from importlib import import_module
from typing import List

from azext_acrlogin.engine.model import Check


def all_checks() -> List[Check]:
    """Every check of this folder, in the order in which the report lists them: by category, then as the path runs."""
    modules = [import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__)]
    checks = [module.CHECK for module in modules if hasattr(module, "CHECK")]
    return in_running_order(checks)


def in_running_order(checks: List[Check]) -> List[Check]:
    """Sort checks so that each stands after all whose evidence its `gather` waits for, alphabetically otherwise.

    :raises ValueError: when a check waits for one that does not exist, or for itself through others.
    """
    pending = {check.name: check for check in sorted(checks, key=lambda check: check.name)}
    unknown = {name for check in checks
               for name in check.needs + check.reads + check.judges_with + check.presumes} - set(pending)
    if unknown:
        raise ValueError(f"Checks wait for unknown ones: {', '.join(sorted(unknown))}")
    ordered: List[Check] = []
    while pending:
        ready = [check for check in pending.values() if not set(check.needs + check.reads) & set(pending)]
        if not ready:
            raise ValueError(f"Checks wait for each other: {', '.join(pending)}")
        for check in ready:
            ordered.append(pending.pop(check.name))
    return ordered
