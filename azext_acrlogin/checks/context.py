# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What `gather` functions work with: what was asked, and the ways to the outside world."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.azure.arm import Arm
from azext_acrlogin.azure.cli_login import AzureLogin
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.engine.question import Question
from azext_acrlogin.net.http import Http
from azext_acrlogin.net.traffic import Traffic


@dataclass(frozen=True)
class Context:
    """The question and the ways to the outside world. Only `gather` functions get it."""

    asked: Question
    http: Http
    login: AzureLogin
    arm: Arm
    traffic: Traffic
    password: Optional[Secret] = None  # of asked.username
