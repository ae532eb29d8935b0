# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What checks observed: the records that other checks, the engine or the report read.

Evidence that nobody else reads stands in its check's own module. A check is named by the type of its evidence.
"""

from dataclasses import dataclass


@dataclass
class Evidence:
    """What one check observed. Subclasses add fields; those made with `unpublished` stay out of the report.

    Field names become the report's evidence keys in camelCase, so they are part of the published schema.
    """

    @property
    def usable(self) -> bool:
        """Whether checks that need this one can go on. A failed look-up, for instance, is not usable."""
        return True

    def bears_out(self, guess: "Evidence") -> bool:
        """Whether what was concluded from a guess at this evidence still holds."""
        return self == guess
