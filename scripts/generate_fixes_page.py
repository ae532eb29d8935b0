# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writes docs/fixes.md, which fixes are proven and which are not, from the catalogue and from tests/fixes.

    python scripts/generate_fixes_page.py --write    write the page
    python scripts/generate_fixes_page.py --check    exit 1 when it is not up to date
"""

import argparse
import sys
from pathlib import Path
from typing import Iterable, List, Tuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

# pylint: disable=wrong-import-position
from azext_acrlogin.catalogue import Code, Fix, codes  # noqa: E402
from azext_acrlogin.render.catalogue_text import RUN_BY, general  # noqa: E402
from tests.fix_proof import Proof, load_all  # noqa: E402

PAGE = ROOT / "docs" / "fixes.md"
COMMAND = "python scripts/generate_fixes_page.py --write"
INTRODUCTION = """\
<!-- Written by scripts/generate_fixes_page.py from azext_acrlogin/catalogue and tests/fixes; change it there. -->

# Which fixes are proven

Every command of every fix is read by the Azure CLI's own parser in the tests (`tests/test_catalogue.py`), so that no
command group, option or choice is invented. Where a cause is fixed in Azure or in the Azure CLI's own state, that is
not enough: the commands are run.

## Proven by running them

For each row `tests/test_fixes.py` makes the situation in the emulated Azure of the tests, diagnoses it with the real
`az`, has the one whom the fix names run exactly the commands that were printed, and diagnoses again: nothing is found
any more. A new password that the commands leave in a file is the one diagnosed with; a new certificate is signed in
with, as the fix says. Then it makes the near miss, which looks the same and is something else: the same commands do not
make that one clean. In a third of the situations the lines are run by a shell as well. Fixes are numbered as on the
code's page.

| code | fix | situation | run by | near miss |
|---|---|---|---|---|
"""
PARSED = """
## Only parsed

These have commands that look something up, ask for a password, sign in where the cause needs an administrator's hand
first, or concern the local machine or network; or they are the same commands as a proven fix has, for one more role or
for whoever may assign roles.

| code | fix | commands |
|---|---|---|
"""
EVERY = """
## Every fix, and what brings it out

A finding offers the first fix of its code whose facts the evidence gave. Facts are named as in
`azext_acrlogin/catalogue/facts.py`; a fix without any is the one for when nothing more is known.

| code | fix | run by | when these are known | what is said |
|---|---|---|---|---|
"""
WITHOUT = """
## Without commands

What is to be done is described in words: {}.
"""


def page() -> str:
    """The whole page."""
    proofs = sorted(load_all(), key=lambda proof: (list(codes()).index(proof.code), proof.fix, proof.name))
    proven = {(proof.code, proof.fix) for proof in proofs}
    parsed = [(code, number, fix) for code, number, fix in _fixes()
              if fix.commands and (code.code, number) not in proven]
    silent = [code.code for code in codes().values() if not any(fix.commands for fix in code.fixes)]
    return (INTRODUCTION + "".join(map(_proven, proofs)) + PARSED + "".join(_parsed(*entry) for entry in parsed) +
            WITHOUT.format(", ".join(map(_link, silent))) + EVERY + "".join(_every(*entry) for entry in _fixes()))


def _fixes() -> Iterable[Tuple[Code, int, Fix]]:
    return ((code, number, fix) for code in codes().values() for number, fix in enumerate(code.fixes, 1))


def _proven(proof: Proof) -> str:
    return _row(_link(proof.code), proof.fix, f"{proof.really} ([file](../tests/fixes/{proof.name}.yaml))",
                RUN_BY[proof.run_by], f"{proof.near_miss.really} ({_link(proof.near_miss.expect)})")


def _parsed(code: Code, number: int, fix: Fix) -> str:
    return _row(_link(code.code), number, "<br>".join(f"`{command['line']}`"
                                                      for command in general(fix, windows=False)["commands"]))


def _every(code: Code, number: int, fix: Fix) -> str:
    return _row(_link(code.code), number, RUN_BY[fix.run_by], ", ".join(sorted(fix.placeholders)) or "nothing more",
                general(fix, windows=False)["description"])


def _row(*cells: object) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


def _link(code: str) -> str:
    return f"[{code}](errors/{code}.md)"


def main(arguments: List[str]) -> int:
    """Write or check; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    mode = parser.add_mutually_exclusive_group(required=True)
    mode.add_argument("--write", action="store_true", help="write the page")
    mode.add_argument("--check", action="store_true", help="only say whether it is up to date")
    if parser.parse_args(arguments).write:
        PAGE.write_text(page(), "utf-8", newline="\n")
        return 0
    if PAGE.is_file() and PAGE.read_text("utf-8") == page():
        return 0
    print(f"Not up to date: {PAGE.relative_to(ROOT).as_posix()}\nRun: {COMMAND}")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
