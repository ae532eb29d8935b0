# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The doors to the outside world: HTTP, Resource Manager, the CLI's login, name resolution, programs and files.

Everything here is bounded in time and size and turns what the network does into plain records; nothing here decides.
"""
