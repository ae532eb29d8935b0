# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The sign-in path as a picture: a row of stations, from the client to the roles, each with how it went."""

from dataclasses import dataclass
from typing import Any, Collection, Dict, List, Optional, Tuple

from azext_acrlogin.render.page.elements import Html, element, together
from azext_acrlogin.render.page.words import STATES, time_taken

TROUBLE = ("crashed", "failed", "warning")  # worst first


@dataclass(frozen=True)
class Station:
    """A step of signing in.

    main: the check whose status the station has when nothing is wrong.
    checks: further checks that belong here.  category: every check of it that no station names belongs here, too, so
        that a new check has its place.
    """

    title: str
    main: str
    checks: Tuple[str, ...] = ()
    category: Tuple[str, ...] = ()


STATIONS = (
    Station("Client", "container-client", category=("environment", "client")),
    Station("Name and DNS", "dns", ("private-endpoint",), category=("registry",)),
    Station("Secure connection", "connection", ("proxy", "clock"), category=("network",)),
    Station("Challenge", "challenge"),
    Station("Entra token", "entra-token", category=("identity",)),
    Station("Refresh token", "refresh-token"),
    Station("Access token", "access-token", category=("token",)),
    Station("Roles", "role-assignments", category=("authorization",)),
    Station("Image", "image", ("data-endpoint",)),
)


def path(checks: List[Dict[str, Any]], causes: Collection[str]) -> Html:
    """The picture.

    :param checks: the report's.
    :param causes: names of the checks that found an independent cause; their stations are marked.
    """
    return element("ol", *(_drawn(station, _members(station, checks), causes) for station in STATIONS),
                   class_="path card")


def _members(station: Station, checks: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    named = {name for other in STATIONS for name in (other.main, *other.checks)}
    return [check for check in checks if check["name"] in (station.main, *station.checks)
            or check["name"] not in named and check["category"] in station.category]


def _drawn(station: Station, members: List[Dict[str, Any]], causes: Collection[str]) -> Html:
    shown = _decisive(station, members)
    if shown is None:
        return together()
    status = shown["status"]
    symbol, word = STATES.get(status, ("?", status))
    return element(
        "li",
        element("span", symbol, class_="dot", aria_hidden="true"),
        element("a", station.title, href=f"#check-{shown['name']}"),
        element("span", word, class_="word"),
        element("span", "" if status == "skipped" else time_taken(shown["durationMs"]), class_="took soft"),
        element("span", "Cause", class_="mark") if any(member["name"] in causes for member in members) else None,
        class_=status)


def _decisive(station: Station, members: List[Dict[str, Any]]) -> Optional[Dict[str, Any]]:
    """The check that the station shows: the worst in trouble, else its main one."""
    for status in TROUBLE:
        for member in members:
            if member["status"] == status:
                return member
    return next((member for member in members if member["name"] == station.main), None)
