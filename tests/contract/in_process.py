# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""The whole diagnosis in one process: the real az and MSAL, the real engine, and an emulated Azure in the place of the
network. The process is good for nothing else afterwards.

AZURE_CONFIG_DIR must be set to a folder that is signed in before this module is imported.
"""

import email.message
import io
import os
import shutil
import socket
from email.utils import formatdate
from pathlib import Path
from typing import Any, Dict, Optional
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3
from azure.cli.core import get_default_cli
from azure.cli.core._session import ACCOUNT
from azure.cli.core.auth.identity import Identity
from urllib3 import HTTPHeaderDict

from azext_acrlogin import custom
from azext_acrlogin.base.interruption import Interruption
from azext_acrlogin.base.secret import Secret
from azext_acrlogin.engine.question import Question
from azext_acrlogin.machine import process
from azext_acrlogin.net import alias
from azext_acrlogin.symptoms.taken import completed
from tests.emulator.client import BASE_WORLD
from tests.emulator.emulator import Emulator
from tests.emulator.http import Request
from tests.emulator.loading import read_yaml
from tests.fuzz.mutations import Answer

PROFILE = "azureProfile.json"
SIGN_IN_FILES = ("msal_token_cache.json", "service_principal_entries.json", "msal_http_cache.bin")


class Outside:
    """What a diagnosis meets outside of its process: an emulated Azure, names that resolve, no program at all."""

    def __init__(self, azure):
        self._azure = azure

    def answer(self, adapter, request, build):
        """In the place of the adapter's `send`."""
        return build(adapter, request, raw_response(self.genuine(request), request))

    def genuine(self, request) -> Answer:
        """What the emulated Azure answers."""
        url = urlsplit(request.url)
        headers = email.message.Message()
        for name, value in request.headers.items():
            headers[name] = (value if isinstance(value, str) else value.decode("latin-1")).encode(
                "ascii", "replace").decode()
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        response, _ = self._azure.answer(Request(
            url.hostname, request.method, url.path or "/", parse_qs(url.query, keep_blank_values=True), headers, body,
            "10.0.0.4", "10.0.0.5", url.scheme == "https"))
        headers = {name: value if isinstance(value, str) else ", ".join(value)     # as `requests` joins several lines
                   for name, value in response.headers.items()}
        return Answer(response.status, {"Date": formatdate(usegmt=True), **headers}, response.body)

    def resolve(self):
        """In the place of `socket.getaddrinfo`."""
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("20.1.2.3", 443))]

    def connect(self):
        """In the place of `socket.create_connection`."""
        raise ConnectionRefusedError(111, "Connection refused")

    def alias(self) -> Optional[str]:
        """In the place of a question to a name server."""
        return None

    def program(self, _arguments):
        """In the place of `process.run`."""
        return process.Ended(missing=True)

    def find(self, _command) -> Optional[str]:
        """In the place of `process.find`."""
        return None

    def lay_files(self, config: Path) -> None:
        """Called when the files of the sign-in are as they were, before they are read. :param config: their folder."""


def raw_response(answer: Answer, request) -> urllib3.HTTPResponse:
    """An answer as urllib3 hands it on."""
    return urllib3.HTTPResponse(io.BytesIO(answer.body), _headers(answer.headers), answer.status, preload_content=False,
                                decode_content=False, request_method=request.method)


def _headers(headers: Dict[str, Any]) -> HTTPHeaderDict:
    """As http.client hands headers on: without line ends, in latin-1, one for each of several of a name."""
    handed_on = HTTPHeaderDict()
    for name, value in headers.items():
        for one in value if isinstance(value, list) else [value]:
            handed_on.add(name, one.replace("\r", " ").replace("\n", " ").encode("utf-8").decode("latin-1"))
    return handed_on


class InProcess:
    """Makes diagnoses, each in an `Outside`."""

    def __init__(self, state: Path):
        """:param state: of the emulator in which az was signed in; its keys are used."""
        self._emulator = Emulator(read_yaml(BASE_WORLD.read_text(encoding="utf-8")), {}, state)
        self._cli = get_default_cli()
        self._cloud = custom.cloud_of(self._cli)
        self._pristine = state / "pristine"
        self._config = Path(os.environ["AZURE_CONFIG_DIR"])
        shutil.copytree(self._config, self._pristine, dirs_exist_ok=True)
        self._outside: Optional[Outside] = None
        self._put_doors()

    @property
    def keys(self):
        """Those that the emulated Azure signs with."""
        return self._emulator.keys

    def azure(self, patch):
        """The services of a world: the base world with a patch over it."""
        self._emulator.patch(patch)
        return self._emulator.azure

    def diagnose(self, outside: Outside, options: Dict[str, Any], password: Optional[str] = None) -> dict:
        """The report. :param options: of the question."""
        self._outside = outside
        self._forget(outside)
        read = completed(options.get("symptom"), options.get("name"), None, options.get("repository"),
                         options.get("actions"), self._cloud)
        asked = Question(cloud=self._cloud, **{**options, "name": read.name, "repository": read.repository,
                                               "actions": read.actions, "from_symptom": read.from_symptom})
        return custom._rounds(  # pylint: disable=protected-access
            self._cli, asked, Secret(password) if password else None, 0.0, Interruption())

    def _forget(self, outside):
        """Put the sign-in back as it was, on disk and in memory."""
        # pylint: disable=protected-access
        self._put_back()
        outside.lay_files(self._config)
        try:
            ACCOUNT.load(str(self._config / PROFILE))
        except (OSError, ValueError, RecursionError):   # no command of such an az begins
            self._put_back()
            ACCOUNT.load(str(self._config / PROFILE))
        Identity._msal_token_cache = Identity._service_principal_store_instance = None
        Identity._msal_http_cache = {"": None}

    def _put_back(self):
        for name in (PROFILE, *SIGN_IN_FILES):
            path = self._config / name
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            else:
                path.unlink(missing_ok=True)
            if (self._pristine / name).exists():
                shutil.copy(self._pristine / name, path)

    def _put_doors(self):
        build = requests.adapters.HTTPAdapter.build_response

        def send(adapter, request, **_options):
            return self._outside.answer(adapter, request, build)

        requests.adapters.HTTPAdapter.send = send
        socket.getaddrinfo = lambda *arguments, **options: self._outside.resolve()
        socket.create_connection = lambda *arguments, **options: self._outside.connect()
        alias._ask = lambda *_arguments: self._outside.alias()  # pylint: disable=protected-access
        process.run = lambda arguments, *rest, **options: self._outside.program(arguments)
        process.find = lambda command: self._outside.find(command)  # pylint: disable=unnecessary-lambda
        shutil.which = lambda command, *rest, **options: f"/usr/bin/{command}"
