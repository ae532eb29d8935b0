# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The Azure clouds: host names and audiences, as azure-cli 2.91.0 lists them (azure/cli/core/cloud.py)."""

from dataclasses import dataclass

ARM = "https://management.core.windows.net/"
REGISTRY = "https://containerregistry.azure.net"
GRAPH = "https://graph.microsoft.com"
LOG_ANALYTICS = "https://api.loganalytics.io"


@dataclass(frozen=True)
class Cloud:
    """One of them."""
    authority: str
    resource_manager: str
    arm_audience: str
    graph: str
    logs: str
    suffix: str


CLOUDS = {
    "AzureCloud": Cloud("login.microsoftonline.com", "management.azure.com", ARM, "graph.microsoft.com",
                        "api.loganalytics.io", ".azurecr.io"),
    "AzureUSGovernment": Cloud("login.microsoftonline.us", "management.usgovcloudapi.net",
                               "https://management.core.usgovcloudapi.net/", "graph.microsoft.us",
                               "api.loganalytics.us", ".azurecr.us"),
    "AzureChinaCloud": Cloud("login.chinacloudapi.cn", "management.chinacloudapi.cn",
                             "https://management.core.chinacloudapi.cn/", "microsoftgraph.chinacloudapi.cn",
                             "api.loganalytics.azure.cn", ".azurecr.cn"),
}
