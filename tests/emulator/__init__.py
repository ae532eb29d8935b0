# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""An Azure small enough to start in a second: Entra, Resource Manager, Graph, registries, identity endpoints.

Nothing in it is scripted per test. A world (YAML, see ``world.py``) says what exists, and every answer is worked out
from it, so that a new situation is a few lines of patch over ``tests/worlds/contoso.yaml``.
"""
