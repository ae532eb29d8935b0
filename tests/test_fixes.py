# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The printed commands mend the cause, and nothing that only looks like it: they are run with the real az.

Whoever the fix names runs them in the emulated Azure; the next diagnosis by the one who could not sign in is clean.
"""

import re
import stat

import pytest

from azext_acrlogin.catalogue import PLACEHOLDER, codes
from azext_acrlogin.render.commands import writing
from tests.fix_proof import Workshop, load_all, over

PROOFS = load_all()


@pytest.fixture(scope="session")
def workshop(tmp_path_factory, extension_folder):
    with Workshop(tmp_path_factory.mktemp("workshop"), extension_folder) as place:
        yield place


@pytest.mark.parametrize("proof", PROOFS, ids=lambda proof: proof.name)
def test_fix(workshop, proof):
    situation = workshop.situation(proof.world, proof.settings, sign_in_files=proof.sign_in_files)
    before = situation.diagnose(proof.profile, proof.arguments, proof.password)
    assert before.report["errorCode"] == proof.code, before.stderr
    fix = before.report["fix"]
    assert fix["runBy"] == proof.run_by, fix
    assert _is_written_as(fix["description"], codes()[proof.code].fixes[proof.fix - 1].description), fix
    argvs = [argv for command in fix["commands"] for argv in (*_writing(command), command["argv"])]
    assert argvs, f"no command: {fix['description']}"
    _assert_clean(proof, situation, argvs)
    if proof.bash:
        lines = [["bash", "-c", line] for command in fix["commands"] for line in (
            *(argv[-1] for argv in _writing(command)), command["line"])]
        _assert_clean(proof, workshop.situation(
            proof.world, proof.settings, sign_in_files=proof.sign_in_files), lines)
    _assert_no_cure_for_all(proof, workshop, argvs)


def _writing(command):
    """The command that writes a command's file, as the screen shows it."""
    if command["file"]:
        yield ["bash", "-c", "\n".join(writing(command["file"], windows=False))]


def _is_written_as(description, text):
    """Whether a description is the catalogue's text with values in it."""
    return re.fullmatch(".*".join(map(re.escape, PLACEHOLDER.split(text)[::3])), description)


def _assert_clean(proof, situation, argvs):
    password = _run_fix(proof, situation, argvs, must_work=True)
    after = situation.diagnose(proof.profile, proof.arguments, password)
    assert after.is_clean(proof.code), f"{argvs} leave {after.report['errorCodes']}:\n{after.stderr}"


def _assert_no_cure_for_all(proof, workshop, argvs):
    miss = proof.near_miss
    situation = workshop.situation(over(proof.world, miss.world), proof.settings, miss.environment,
                                   proof.sign_in_files)
    password = _run_fix(proof, situation, argvs, must_work=False)
    after = situation.diagnose(proof.profile, proof.arguments, password)
    assert not after.is_clean(proof.code) and miss.expect in after.report["errorCodes"], \
        f"{miss.really}: after {argvs} {after.report['errorCodes']} is found:\n{after.stderr}"


def _run_fix(proof, situation, argvs, must_work):
    """Run the commands and what the description asks for; returns the password to diagnose with."""
    who, output = proof.runs or proof.profile, ""
    for argv in argvs:
        done = situation.run(argv, who)
        assert not must_work or done.returncode == 0, f"{argv} ends with {done.returncode}:\n{done.stderr}"
        output = done.stdout.strip()
    password = proof.password
    if proof.secret_file:
        file = situation.file(who, proof.secret_file)
        assert not output and stat.S_IMODE(file.stat().st_mode) == 0o600
        password = output = file.read_text(encoding="utf-8").strip() or proof.password
    if proof.afterwards:
        done = situation.run([part.replace("{output}", output) for part in proof.afterwards], proof.profile)
        assert not must_work or done.returncode == 0, f"{proof.afterwards}:\n{done.stderr}"
    return password
