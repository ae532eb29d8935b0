# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Users of the machine: their homes, the az sign-in in them, the environment that goes with it."""

import os
import shutil
import sys
from pathlib import Path

from tests.emulator.identity_endpoints import IDENTITY_HEADER
from tests.emulator.profile import APP_SERVICE_ENDPOINT, forget_access_tokens

AZ = str(Path(sys.executable).with_name("az"))
ALEX = 20001
APP_SERVICE = "Microsoft.Web/sites"
CLOUD_SHELL = "127.0.0.1:50342"         # where MSAL asks for tokens in Cloud Shell (msal/cloudshell.py)
HTTP_LISTENERS = ["0.0.0.0:8081", CLOUD_SHELL]
_SETTINGS = {
    "LANG": "C.UTF-8", "AZURE_CORE_COLLECT_TELEMETRY": "false", "AZURE_CORE_SURVEY_MESSAGE": "false",
    "AZURE_CORE_CHECK_FOR_UPDATES": "false", "AZURE_CORE_LOGIN_EXPERIENCE_V2": "false"}


def as_user(user):
    """The beginning of a command line that goes on as a Unix user: root, or alex, who is in no other group."""
    if user == "root":
        return []
    return ["setpriv", f"--reuid={ALEX}", f"--regid={ALEX}", "--clear-groups", "--"]


def reachable_python(folder: Path):
    """Mounts that let every user run this Python, even where it is kept in a closed folder such as /root.

    :param folder: for empty folders to mount on.
    :returns: target to source, in the order in which to mount.
    """
    closed = {prefix: place for prefix in (Path(sys.prefix), Path(sys.base_prefix))
              for place in prefix.parents if not place.stat().st_mode & 0o001}
    copies = {prefix: folder / f"python-{number}" for number, prefix in enumerate(closed)}
    covers = {place: folder / f"cover-{number}" for number, place in enumerate(dict.fromkeys(closed.values()))}
    for prefix, copy in copies.items():
        copy.mkdir()
        (covers[closed[prefix]] / prefix.relative_to(closed[prefix])).mkdir(parents=True)
    return ({str(copy): prefix for prefix, copy in copies.items()}
            | {str(place): cover for place, cover in covers.items()}
            | {str(prefix): copy for prefix, copy in copies.items()})


class Homes:
    """:param folder: of the site. :param extension: AZURE_EXTENSION_DIR or None."""

    def __init__(self, folder: Path, extension):
        self._now = folder / "now"
        self._profiles = folder / "profiles"
        self._profiles.mkdir()
        self._extension = extension
        self._sign_in = None
        self.programs = self._now / "bin"
        self.mounts = {name: folder / name.strip("/").replace("/", "-") for name in ("/etc/passwd", "/etc/group")}
        users = Path("/etc/passwd").read_text(encoding="utf-8").splitlines()
        users = [f"root:x:0:0:root:{self.home('root')}:/bin/sh", *(u for u in users if not u.startswith("root:")),
                 f"alex:x:{ALEX}:{ALEX}:Alex Weber:{self.home('alex')}:/bin/sh"]
        self.mounts["/etc/passwd"].write_text("\n".join(users) + "\n", encoding="utf-8")
        groups = Path("/etc/group").read_text(encoding="utf-8")
        self.mounts["/etc/group"].write_text(groups + f"alex:x:{ALEX}:\n", encoding="utf-8")

    def sign_in_with(self, sign_in):
        """:param sign_in: function of a profile's name and the folder to make."""
        self._sign_in = sign_in

    def home(self, user):
        return self._now / f"home-{user}"

    def put(self, scenario):
        """Make all homes anew, with az signed in as the scenario says."""
        shutil.rmtree(self._now, ignore_errors=True)
        self._now.mkdir()
        for user in ("root", "alex"):
            self.home(user).mkdir(mode=0o700)
        config_dir = self.home(scenario.user) / ".azure"
        self._copy_profile(scenario.profile, config_dir)
        if scenario.without_access_tokens:
            forget_access_tokens(config_dir)
        if scenario.sudo_from:
            self._copy_profile(scenario.sudo_from, self.home("alex") / ".azure")

    def give_away(self):
        """Alex owns all in his home."""
        home = self.home("alex")
        for place, folders, files in os.walk(home):
            for path in [place, *(os.path.join(place, name) for name in folders + files)]:
                os.lchown(path, ALEX, ALEX)

    def environment(self, scenario, world):
        """The variables that a shell of that user has."""
        result = {"HOME": str(self.home(scenario.user)), "USER": scenario.user, "LOGNAME": scenario.user, **_SETTINGS}
        if self._extension:
            result["AZURE_EXTENSION_DIR"] = str(self._extension)
        profile = world.profiles[scenario.profile]
        host = world.hosts.get(profile.host)
        if host and host.type == APP_SERVICE:
            result |= {"IDENTITY_ENDPOINT": APP_SERVICE_ENDPOINT, "IDENTITY_HEADER": IDENTITY_HEADER}
        if profile.cloud_shell:
            result |= {"ACC_CLOUD": "PROD", "AZUREPS_HOST_ENVIRONMENT": "cloud-shell/1.0"}
        if scenario.sudo_from:
            result |= {"SUDO_USER": "alex", "SUDO_UID": str(ALEX), "SUDO_GID": str(ALEX), "SUDO_COMMAND": "az"}
        return result

    def _copy_profile(self, name, config_dir):
        profile = self._profiles / name
        if not profile.exists():
            self._sign_in(name, profile)
        shutil.copytree(profile, config_dir)
