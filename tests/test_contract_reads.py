# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the product looks up in Resource Manager's answers is there at the version that it asks for.

Nobody lists what is read: the product runs in the worlds of all scenarios, and what it looks up is recorded.
"""

from dataclasses import replace
from urllib.parse import urlsplit

from tests import azure_facts
from tests.contract.recorded import Read, exists, recorded_in_all_worlds  # noqa: F401  pylint: disable=unused-import
from tests.contract.requests import DECLARED, IS_NEWEST, declaration, faults
from tests.contract.services import service_of

# Looked up by a reader that serves several types; where a type has no such member, there is nothing to find.
OF_ANOTHER_TYPE = {
    ("Microsoft.Authorization/roleEligibilityScheduleInstances", "properties.updatedOn"): "of role assignments",
}
# Made by other profiles, or in situations that a process without a network has not; the scenarios make them.
ELSEWHERE = {("arm", "/subscriptions"), ("arm", "/providers/Microsoft.ResourceGraph/resources"),
             ("entra", "/common/userrealm/{name}"),
             ("entra", "/common//v2.0/.well-known/openid-configuration"),
             ("graph", "/v1.0/applications"), ("graph", "/v1.0/servicePrincipals/{guid}"),
             ("identity", "/metadata/identity/oauth2/token"), ("identity", "/msi/token"), ("identity", "/oauth2/token")}


# By type and version: what clouds are asked that do not know the first one. What is not shown there is unknown, which
# the judgements' tests are about; it has to be there at the first version.
FALLBACKS = {(one.type, version): one.versions[0] for one in DECLARED if one.type for version in one.versions[1:]}


def at_first(read):
    """The read at the version that is asked for first."""
    return replace(read, api_version=FALLBACKS.get((read.type, read.api_version), read.api_version))


def test_no_diagnosis_fails(recorded):
    assert not recorded.wrong


def test_what_is_read_exists(recorded):
    missing = {(read.type, read.api_version, read.path) for read in map(at_first, recorded.reads)
               if not exists(read) and (read.type, read.path) not in OF_ANOTHER_TYPE}
    assert not missing


def test_exceptions_are_still_needed(recorded):
    assert not {(read.type, read.path) for read in recorded.reads if exists(read)} & set(OF_ANOTHER_TYPE)
    assert {(read.type, read.path) for read in recorded.reads} >= set(OF_ANOTHER_TYPE)


def test_every_type_that_is_declared_is_read(recorded):
    declared = {(one.type, one.versions[0]) for one in DECLARED
                if one.type and ((one.service, one.path) not in ELSEWHERE or one.path == "/subscriptions")}
    read = {(read.type, read.api_version) for read in map(at_first, recorded.reads)}
    assert read == declared if IS_NEWEST else {kind for kind, _ in read} == {kind for kind, _ in declared}
    assert declared <= {(kind, version) for kind in azure_facts.resource_types()
                        for version in azure_facts.versions(kind)}


def test_every_request_is_declared_and_every_declaration_is_needed(recorded):
    made, found = set(), []
    for method, url, _ in recorded.requests:
        parts = urlsplit(url)
        service = service_of(parts)
        found += faults(service, method, parts.path + (f"?{parts.query}" if parts.query else ""))
        made.add(declaration(service, method, parts.path))
    assert not found
    assert {(one.service, one.path) for one in DECLARED if one not in made} <= ELSEWHERE


def test_the_mode_is_what_this_is_about(recorded):
    """The member that was once asked for at a version without it."""
    read = at_first(next(read for read in recorded.reads if read.path == "properties.roleAssignmentMode"))
    assert exists(read)
    assert not exists(Read(read.type, "2023-11-01-preview", read.path))
    assert not exists(read, "2025-04-01")
