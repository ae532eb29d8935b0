# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The SDKs of the oldest and the newest supported CLI, installed side by side, know what the product reads."""

import json

import pytest

from tests.contract.recorded import Read, exists, recorded_in_all_worlds  # noqa: F401  pylint: disable=unused-import
from tests.contract.sdks import OLDEST, clis, run_with
from tests.test_contract_door import OF_THE_OLDEST
from tests.test_contract_reads import OF_ANOTHER_TYPE

# Members that an SDK's model lacks. The product reads the answer itself, so that it sees them all the same.
NEWER_THAN_THE_MODEL = "asked for at a version newer than the model"
REGISTRIES = "Microsoft.ContainerRegistry/registries"
SUBNETS = "properties.networkRuleSet.virtualNetworkRules"
NOT_YET = "not known at the oldest's version, which the judgements' tests are about"
LACKING = {
    (OLDEST, "Microsoft.Authorization/permissions", "condition"): NEWER_THAN_THE_MODEL,
    (OLDEST, "Microsoft.Authorization/permissions", "conditionVersion"): NEWER_THAN_THE_MODEL,
    (OLDEST, "Microsoft.Authorization/denyAssignments", "properties.denyAssignmentEffect"): NEWER_THAN_THE_MODEL,
    (OLDEST, REGISTRIES, "properties.networkRuleBypassAllowedForTasks"): NOT_YET,
    (OLDEST, REGISTRIES, SUBNETS): NOT_YET,
    (OLDEST, f"{REGISTRIES}/cacheRules", "identity"): NOT_YET,
    (OLDEST, f"{REGISTRIES}/cacheRules", "identity.type"): NOT_YET,
    (OLDEST, REGISTRIES, f"{SUBNETS}[].virtualNetworkSubnetResourceId"): NOT_YET,
}
WITHOUT_CLIENT = ("Microsoft.ContainerRegistry/registries/tasks",)  # read at a version of our own choice


@pytest.mark.parametrize("cli", clis())
def test_models_have_what_is_read(cli, recorded, tmp_path):
    found = json.loads(run_with(cli, tmp_path, "tests.contract.models", str(recorded.file)))
    missing = set(map(tuple, found["missing"])) - set(OF_ANOTHER_TYPE)
    listed = {(kind, path) for version, kind, path in LACKING if version == cli}
    assert missing == listed & {(read.type, read.path) for read in recorded.reads}
    covered = {"Microsoft.ContainerRegistry", "Microsoft.Authorization"}
    assert {kind.lower() for kind in found["models"]} == {
        read.type.lower() for read in recorded.reads
        if read.type.partition("/")[0] in covered and read.type not in WITHOUT_CLIENT}


def test_what_is_read_exists_at_the_versions_of_the_oldest(recorded):
    versions = {"registries": OF_THE_OLDEST["registries"], "registries/cacheRules": OF_THE_OLDEST["cache_rules"],
                "registries/credentialSets": OF_THE_OLDEST["credential_set"],
                "registries/replications": OF_THE_OLDEST["replications"],
                "registries/listUsages": OF_THE_OLDEST["usages"],
                "registries/tokens": OF_THE_OLDEST["tokens"], "registries/scopeMaps": OF_THE_OLDEST["scope_map"],
                "checkNameAvailability": OF_THE_OLDEST["name_availability"]}
    reads = [Read(read.type, versions[read.type.partition("/")[2]], read.path) for read in recorded.reads
             if read.type.startswith("Microsoft.ContainerRegistry/") and read.type not in WITHOUT_CLIENT]
    missing = {(OLDEST, read.type, read.path) for read in reads if not exists(read)}
    assert reads and missing <= {one for one, why in LACKING.items() if why == NOT_YET}
