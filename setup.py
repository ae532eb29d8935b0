# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Package of the extension; `python setup.py bdist_wheel` builds what `az extension add --source` takes."""

import re
from pathlib import Path

from setuptools import find_packages, setup

CLASSIFIERS = [
    "Development Status :: 4 - Beta",
    "Intended Audience :: Developers",
    "Intended Audience :: System Administrators",
    "Programming Language :: Python",
    "Programming Language :: Python :: 3",
    "Programming Language :: Python :: 3.10",
    "Programming Language :: Python :: 3.11",
    "Programming Language :: Python :: 3.12",
    "Programming Language :: Python :: 3.13",
    "License :: OSI Approved :: MIT License",
]

HERE = Path(__file__).parent
VERSION = re.search(r'VERSION = "(.+)"', (HERE / "azext_acrlogin" / "_version.py").read_text("utf-8"))[1]
README, HISTORY = ((HERE / name).read_text("utf-8") if (HERE / name).is_file() else ""
                   for name in ("README.md", "HISTORY.rst"))

setup(
    name="acrlogin",
    version=VERSION,
    description="Finds out why signing in to an Azure Container Registry, or pulling and pushing, fails.",
    long_description=README + "\n\n" + HISTORY,
    long_description_content_type="text/markdown",
    license="MIT",
    license_files=["License.txt"],
    author="Microsoft Corporation",
    author_email="azpycli@microsoft.com",
    url="https://github.com/Azure/azure-cli-extensions/tree/main/src/acrlogin",
    classifiers=CLASSIFIERS,
    packages=find_packages(include=["azext_acrlogin", "azext_acrlogin.*"]),
    package_data={"azext_acrlogin": ["azext_metadata.json", "report.schema.json"]},
    install_requires=[],
)
