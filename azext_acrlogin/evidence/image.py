# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""What the check image observed."""

from dataclasses import dataclass
from typing import Dict, Optional

from azext_acrlogin.base.secret import unpublished
from azext_acrlogin.evidence import Evidence
from azext_acrlogin.net.http import Answer, Failure


@dataclass
class ImageEvidence(Evidence):
    """Answers to the list of tags and to the manifest. `tag` is the one asked about, or the first of the list.

    failure: why the last of them got no answer.
    similar: of what is missing, a name that is there.
    deleted_tag, deleted_digest, deleted_at: what soft delete keeps of it.  deleted_status: whether that could be read.
    """

    repository: Optional[str] = None
    tag: Optional[str] = None
    tags_status: Optional[int] = None
    manifest_status: Optional[int] = None
    server_text: Optional[str] = None
    failure: Optional[str] = None
    not_asked: Optional[str] = None
    similar: Optional[str] = None
    deleted_status: Optional[int] = None
    deleted_tag: Optional[str] = None
    deleted_digest: Optional[str] = None
    deleted_at: Optional[str] = None
    login_server: str = unpublished(default="LOGIN-SERVER")  # or the regional endpoint that was asked
    platform: Optional[str] = unpublished(default=None)  # digest of an image in the index, where that one is refused
    refusal: Optional[Answer] = unpublished(default=None)  # the last answer, when it is none of 200 and 404
    no_answer: Optional[Failure] = unpublished(default=None)  # what `failure` tells
    layer: Optional[str] = unpublished(default=None)  # digest of a blob of the image, for the data endpoint's check

    @property
    def with_a_tag(self) -> str:
        """How to find out whether a pull works, where no image was there to try it with."""
        return (f"With a tag, as in --name {self.login_server}/{self.repository}:TAG, this command asks for the image "
                "as a pull does")

    @property
    def withheld(self) -> Dict[str, str]:
        """Actions that the registry did not let this run do, by what came instead of the tags or the manifest.

        A 404 is about the image, not about the right to it; where there is none at all, nothing was tried.
        """
        parts = {"metadata-read": ("the tags", self.tags_status), "pull": ("the manifest", self.manifest_status)}
        found = {action: f"the registry answers {status} for {part} of '{self.repository}'"
                 for action, (part, status) in parts.items() if status not in (None, 200, 404)}
        if self.tags_status == 404 and self.manifest_status is None:
            found["pull"] = f"'{self.repository}' does not exist (404). {self.with_a_tag}"
        if self.failure:
            action = "pull" if self.tag else "metadata-read"
            found[action] = f"the registry does not answer for {parts[action][0]} of '{self.repository}'"
        return found
