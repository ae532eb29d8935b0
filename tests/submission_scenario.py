# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The scenario that goes with the extension to the repository of the CLI's extensions: what needs no registry."""

from azure.cli.testsdk import ScenarioTest


class AcrLoginScenario(ScenarioTest):
    """The commands as `azdev test acrlogin` runs them."""

    def test_acrlogin_catalogue(self):
        self.cmd("acr login-error list", checks=[self.check("[?errorCode=='LOGIN_REQUIRED_ERROR'] | length(@)", 1)])
        self.cmd("acr login-error show --code ROLE_ASSIGNMENT_MISSING_ERROR",
                 checks=[self.check("severity", "error"), self.check("category", "authorization")])
        self.cmd("acr login-error match --symptom 'AADSTS50057: The user account is disabled.'",
                 checks=[self.check("[0].errorCode", "AAD_ACCOUNT_ERROR")])

    def test_acrlogin_wrong_usage(self):
        with self.assertRaises(SystemExit) as ended:
            self.cmd("acr login-diagnose --name myregistry --timeout 0")
        self.assertEqual(ended.exception.code, 2)
