# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""One module per check. A module here, or below, that declares ``CHECK`` is registered by that alone."""

import pkgutil
from importlib import import_module
from typing import List

from azext_acrlogin.engine.model import AnyCheck


def all_checks() -> List[AnyCheck]:
    """Every check of this folder, in the order in which the report lists them: by category, then as the path runs."""
    modules = [import_module(module.name) for module in pkgutil.walk_packages(__path__, f"{__name__}.")]
    checks = [module.CHECK for module in modules if hasattr(module, "CHECK")]
    return in_running_order(checks)


def in_running_order(checks: List[AnyCheck]) -> List[AnyCheck]:
    """Sort checks so that each stands after all whose evidence its `gather` waits for, alphabetically otherwise.

    :raises ValueError: when a check waits for evidence that nobody gathers, or for its own through others.
    """
    pending = {check.evidence: check for check in sorted(checks, key=lambda check: check.name)}
    unknown = {kind.__name__ for check in checks for kind in check.weighs if kind not in pending}
    if unknown:
        raise ValueError(f"Checks wait for what nobody gathers: {', '.join(sorted(unknown))}")
    ordered: List[AnyCheck] = []
    while pending:
        ready = [check for check in pending.values() if not set(check.waits_for) & set(pending)]
        if not ready:
            raise ValueError(f"Checks wait for each other: {', '.join(check.name for check in pending.values())}")
        for check in ready:
            ordered.append(pending.pop(check.evidence))
    return ordered
