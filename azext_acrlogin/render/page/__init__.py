# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The report as one page to look at, to print or to attach to a ticket.

Nothing is loaded and nothing runs: no script, no font, no picture from elsewhere. The content security policy allows
this page's own style sheet, by its hash, and nothing else. User names are masked. The report is in the page as JSON:
data for `az acr login-report`, which no browser runs.
"""

import base64
import hashlib
import json
from typing import Any, Dict, List, Mapping, Optional, Tuple

from azext_acrlogin.render.page.causes import causes, finders, unknown
from azext_acrlogin.render.page.checks import all_checks, evidence
from azext_acrlogin.render.page.elements import Html, element, section
from azext_acrlogin.protocol.known_secrets import MASK
from azext_acrlogin.render.page.masking import masked
from azext_acrlogin.render.page.path import path
from azext_acrlogin.render.page.style import STYLE
from azext_acrlogin.render.page.words import code, meaning, moment, state, time_taken

Report = Dict[str, Any]

SOURCES = {"accessToken": "Access token", "roleAssignments": "Role assignments", "scopeMap": "Scope map",
           "permissions": "Permissions in Azure Resource Manager", "anonymous": "Anonymous pull"}
GRANTED = {True: ("passed", "yes"), False: ("failed", "no"), None: ("unknown", "not known")}
CONFIRMED = {True: ("failed", "confirmed"), False: ("skipped", "ruled out"), None: ("unknown", "not known")}


def page(report: Report, titles: Mapping[str, str]) -> str:
    """The whole HTML document, to be stored as UTF-8.

    :param report: a report as `render.report.build` returns it; it is not changed.
    :param titles: of the checks, by name.
    """
    report = masked(report)
    data = _data(report)
    for check in report["checks"]:
        check["title"] = titles.get(check["name"], check["name"])
    main = element("main", unknown(report), causes(report),
                   section("path", "The sign-in path", path(report["checks"], finders(report))),
                   _access(report), _symptom(report["symptom"]),
                   section("checks", "All checks and their evidence", all_checks(report["checks"])),
                   _facts(report))
    body = element("body", _header(report), main, _footer(), data)
    return f"<!DOCTYPE html>\n{element('html', _head(report), body, lang='en')}\n"


def _head(report: Report) -> Html:
    style_hash = base64.b64encode(hashlib.sha256(STYLE.encode("utf-8")).digest()).decode("ascii")
    return element(
        "head", element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy",
                content=f"default-src 'none'; style-src 'sha256-{style_hash}'; base-uri 'none'; form-action 'none'"),
        element("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name_="color-scheme", content="light dark"),
        element("meta", name_="referrer", content="no-referrer"),
        element("title", f"{_question(report)}: {report['status']}"), element("style", Html(STYLE)))


def _data(report: Report) -> Html:
    """The report as JSON; without `<`, nothing in it can end the element."""
    text = json.dumps(report).replace("<", "\\u003c")
    return Html(f'<script type="application/json" id="report">{text}</script>')


def _question(report: Report) -> str:
    asked = report["asked"]
    return f"Sign-in to {report['registry']['loginServer'] or asked['normalisedName'] or asked['name']}"


def _header(report: Report) -> Html:
    asked = report["asked"]
    who = asked["assignee"] or report["identity"]["name"] or asked["username"]
    about = [f"as {who}" if who else None, ", ".join(asked["actions"]),
             f"repository {asked['repository']}" if asked["repository"] else None, moment(report["generatedAt"])]
    return element("header", element("p", "az acr login-diagnose", class_="tool"),
                   element("h1", _question(report), " ", state(report["status"])),
                   element("p", report["summary"], class_="summary"),
                   element("p", " · ".join(text for text in about if text), class_="soft"))


def _access(report: Report) -> Html:
    access, registry_id = report["access"], report["registry"]["resourceId"]
    rows = [element("tr", element("th", entry["action"], _tag(entry), scope="row"),
                    element("td", state(*_granted(entry))), element("td", _decided_by(entry, registry_id)),
                    class_="asked" if entry["asked"] else None) for entry in access["actions"]]
    heading = f"Access to {access['repository']}" if access["repository"] else "Access"
    return section("access", heading, _table(("Action", "Granted", "Decided by"), rows))


def _decided_by(entry: Dict[str, Any], registry_id: Optional[str]) -> str:
    by = entry["by"].replace(registry_id, "this registry") if entry["by"] and registry_id else entry["by"]
    return ": ".join(text for text in (SOURCES.get(entry["source"], entry["source"]), by) if text)


def _tag(entry: Dict[str, Any]) -> Optional[Html]:
    return element("span", " asked", class_="tag") if entry["asked"] else None


def _granted(entry: Dict[str, Any]) -> Tuple[str, str]:
    """An action that was not asked about does not fail when it is not granted."""
    status, word = GRANTED.get(entry["granted"], GRANTED[None])
    return ("skipped" if status == "failed" and not entry["asked"] else status), word


def _symptom(symptom: Optional[Dict[str, Any]]) -> Optional[Html]:
    if symptom is None:
        return None
    rows = [element("tr", element("th", code(match["errorCode"]), scope="row"),
                    element("td", state(*CONFIRMED.get(match["confirmed"], CONFIRMED[None])),
                            f" {match['by']}" if match.get("by") else None),
                    element("td", meaning(match["errorCode"])))
            for match in symptom["matches"]]
    return section("symptom", "The error message that you gave", element("p", symptom["text"], class_="symptom"),
                   _table(("Possible cause", "In this run", "Meaning"), rows) if rows
                   else element("p", "It matches no known error code."), *_of_others(symptom))


def _of_others(symptom: Dict[str, Any]) -> List[Html]:
    """What the message says of others than this run."""
    lines = [f"It comes from {symptom['speaker']}, whose identity and network are not those of this run. Only what the "
             "registry itself decides is confirmed or ruled out."] if symptom.get("speaker") else []
    lines += [f"To check what {resource.rpartition('/')[2]} can do, add: --assignee {resource}"
              for resource in symptom.get("resources") or ()]
    return [element("p", line) for line in lines]


def _table(headings: Tuple[str, ...], rows: List[Html]) -> Html:
    return element("div", element("table", element("thead", element("tr", *(
        element("th", heading, scope="col") for heading in headings))), element("tbody", *rows)), class_="card")


def _facts(report: Report) -> Html:
    tool, requests = report["tool"], report["requests"]
    run = {"time": moment(report["generatedAt"]), "duration": time_taken(report["durationMs"]),
           "httpRequests": f"{requests['total']}, {requests['failed']} failed",
           "cloud": report["cloud"], "extension": tool["version"], "azureCli": tool["cliVersion"],
           "python": tool["pythonVersion"], "system": tool["os"], "inCloudShell": tool["inCloudShell"],
           "client": report["asked"]["client"]}
    parts = (("Registry", report["registry"]), ("Identity", report["identity"]), ("This run", run))
    cards = [element("div", element("h3", heading), evidence(values), class_="card") for heading, values in parts]
    return section("facts", "Registry, identity and run", element("div", *cards, class_="facts"))


def _footer() -> Html:
    hint = f"User names are masked with {MASK}. This page contains no passwords or tokens and loads nothing."
    return element("footer", element("p", hint))
