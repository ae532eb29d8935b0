# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The page: what it says, what it masks, that nothing in it runs, and how a real browser shows it."""

import base64
import copy
import hashlib
import json
import os
import re
import shutil
import subprocess
from html.parser import HTMLParser

import pytest
from axe_core_python.selenium import Axe
from selenium.webdriver import ActionChains, Keys

from azext_acrlogin.checks import all_checks
from azext_acrlogin.machine.files import replace_file
from azext_acrlogin.protocol.known_secrets import MASK
from azext_acrlogin.render import page as pages
from azext_acrlogin.render.page.masking import masked
from azext_acrlogin.render.page.path import STATIONS
from tests import browser as browsers
from tests.site import runs, scenario as scenarios

REGISTRY_ID = ("/subscriptions/33333333-0000-4000-8000-00000000d001/resourceGroups/rg-registries/providers/"
               "Microsoft.ContainerRegistry/registries/myregistry")
FIX = {"description": "Somebody who may assign roles gives this identity the role 'AcrPull'.", "runBy": "registryOwner",
       "commands": [{"argv": [], "line": f"az role assignment create --role AcrPull --scope {REGISTRY_ID}"}]}
DOCS = "https://learn.microsoft.com/azure/container-registry/container-registry-rbac-built-in-roles-overview"
MISSING = "'alex@contoso.example' has no role on registry 'myregistry'."
HOSTILE = ("</style><script>document.title='owned';fetch('{address}/fetched')</script><img src={address}/image "
           "onerror=alert(1)>\" onmouseover=\"alert(2)' style='background:url({address}/style)' "
           "<iframe srcdoc=x><svg onload=alert(3)><base href={address}><a href=javascript:alert(4)>&lt; \u202egnp.exe")
VOID = {"meta", "wbr"}
TITLES = {**{check.name: check.title for check in all_checks()}, "something-new": "Something new"}


def page(entry):
    return pages.page(entry, TITLES)


def check(name, category, status, message, code=None, fix=None, because=None, evidence=None):
    findings = [{"errorCode": code, "message": message, "fix": fix, "docs": DOCS}] if code else []
    return {"name": name, "category": category, "status": status, "errorCode": code, "message": message,
            "findings": findings, "evidence": evidence or {}, "fix": fix, "docs": DOCS if code else None,
            "correlationId": None, "because": because, "durationMs": 12}


def report(status="failed"):
    """A report as `az acr login-diagnose` writes them: a role is missing, the exchange is refused in consequence."""
    consequence = {"check": "role-assignments", "permission": None,
                   "reason": "a consequence of ROLE_ASSIGNMENT_MISSING_ERROR"}
    refused = {"check": None, "permission": "Microsoft.Authorization/roleAssignments/read", "reason": "it was refused"}
    untested = {"check": "refresh-token", "permission": None, "reason": "The check 'refresh-token' did not pass"}
    actions = [{"action": action, "asked": action == "pull", "granted": False if action == "pull" else None,
                "source": "roleAssignments", "by": f"AcrPull at {REGISTRY_ID}" if action == "push" else None}
               for action in ("pull", "push")]
    return {
        "schemaVersion": "1.0", "generatedAt": "2026-11-24T02:32:04Z", "cloud": "AzureCloud",
        "tool": {"version": "1.0.0", "cliVersion": "2.91.0", "pythonVersion": "3.11.7", "os": "Linux",
                 "inCloudShell": False},
        "asked": {"name": "myregistry", "normalisedName": "myregistry", "repository": "team/app", "tag": None,
                  "actions": ["pull"], "client": "auto", "username": None, "assignee": None},
        "status": status, "errorCode": "ROLE_ASSIGNMENT_MISSING_ERROR",
        "errorCodes": ["ROLE_ASSIGNMENT_MISSING_ERROR", "REGISTRY_NAME_WARNING"], "summary": MISSING, "fix": FIX,
        "registry": {"name": "myregistry", "loginServer": "myregistry.azurecr.io", "resourceId": REGISTRY_ID,
                     "sku": "Premium", "adminUserEnabled": False},
        "identity": {"type": "user", "name": "alex@contoso.example", "objectId": "aaaaaaaa-0000-4000-8000-0000000000a1",
                     "clientId": None, "tenantId": None, "homeTenantId": None, "guest": False},
        "access": {"repository": "team/app", "actions": actions},
        "checks": [
            check("container-client", "environment", "skipped", "There is no container client in Cloud Shell.",
                  because={"check": None, "permission": None, "reason": "Cloud Shell has no container client"}),
            check("name", "registry", "warning", "It holds capitals.", "REGISTRY_NAME_WARNING",
                  {"description": "Use myregistry.", "runBy": "you", "commands": []}),
            check("dns", "network", "passed", "DNS lookup to myregistry.azurecr.io at IP 20.0.0.1",
                  evidence={"addresses": ["20.0.0.1", "20.0.0.2"], "hostsFileLine": None, "privateAddresses": False}),
            check("connection", "network", "passed", "Secure connection to myregistry.azurecr.io"),
            check("challenge", "network", "passed", "Challenge endpoint https://myregistry.azurecr.io/v2/"),
            check("entra-token", "identity", "passed", "Fetch Entra token"),
            check("refresh-token", "token", "failed", "The exchange is refused (401).", "ROLE_ASSIGNMENT_MISSING_ERROR",
                  because=consequence, evidence={"status": 401, "serverText": "authentication required"}),
            check("access-token", "token", "skipped", "The check 'refresh-token' did not pass.", because=untested),
            check("role-assignments", "authorization", "failed", MISSING, "ROLE_ASSIGNMENT_MISSING_ERROR", FIX,
                  evidence={"readAt": "2026-11-24T02:32:04Z", "eligibleRoles": [],
                            "rolesInForce": [{"role": "Auditor", "scope": "/subscriptions/x", "condition": None}]}),
            check("something-new", "authorization", "unknown", "It could not be read.", because=refused),
        ],
        "symptom": {"text": "docker: unauthorized", "matches": [{"errorCode": "CLOCK_SKEW_ERROR", "confirmed": False}]},
        "requests": {"total": 9, "failed": 1}, "durationMs": 1840,
    }


def hostile(address):
    """A report in which every text that comes from outside is an attack."""
    text = HOSTILE.format(address=address)
    attacked = report()
    attacked.update(summary=text, cloud=text)
    for part in ("asked", "registry", "identity", "tool"):
        attacked[part] = {key: text if isinstance(value, str) and key != "type" else value
                          for key, value in attacked[part].items()}
    attacked["identity"].update(type="servicePrincipal")  # whose name is not masked
    attacked["access"].update(repository=text)
    attacked["access"]["actions"][1].update(by=text)
    attacked["symptom"].update(text=text)
    for entry in attacked["checks"]:
        entry.update(message=text, correlationId=text, docs="javascript:alert(5)", evidence={
            text: text, "list": [text, {text: [text]}]})
        for finding in entry["findings"]:
            finding.update(message=text, docs=f"https://x{text}" if entry["name"] == "name" else "javascript:alert(6)")
            if finding["fix"]:
                finding["fix"] = {"description": text, "runBy": text, "request": text, "commands": [
                    {"argv": [], "line": text, "file": {"name": text, "text": text}}]}
        if entry["because"]:
            entry["because"].update(reason=text, permission=text)
    return attacked


class Outline(HTMLParser):
    """Elements, attributes, headings and text of a document; complains when elements are not nested well."""

    def __init__(self, document):
        super().__init__()
        self.open, self.elements, self.attributes, self.headings, self.text = [], [], [], [], ""
        self.feed(document)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.text += data


def test_it_says_everything_that_counts():
    text = Outline(page(report())).text
    for expected in ("Sign-in to myregistry.azurecr.io", "Failed", "ROLE_ASSIGNMENT_MISSING_ERROR",
                     "No role on the registry", "For the registry's owner: ", FIX["description"],
                     FIX["commands"][0]["line"], DOCS[8:],
                     "Role assignments, which explains Refresh token", "REGISTRY_NAME_WARNING", "It holds capitals.",
                     "20.0.0.2", "authentication required", "12 ms", "1.8 s", "docker: unauthorized", "ruled out",
                     "9, 1 failed", "Microsoft.Authorization/roleAssignments/read",
                     "2026-11-24 02:32:04 UTC", "Auditor", "AcrPull at this registry"):
        assert expected in text, expected
    assert text.index("ROLE_ASSIGNMENT_MISSING_ERROR") < text.index("Challenge") < text.index("authentication required")


def test_the_path_has_every_station_with_symbol_and_word():
    stations = re.search("<ol class=\"path card\">(.*?)</ol>", page(report()))[1].split("<li ")[1:]
    shown = [re.sub("<[^>]*>", "|", station.split(">", 1)[1]) for station in stations]
    texts = [[part for part in station.split("|") if part] for station in shown]
    assert texts == [
        ["–", "Client", "Skipped"], ["!", "Name and DNS", "Warning", "12 ms"],
        ["✓", "Secure connection", "Passed", "12 ms"], ["✓", "Challenge", "Passed", "12 ms"],
        ["✓", "Entra token", "Passed", "12 ms"], ["✗", "Refresh token", "Failed", "12 ms"],
        ["–", "Access token", "Skipped"], ["✗", "Roles", "Failed", "12 ms", "Cause"]]


def test_every_real_check_has_its_station():
    from azext_acrlogin.checks import all_checks
    categories = {category for station in STATIONS for category in station.category}
    checks = {check.name: check for check in all_checks()}
    assert {check.category.value for check in checks.values()} - categories <= {"logs"}
    assert {name for station in STATIONS for name in (station.main, *station.checks)} <= set(checks)


def test_an_unknown_answer_says_what_is_missing():
    unknown = report("unknown")
    unknown.update(errorCode=None, errorCodes=[], summary="It could not be told whether pull is granted.", fix=None)
    text = Outline(page(unknown)).text
    assert "What could not be checked" in text
    assert "It was refused. Required permission: Microsoft.Authorization/roleAssignments/read." in text


def test_a_healthy_report_has_no_causes():
    healthy = report("passed")
    healthy.update(errorCode=None, errorCodes=[], summary="Signing in works.", fix=None, symptom=None)
    text = Outline(page(healthy)).text
    assert "Signing in works." in text and "Causes" not in text and "Worth knowing" not in text


def test_a_crash_is_shown_as_a_defect():
    crashed = report()
    crashed["checks"][3].update(status="crashed", errorCode="UNEXPECTED_ERROR", message="It has a defect (KeyError).")
    crashed["errorCodes"].append("UNEXPECTED_ERROR")
    text = Outline(page(crashed)).text
    assert "Crashed" in text and "It has a defect (KeyError)." in text


def test_the_document_is_well_formed_and_structured():
    for entry in (report(), hostile("http://127.0.0.1:9")):
        outline = Outline(page(entry))
        assert outline.headings[0] == 1 and outline.headings.count(1) == 1
        assert all(after - before <= 1 for before, after in zip(outline.headings, outline.headings[1:]))
        assert {"header", "main", "footer", "title"} <= set(outline.elements)
        identifiers = [value for key, value in outline.attributes if key == "id"]
        assert len(identifiers) == len(set(identifiers))
        for key, value in outline.attributes:
            if key == "href" and value.startswith("#"):
                assert value[1:] in identifiers
            if key == "aria-labelledby":
                assert value in identifiers


def test_the_report_is_in_the_page():
    entry = report()
    text = re.search('<script type="application/json" id="report">(.*?)</script>', page(entry), re.DOTALL)[1]
    assert json.loads(text) == masked(entry) and "<" not in text
    attacked = re.findall("<script[^>]*>(.*?)</script>", page(hostile("http://127.0.0.1:9")), re.DOTALL)
    assert len(attacked) == 1 and "owned" in attacked[0] and json.loads(attacked[0])["status"] == "failed"


def test_a_command_breaks_between_arguments_and_after_slashes():
    entry = report()
    line = """az role assignment create --role 'Acr Pull' --scope /subscriptions/a-b/x "it's" 'a'"'"'b' un'closed"""
    entry["checks"][8]["findings"][0]["fix"] = dict(FIX, commands=[{"argv": [], "line": line}])
    document = page(entry)
    assert ("<span><span>/</span><wbr><span>subscriptions/</span><wbr><span>a-b/</span><wbr><span>x</span></span>"
            in document)
    assert "<span><span>&#x27;Acr Pull&#x27;</span></span>" in document
    assert line in Outline(document).text


def test_what_somebody_else_does_comes_with_a_message_to_forward():
    entry = report()
    file = {"name": "x.json", "text": "{}"}
    entry["checks"][8]["findings"][0]["fix"] = dict(FIX, request="Hello,\n\nplease.", commands=[
        {"argv": [], "line": "az x @x.json", "file": file}])
    text = Outline(page(entry)).text
    assert "Message to forward:Hello,\n\nplease." in text and "cat > x.json <<'EOF'\n{}\nEOF" in text


def test_a_report_of_another_version_is_shown_as_far_as_it_is_known():
    entry = report("paused")
    entry["checks"][3].update(status="paused", name="later", durationMs=None)
    entry["checks"][8]["findings"][0]["fix"] = dict(FIX, runBy="somebodyElse")
    entry["errorCodes"].append("UNHEARD_OF_ERROR")
    entry["symptom"]["matches"][0]["confirmed"] = "maybe"
    text = Outline(page(entry)).text
    for expected in ("paused", "later", "somebodyElse: ", "UNHEARD_OF_ERROR"):
        assert expected in text


def test_the_policy_allows_the_style_sheet_alone():
    document = page(report())
    style = re.search("<style>(.*?)</style>", document, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert {("http-equiv", "Content-Security-Policy"), ("content", policy)} <= set(Outline(document).attributes)
    assert document.index("Content-Security-Policy") < document.index("<title>")


def test_nothing_from_outside_becomes_markup():
    outline = Outline(page(hostile("http://127.0.0.1:9")))
    assert set(outline.elements) == set(Outline(page(report())).elements)
    assert not [key for key, _ in outline.attributes if key.startswith("on") or key in ("style", "src", "srcdoc")]
    links = [value for key, value in outline.attributes if key == "href"]
    assert all(link.startswith(("#check-", "https://")) for link in links)
    assert "\u202e" not in outline.text and "[U+202E]gnp.exe" in outline.text


def test_user_names_are_masked_wherever_they_stand():
    entry = report()
    entry["asked"].update(assignee="Sam@Corp")
    entry["summary"] = "'gina_fabrikam.example#EXT#@contoso.example' is a guest."
    entry["checks"][2]["evidence"] = {"file": "/home/alex/.docker/config.json", "other": r"C:\Users\Alex Doe\.azure",
                                      "text": "sam@corp and ALEX@contoso.example, alex%40contoso.example"}
    entry["checks"].append(check("container-daemon", "environment", "passed", "The socket refuses jdoe.",
                                 evidence={"userName": "jdoe"}))
    entry["checks"][8]["findings"][0]["fix"] = dict(FIX, commands=[
        {"argv": [], "line": "az ad user show --id alex@contoso.example"}])
    document = page(entry)
    for name in ("alex@", "sam@corp", "gina", "alex doe", "/alex", "jdoe", "alex%40"):
        assert name not in document.lower(), name
    for shown in ("a***@contoso.example", "S***@Corp", "g***@contoso.example", "/home/a***/.docker",
                  r"C:\Users\A***\.azure", "The socket refuses j***.", "*** stands for a masked name"):
        assert shown in document, shown


def test_a_report_is_not_changed():
    entry = report()
    before = copy.deepcopy(entry)
    page(entry)
    assert entry == before


@pytest.mark.parametrize("text", [
    "MyRegistry.azurecr.io/team/app@sha256:0123456789abcdef", "bbbbbbbb-0000-4000-8000-0000000000c1", "ci-token",
    "/root/.docker/config.json", "Basic authentication is asked for", 'Bearer realm="https://registry/oauth2/token"',
    "docker run -p 80:80 nginx"])
def test_what_is_nobodys_name_stays(text):
    entry = report()
    entry["summary"] = text
    assert masked(entry)["summary"] == text


@pytest.mark.parametrize("text, secret", [
    ("it sent eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJ4In0.c2lnbmF0dXJl to the registry", "c2lnbmF0dXJl"),
    ("Authorization: Bearer abcdef0123456789==", "abcdef0123456789"),
    ("Authorization: Basic YWxleDpoZW5yeTE=", "YWxleDpoZW5yeTE"),
    ("docker login -u ci -p hunter2hunter", "hunter2"), ("az acr login --password='hunter2 hunter'", "hunter2"),
    ('{"auths": {"x": {"auth": "YWxleDpoZW5yeTE="}}}', "YWxleDpoZW5yeTE")])
def test_secrets_that_somebody_pasted_are_removed(text, secret):
    entry = report()
    entry["symptom"]["text"] = text
    assert secret not in page(entry) and MASK in page(entry)


def test_masking_does_not_take_long_texts_long():
    entry = report()
    for text in ("a" * 200_000, "eyJ" * 70_000, "/home/" + "a b " * 50_000, "Bearer " * 30_000, "-p " * 70_000):
        entry["summary"] = text
        masked(entry)


def test_lone_surrogates_can_be_stored():
    entry = report()
    entry["summary"] = "broken \udcff text"
    assert "broken [U+DCFF] text" in page(entry).encode("utf-8").decode("utf-8")


def test_a_file_is_replaced_as_a_whole(tmp_path):
    target, link = tmp_path / "page.html", tmp_path / "link.html"
    target.write_text("old", encoding="utf-8")
    link.symlink_to(target)
    replace_file(str(link), "neu ü\n")
    assert target.read_bytes() == "neu ü\n".encode() and link.is_symlink()
    with pytest.raises(UnicodeEncodeError):
        replace_file(str(target), "\udcff")
    assert target.read_bytes() == "neu ü\n".encode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "page.html"]
    with pytest.raises(OSError):
        replace_file(str(tmp_path / "nowhere" / "page.html"), "x")
    long_name = tmp_path / ("x" * 250)
    replace_file(str(long_name), "x")
    assert long_name.read_text(encoding="utf-8") == "x"


@pytest.mark.parametrize("refused", ["os.replace", "azext_acrlogin.machine.files._temporary"])
def test_what_cannot_be_replaced_is_written_in_place(tmp_path, monkeypatch, refused):
    """A mounted file; a file in a folder where nothing may be added."""
    def refuse(*_):
        raise PermissionError(16, "Device or resource busy")
    target = tmp_path / "page.html"
    target.write_text("a longer old page", encoding="utf-8")
    monkeypatch.setattr(refused, refuse)
    replace_file(str(target), "new")
    assert target.read_text(encoding="utf-8") == "new" and list(tmp_path.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX")
def test_a_replaced_page_keeps_its_permissions(tmp_path):
    target = tmp_path / "page.html"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o600)
    replace_file(str(target), "new")
    assert target.stat().st_mode & 0o777 == 0o600


def test_az_writes_the_page(site, tmp_path):
    scenario = next(one for one in scenarios.load_all() if one.name == "works-for-a-user")
    if reason := site.why_not(scenario):
        pytest.skip(f"not possible here: {reason}")
    site.set_up(scenario)
    run = runs.diagnose(site, scenario, "--html", str(tmp_path / "page.html"))
    document = (tmp_path / "page.html").read_text("utf-8")
    assert run.status == 0 and "a***@contoso.example can sign in to" in document and "alex" not in document.lower()
    full = runs.diagnose(site, scenario, "--html", "/dev/full")
    assert full.status == 1 and '"status": "passed"' in full.stdout
    assert full.stderr.rstrip().endswith("ERROR: --html: '/dev/full' cannot be written: No space left on device.")


needs_browser = pytest.mark.skipif(bool(browsers.why_not()), reason=str(browsers.why_not()))


@pytest.fixture(scope="module")
def browser():
    with browsers.Browser() as started:
        yield started


def stored(folder, entry):
    (folder / "page.html").write_text(page(entry), encoding="utf-8")
    return (folder / "page.html").as_uri()


@needs_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 700, 375])
def test_nobody_is_shut_out(browser, tmp_path, width, dark):
    axe = Axe()
    for entry in (report(), hostile("http://127.0.0.1:9")):
        browser.open(stored(tmp_path, entry), width, dark)
        found = axe.run(browser, options={"resultTypes": ["violations"]})["violations"]
        assert [(one["id"], one["nodes"][0]["html"], one["nodes"][0]["failureSummary"]) for one in found] == []
        scrolled = browser.execute_script("return document.documentElement.scrollWidth")
        assert scrolled <= width  # nothing to scroll sideways for
        background = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall(r"\d+", background))) < 382) == dark


@needs_browser
def test_what_a_browser_shows_is_what_was_found(browser, tmp_path):
    browser.open(stored(tmp_path, report()))
    text = browser.execute_script("return document.body.innerText")
    assert text.index("Failed") < text.index("'a***@contoso.example' has no role on registry 'myregistry'.")
    assert FIX["commands"][0]["line"] in text and "authentication required" in text
    assert "20.0.0.2" not in text  # a check that passed is folded up …
    browser.execute_script("location.hash = '#check-dns'")
    assert "20.0.0.2" in browser.execute_script("return document.body.innerText")  # … until a link leads to it
    assert browser.execute_script("return document.querySelectorAll('summary').length") == len(report()["checks"])


@needs_browser
def test_attacks_stay_text(browser, tmp_path):
    address = "http://127.0.0.1:9"
    location = stored(tmp_path, hostile(address))
    browser.open(location)
    assert browser.dialog() is None
    assert browser.title.startswith("Sign-in to </style><script>document.title='owned'")
    active = "script:not([type]), img, iframe, base, [onmouseover], [onload], [onclick]"
    assert browser.execute_script(f"return document.querySelectorAll('{active}').length") == 0
    assert f"fetch('{address}/fetched')" in browser.execute_script("return document.body.innerText")
    assert browser.requested() == [location]
    assert browser.get_log("browser") == []


@needs_browser
def test_the_policy_stops_what_escaping_would_miss(browser, tmp_path):
    document = page(report()).replace("<body>", "<body><script>document.title = 'owned'</script>"
                                      "<img src='http://127.0.0.1:9/image'><p id='p' style='color: red'>x</p>")
    (tmp_path / "page.html").write_text(document, encoding="utf-8")
    location = (tmp_path / "page.html").as_uri()
    browser.open(location)
    assert browser.title == "Sign-in to myregistry.azurecr.io: failed"
    assert browser.execute_script("return getComputedStyle(document.getElementById('p')).color") != "rgb(255, 0, 0)"
    assert browser.requested() == [location]


@needs_browser
def test_everything_can_be_reached_by_keyboard(browser, tmp_path):
    browser.open(stored(tmp_path, report()))
    reachable = browser.execute_script("return document.querySelectorAll('a[href], summary').length")
    seen = set()
    for _ in range(reachable):
        ActionChains(browser).send_keys(Keys.TAB).perform()
        seen.add(browser.execute_script("const a = document.activeElement; return a.outerHTML.slice(0, 300)"
                                        " + getComputedStyle(a).outlineStyle"))
    assert len(seen) > reachable - 5 and all(entry.endswith("solid") for entry in seen)


@needs_browser
@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (Debian: poppler-utils)")
def test_paper_shows_the_trouble_and_names_what_passed(browser, tmp_path):
    browser.open(stored(tmp_path, report()), dark=True)
    (tmp_path / "page.pdf").write_bytes(base64.b64decode(browser.print_page()))
    text = subprocess.run(["pdftotext", "-layout", tmp_path / "page.pdf", "-"], capture_output=True, text=True,
                          check=True).stdout
    assert "authentication required" in text and "Challenge" in text and "20.0.0.2" not in text
