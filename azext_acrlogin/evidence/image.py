# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check image observed."""

from dataclasses import dataclass
from typing import Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Answer


@dataclass
class ImageEvidence(Evidence):
    """Answers to the list of tags and to the manifest. `tag` is the one asked about, or the first of the list.

    failure: why the last of them got no answer.
    """

    repository: Optional[str] = None
    tag: Optional[str] = None
    tags_status: Optional[int] = None
    manifest_status: Optional[int] = None
    server_text: Optional[str] = None
    failure: Optional[str] = None
    not_asked: Optional[str] = None
    refusal: Optional[Answer] = unpublished(default=None)  # the last answer, when it is none of 200 and 404
    layer: Optional[str] = unpublished(default=None)  # digest of a blob of the image, for the data endpoint's check
