# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Azure Resource Manager: reads only, each optional, since people who can pull may read nothing here."""

from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional
from urllib.parse import quote, urlencode, urlsplit

from azext_acrlogin.azure.cli_login import Account, AzureLogin, TokenAnswer
from azext_acrlogin.net.http import Answer, Http
from azext_acrlogin.protocol.json_text import member, objects, text_member
from azext_acrlogin.protocol.text import shown

PAGES = 200  # of a list; a tenant with 4,000 role assignments or 2,000 registries needs some tens
PAGE_BYTES = 8_000_000
LIST_CHARACTERS = 32_000_000  # of all pages together
REGISTRY_API = "2023-11-01-preview"
AUTHORIZATION_API = "2022-04-01"
DENY_ASSIGNMENTS_API = "2022-04-01"
ELIGIBILITY_API = "2020-10-01"
DIAGNOSTIC_SETTINGS_API = "2021-05-01-preview"
SUBSCRIPTIONS_API = "2022-12-01"


@dataclass(frozen=True)
class ArmAnswer:
    """What Resource Manager said: a value or list, or why not.

    status: of the HTTP answer, None when there was none.
    error_code, error_text: of ARM's error body, shown form.
    token_answer: set when there was no token to ask with.
    """

    status: Optional[int] = None
    value: Any = None
    error_code: Optional[str] = None
    error_text: Optional[str] = None
    answer: Optional[Answer] = None
    token_answer: Optional[TokenAnswer] = None

    @property
    def ok(self) -> bool:
        """Whether `value` is what was asked for."""
        return self.status is not None and 200 <= self.status < 300 and self.value is not None

    @property
    def items(self) -> List[Dict[str, Any]]:
        """The entries of a list answer; empty when it is none."""
        return objects(self.value)

    @property
    def reachable(self) -> bool:
        """Whether Resource Manager answered at all, with anything but throttling, a fault of its own or a page."""
        return self.status is not None and self.status != 429 and self.status < 500 and not self.is_a_page

    @property
    def is_a_page(self) -> bool:
        """Something that makes pages for people answered in Resource Manager's place."""
        return self.answer is not None and "html" in self.answer.headers.get("content-type", "").lower()


@dataclass
class Arm:
    """Reads from Resource Manager as the identity of an account."""

    http: Http
    login: AzureLogin
    endpoint: str  # the cloud's, e.g. https://management.azure.com/
    resource: str  # the audience of its tokens
    _base: str = field(init=False, default="")

    def __post_init__(self):
        self._base = self.endpoint.rstrip("/")

    def get(self, account: Account, path: str, api_version: str, **query: str) -> ArmAnswer:
        """GET one resource; `path` starts with a slash and is taken literally, `query` is encoded."""
        return self._send("GET", account, self._url(path, api_version, query))

    def post(self, account: Account, path: str, api_version: str, body: Any) -> ArmAnswer:
        """POST a question (for instance checkNameAvailability); this tool sends nothing that changes anything."""
        return self._send("POST", account, self._url(path, api_version, {}), body)

    def list(self, account: Account, path: str, api_version: str, **query: str) -> ArmAnswer:
        """GET all pages of a list. A page that fails makes the whole answer that failure: no half lists."""
        url: Optional[str] = self._url(path, api_version, query)
        found: List[Any] = []
        characters = 0
        for _ in range(PAGES):
            page = self._send("GET", account, url)
            if not page.ok:
                return page
            if not isinstance(member(page.value, "value"), list):
                return ArmAnswer(page.status, error_text="the answer is not a list", answer=page.answer)
            found += objects(member(page.value, "value"))
            url = text_member(page.value, "nextLink")
            if not url:
                return ArmAnswer(page.status, found, answer=page.answer)
            if not self._is_own(url):
                return ArmAnswer(page.status, error_text="the list continues at another host", answer=page.answer)
            characters += len(page.answer.body)
            if characters > LIST_CHARACTERS:
                return ArmAnswer(page.status, error_text="the list is too long", answer=page.answer)
        return ArmAnswer(200, error_text=f"the list has more than {PAGES} pages")

    def _is_own(self, url: str) -> bool:
        """Whether a link leads to Resource Manager itself: the token must go nowhere else."""
        try:
            return url.startswith("https://") and urlsplit(url).netloc.lower() == urlsplit(self._base).netloc.lower()
        except ValueError:
            return False

    def _url(self, path: str, api_version: str, query: Dict[str, str]) -> str:
        names = {"filter": "$filter"}
        pairs = [("api-version", api_version)] + [(names.get(name, name), value) for name, value in query.items()]
        return f"{self._base}/{quote(path.lstrip('/'), safe='/')}?{urlencode(pairs, quote_via=quote, safe='$')}"

    def _send(self, method: str, account: Account, url: str, body: Any = None) -> ArmAnswer:
        token_answer = self.login.token(self.resource, account)
        if token_answer.token is None:
            return ArmAnswer(token_answer=token_answer)
        answer = self.http.request(
            method, url, headers={"Authorization": f"Bearer {token_answer.token.reveal()}"}, body=body,
            body_bytes=PAGE_BYTES)
        value = answer.json
        if answer.status is not None and 200 <= answer.status < 300:
            return ArmAnswer(answer.status, value, answer=answer)
        return ArmAnswer(answer.status, None, shown(text_member(value, "error", "code"), 80) or None,
                         shown(text_member(value, "error", "message")) or None, answer)
