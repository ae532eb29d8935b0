# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure as this login sees it: the CLI's login, Resource Manager, Microsoft Graph, Log Analytics.

What they answer becomes plain records; nothing here decides.
"""
