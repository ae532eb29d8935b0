# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The report as one page to look at, to print or to attach to a ticket.

Nothing is loaded and nothing runs: no script, no font, no picture from elsewhere. The content security policy allows
this page's own style sheet, by its hash, and nothing else. User names are masked.
"""

import base64
import hashlib
from typing import Any, Dict, List, Optional

from azext_acrlogin.catalogue import codes
from azext_acrlogin.diagnosis.explain import RUN_BY
from azext_acrlogin.diagnosis.page.checks import all_checks, evidence, link
from azext_acrlogin.diagnosis.page.elements import Html, element, together
from azext_acrlogin.diagnosis.page.masking import MASK, masked
from azext_acrlogin.diagnosis.page.path import path
from azext_acrlogin.diagnosis.page.style import STYLE
from azext_acrlogin.diagnosis.page.words import moment, state, time_taken, title

Report = Dict[str, Any]

SOURCES = {"accessToken": "access token", "roleAssignments": "role assignments", "scopeMap": "scope map",
           "permissions": "permissions in Resource Manager", "anonymous": "anonymous pull"}
GRANTED = {True: ("passed", "yes"), False: ("failed", "no"), None: ("unknown", "not known")}
NOT_GRANTED_NOT_ASKED = ("skipped", "no")
CONFIRMED = {True: ("failed", "confirmed"), False: ("passed", "ruled out"), None: ("unknown", "not known")}


def page(report: Report) -> str:
    """The whole HTML document, to be stored as UTF-8.

    :param report: a report as `diagnosis.report.build` returns it; it is not changed.
    """
    report = masked(report)
    body = element("body", _header(report),
                   element("main", _to_mend(report), _unknown(report), _path(report), _access(report), _symptom(report),
                           _checks(report), _facts(report)),
                   _footer())
    return f"<!DOCTYPE html>\n{element('html', _head(report), body, lang='en')}\n"


def _head(report: Report) -> Html:
    style_hash = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
    return element(
        "head", element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy",
                content=f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", f"{_question(report)}: {report['status']}"),
        element("style", Html(STYLE)))


def _question(report: Report) -> str:
    return f"Sign-in to {report['registry']['loginServer'] or report['asked']['normalisedName'] or report['asked']['name']}"


def _header(report: Report) -> Html:
    asked, identity = report["asked"], report["identity"]
    who = identity["name"] or asked["assignee"] or asked["username"]
    about = [f"as {who}" if who else None, ", ".join(asked["actions"]),
             asked["repository"] and f"repository {asked['repository']}", report["cloud"], moment(report["generatedAt"])]
    return element("header", element("p", "az acr login-diagnose", class_="tool"),
                   element("h1", _question(report), state(report["status"])),
                   element("p", report["summary"], class_="summary"),
                   element("p", " · ".join(text for text in about if text), class_="soft"))


def _section(name: str, heading: str, *content: Any) -> Html:
    return element("section", element("h2", heading, id=name), *content, aria_labelledby=name)


def _to_mend(report: Report) -> Optional[Html]:
    names = report["errorCodes"]
    if not names:
        return None
    errors = [name for name in names if name.endswith("_ERROR")]
    heading = "Worth knowing" if not errors else "Cause and fix" if len(names) == 1 else "Causes and fixes, first things first"
    return _section("causes", heading, *(_cause(name, report) for name in names))


def _cause(name: str, report: Report) -> Html:
    seen = [check for check in report["checks"] if check["errorCode"] == name
            or any(finding["errorCode"] == name for finding in check["findings"])]
    finder = next((check for check in seen if _found(check, name)), None)
    finding = _found(finder, name) if finder else None
    message = finding["message"] if finding else seen[0]["message"] if seen else None
    return element(
        "article", element("h3", codes()[name].title if name in codes() else name),
        element("p", name, class_="code"),
        element("p", message) if message and message not in report["summary"] else None,
        *_fix(finding["fix"] if finding else None),
        _seen_by(finder, [check for check in seen if check is not finder]),
        element("p", "Read more: ", link(finding["docs"]), class_="soft") if finding and finding["docs"] else None,
        class_=f"card cause {'failed' if name.endswith('_ERROR') else 'warning'}")


def _found(check: Dict[str, Any], name: str) -> Optional[Dict[str, Any]]:
    """The finding that is this cause itself. A consequence bears its cause's code as well, and has no fix."""
    return next((finding for finding in check["findings"] if finding["errorCode"] == name and finding["fix"]), None)


def _fix(fix: Optional[Dict[str, Any]]) -> List[Html]:
    if not fix:
        return []
    parts = [element("p", element("span", f"For {RUN_BY[fix['runBy']]}: ", class_="who"), fix["description"])]
    parts += [element("pre", element("code", command["line"]), class_="command") for command in fix["commands"]]
    if any(MASK in command["line"] for command in fix["commands"]):
        parts.append(element("p", f"Names of users are masked with {MASK}: write the whole name in the command.", class_="soft"))
    return parts


def _seen_by(finder: Optional[Dict[str, Any]], others: List[Dict[str, Any]]) -> Optional[Html]:
    links = [element("a", title(check["name"]), href=f"#check-{check['name']}")
             for check in ([finder] if finder else []) + others]
    if not links:
        return None
    follows = [", which explains " if index == 1 else ", " if index else "" for index in range(len(links))]
    return element("p", "Evidence: ", *(together(before, shown) for before, shown in zip(follows, links)), class_="soft")


def _unknown(report: Report) -> Optional[Html]:
    """What stands between the question and its answer, when that is all there is to say."""
    unknown = [check for check in report["checks"] if check["status"] == "unknown" and check["because"]]
    if report["status"] != "unknown" or not unknown:
        return None
    return _section("unknown", "What could not be observed", *(element(
        "article", element("h3", title(check["name"])), element("p", _reason(check["because"])), class_="card cause unknown")
        for check in unknown))


def _reason(because: Dict[str, Any]) -> str:
    reason = because["reason"][:1].upper() + because["reason"][1:]
    return f"{reason.rstrip('.')}." + (f" The permission to ask for: {because['permission']}." if because["permission"] else "")


def _path(report: Report) -> Html:
    causes = {check["name"] for check in report["checks"] for name in report["errorCodes"]
              if name.endswith("_ERROR") and (_found(check, name) or check["status"] == "crashed")}
    return _section("path", "The way to an access token", path(report["checks"], causes))


def _access(report: Report) -> Html:
    repository = report["access"]["repository"]
    rows = [element("tr",
                    element("th", entry["action"], element("span", "asked", class_="tag") if entry["asked"] else None, scope="row"),
                    element("td", state(*_granted(entry))),
                    element("td", *_decided(entry)), class_="asked" if entry["asked"] else None)
            for entry in report["access"]["actions"]]
    table = element("table", element("thead", element("tr", *(element("th", text, scope="col")
                                                              for text in ("Action", "Granted", "Decided by")))),
                    element("tbody", *rows))
    return _section("access", f"Access to {repository}" if repository else "Access", element("div", table, class_="card"))


def _granted(entry: Dict[str, Any]) -> tuple:
    if entry["granted"] is False and not entry["asked"]:
        return NOT_GRANTED_NOT_ASKED
    return GRANTED[entry["granted"]]


def _decided(entry: Dict[str, Any]) -> List[Any]:
    source = SOURCES.get(entry["source"])
    if source is None:
        return [entry["by"]]
    return [source, element("br") if False else None, entry["by"] and f": {entry['by']}"]
