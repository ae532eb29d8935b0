# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Everything that a diagnosis meets, on one machine: a network of its own with names, addresses and faults, the
emulated Azure, a real container engine and a real image store behind the registry.

``site.Site`` is the whole; ``python -m tests.site --scenario FILE`` sets one situation up to look around in.
"""
