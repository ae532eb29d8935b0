# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the tests share: the extension as users install it, and a site to diagnose in."""

import shutil

import pytest
from hypothesis import settings

from tests.hardening import Bench
from tests.site import extension as extensions
from tests.site.leftovers import make_folder
from tests.site.namespace import why_impossible

settings.register_profile("untimed", deadline=None)  # a busy machine is no fault of the product's
settings.load_profile("untimed")


def pytest_addoption(parser):
    parser.addoption("--reports", metavar="DIR", help="keep each scenario's report and standard error in a folder")
    parser.addoption("--renew-golden", action="store_true", help="write tests/golden anew")


@pytest.fixture(scope="session", name="extension_folder")
def installed_extension():
    """AZURE_EXTENSION_DIR with the extension, built from the working tree and installed by az."""
    folder = make_folder("extension")
    yield extensions.install(folder)
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def site(extension_folder):
    """The site of this process: a network of its own where that is possible, else what HTTP alone shows."""
    if why_impossible():
        from tests.site.loopback import LoopbackSite
        with LoopbackSite(extension_folder) as loopback:
            yield loopback
    else:
        from tests.site.site import Site
        with Site(extension_folder) as whole:
            yield whole


@pytest.fixture(scope="session")
def bench(extension_folder):
    """An emulated Azure that az is signed in to, for tests of bounds and safety."""
    made = Bench(extension_folder)
    yield made
    made.close()
