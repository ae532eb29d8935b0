# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What is observed of the user and the folders of this process: the evidence of the check `client-environment`."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.evidence import Evidence


@dataclass
class ClientEnvironmentEvidence(Evidence):
    """
    sudo_user: who became root to run this.
    sudo_user_subscriptions: how many subscriptions that user's own Azure CLI profile has; None when it has no profile.
    folder: docker's configuration folder in use.
    holding_folder: another one, of this user or of sudo_user, with a credential for the registry that `folder` lacks.
    """

    sudo_user: Optional[str] = None
    sudo_user_subscriptions: Optional[int] = None
    folder: Optional[str] = None
    folder_by_variable: bool = False
    holding_folder: Optional[str] = None
