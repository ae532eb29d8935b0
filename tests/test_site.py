# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The site of the error codes, as scripts/site makes it, read from files in Chromium."""

import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_core_python.selenium import Axe
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from azext_acrlogin.catalogue import codes
from tests import browser as browsers

ROOT = Path(__file__).resolve().parent.parent
EVERYWHERE = "unauthorized: authentication required, visit https://aka.ms/acr/authorization for more information"

pytestmark = pytest.mark.skipif(browsers.why_not() is not None, reason=str(browsers.why_not()))


class Page(HTMLParser):
    """Title, links and what else a page loads."""

    def __init__(self, path):
        super().__init__()
        self.title, self.links, self.ids, self._in_title = "", [], set(), False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.ids.add(attributes.get("id"))
        self.links += [attributes[name] for name in ("href", "src") if attributes.get(name)]
        self._in_title = tag == "title"

    def handle_data(self, data):
        self.title += data if self._in_title else ""

    def handle_endtag(self, tag):
        self._in_title = False


@pytest.fixture(scope="module", name="folder")
def _folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([str(ROOT / "scripts" / "site"), str(folder)], check=True, stdout=subprocess.PIPE, timeout=600)
    return folder


@pytest.fixture(scope="module", name="browser")
def _browser():
    with browsers.Browser() as started:
        yield started


def page_with_title(folder, title):
    return next(path for path in (folder / "messages").iterdir() if Page(path).title.startswith(title))


def test_each_code_has_a_page_with_its_title(folder):
    for code in codes().values():
        assert Page(folder / "codes" / f"{code.code}.html").title.startswith(f"{code.title} ({code.code})")


def test_the_literal_message_is_the_title_of_a_page(folder):
    linked = Page(page_with_title(folder, EVERYWHERE)).links
    assert {f"../codes/{code}.html" for code in (
        "ROLE_ASSIGNMENT_MISSING_ERROR", "DOCKER_CREDENTIAL_EXPIRED_ERROR")} <= set(linked)


def test_every_link_leads_somewhere(folder):
    pages = {path.resolve(): Page(path) for path in folder.rglob("*.html")}
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme:
                assert parts.scheme in ("https", "data")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            assert target.exists(), f"{path.name}: {link}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].ids, f"{path.name}: {link}"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1200])
def test_pages_are_accessible_and_load_nothing_from_elsewhere(folder, browser, width, dark):
    for path in (folder / "index.html", folder / "codes" / "ROLE_ASSIGNMENT_MISSING_ERROR.html",
                 page_with_title(folder, EVERYWHERE)):
        browser.open(path.as_uri(), width, dark)
        assert all(address.startswith(("file:", "data:", "blob:")) for address in browser.requested())
        violations = Axe().run(browser, options={"resultTypes": ["violations"]})["violations"]
        serious = {one["id"]: [node["html"][:200] for node in one["nodes"]] for one in violations
                   if one["impact"] in ("serious", "critical")}
        assert not serious, (path.name, serious)


def test_the_search_finds_a_pasted_message(folder, browser):
    browser.open((folder / "search.html").as_uri() + "?q=authentication+required+visit+aka.ms+acr+authorization")
    found = WebDriverWait(browser, 20).until(
        lambda window: window.find_elements(By.CSS_SELECTOR, "#search-results li a"))
    assert any("messages/unauthorized-authentication-required" in link.get_attribute("href") for link in found[:3])
