# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Evidence as the engine hands it to checks, written by check name."""

from azext_acrlogin.checks import all_checks
from azext_acrlogin.engine.model import Inputs

KINDS = {check.name: check.evidence for check in all_checks()}


def inputs(found, kinds=None):
    """
    :param found: evidence by check name; None for all others.
    :param kinds: what is declared, as in `Check.waits_for` and `Check.weighs`; everything when left out.
    """
    unknown = set(found) - set(KINDS)
    assert not unknown, f"no such check: {unknown}"
    by_kind = {KINDS[name]: evidence for name, evidence in found.items()}
    return Inputs({kind: by_kind.get(kind) for kind in (KINDS.values() if kinds is None else kinds)})
