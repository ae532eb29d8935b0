# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""How often `az acr login-error match` names the cause of reports whose cause is known.

    python scripts/measure_symptoms.py REPORTS CODES [--all] [--by-code] [--misses HALF]

REPORTS has one JSON object a line with `id`, `symptom`, `root_cause` and `confirmed`; CODES maps each root cause to the
error codes that name it. A report counts as a hit when any of them is among the first matches for its symptom.
Reports are split by a digest of their ids, so that the halves are always the same ones: rules are written with one half
in view ("learn"), and judged by the other ("test").
"""

import argparse
import hashlib
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, Dict, List, Optional

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from azext_acrlogin.symptoms.match import MOST_MATCHES, matches  # noqa: E402

DEPTHS = (1, 3, 5)
LEARN, TEST = "learn", "test"


def half(identifier: str) -> str:
    """Which half a report belongs to."""
    return LEARN if hashlib.sha256(identifier.encode()).digest()[0] % 2 else TEST


def place(symptom: str, codes: List[str]) -> Optional[int]:
    """Where the first of `codes` stands among the matches, from 1; None when none of them does."""
    found = [match["errorCode"] for match in matches(symptom)]
    return next((index for index, code in enumerate(found, 1) if code in codes), None)


def figures(places: List[Optional[int]]) -> str:
    """The share of hits for each depth, as text."""
    shares = []
    for depth in DEPTHS:
        hits = sum(found is not None and found <= depth for found in places)
        shares.append(f"top {depth}: {hits:3}/{len(places)} {hits / max(1, len(places)):4.0%}")
    return "   ".join(shares)


def _read(path: Path, codes: Dict[str, List[str]], confirmed_only: bool) -> List[Dict[str, Any]]:
    """The reports that can be judged: those whose cause has a code."""
    reports = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [report for report in reports
            if report["root_cause"] in codes and (report["confirmed"] or not confirmed_only)]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("reports", type=Path)
    parser.add_argument("codes", type=Path)
    parser.add_argument("--all", action="store_true", help="unconfirmed reports, too")
    parser.add_argument("--by-code", action="store_true", help="the figures for each code (its first one) as well")
    parser.add_argument("--misses", choices=[LEARN, TEST], help="print the reports of one half that are missed")
    given = parser.parse_args()
    codes = json.loads(given.codes.read_text(encoding="utf-8"))

    groups: Dict[str, List[Optional[int]]] = defaultdict(list)
    for report in _read(given.reports, codes, not given.all):
        wanted, which = codes[report["root_cause"]], half(report["id"])
        found = place(report["symptom"], wanted)
        for group in ("all", which, f"  {wanted[0]}"):
            groups[group].append(found)
        if given.misses == which and (found is None or found > 3):
            named = [match["errorCode"] for match in matches(report["symptom"])][:5]
            print(f"{report['id']} at {found or f'none of {MOST_MATCHES}'}, wanted {wanted}, named {named}\n"
                  f"    {report['symptom']!r}")
    by_code = sorted(groups.keys() - {LEARN, TEST, "all"}) if given.by_code else []
    for group in [LEARN, TEST, "all", *by_code]:
        print(f"{group:40} {figures(groups[group])}")


if __name__ == "__main__":
    main()
