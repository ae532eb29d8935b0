# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is generated from the code is up to date; the message of a failure says how to write it anew. Links lead on."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from azext_acrlogin.checks import all_checks

ROOT = Path(__file__).resolve().parents[1]
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("script", ["generate_assumptions.py", "generate_docs.py", "generate_fixes_page.py",
                                    "generate_schema.py"])
def test_generated_files_are_up_to_date(script):
    done = subprocess.run([sys.executable, str(ROOT / "scripts" / script), "--check"], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_picture_shows_every_check():
    shown = re.split(r"[^\w-]+", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("```")[2])
    assert {check.name for check in all_checks()} <= set(shown)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_files_lead_somewhere(page):
    targets = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
