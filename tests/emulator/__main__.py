# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""``python -m tests.emulator --world tests/worlds/contoso.yaml --state DIR --proxy 127.0.0.1:0``"""

import argparse
import signal
import sys
import threading
from pathlib import Path

from .emulator import Emulator, write_description
from .loading import read_yaml
from .world import WorldError

LOOPBACK = ("127.0.0.1", 0)


def main():
    arguments = _parser().parse_args()
    (arguments.state / "emulator.json").unlink(missing_ok=True)
    try:
        base = read_yaml(arguments.world.read_text(encoding="utf-8"))
        patch = read_yaml(arguments.patch.read_text(encoding="utf-8")) if arguments.patch else {}
        emulator = Emulator(base, patch, arguments.state.resolve(), arguments.docker_registry)
    except (WorldError, ValueError) as error:
        sys.exit(f"emulator: {error}")
    for kind in ("https", "http", "proxy"):
        for address in getattr(arguments, kind):
            emulator.listen(kind, address)
    emulator.listen("control", arguments.control or LOOPBACK)
    emulator.listen("signInProxy", LOOPBACK)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    write_description(emulator)
    stop.wait()
    (arguments.state / "emulator.json").unlink(missing_ok=True)


def _parser():
    parser = argparse.ArgumentParser(prog="python -m tests.emulator", description="A small Azure on this machine.")
    parser.add_argument("--world", type=Path, required=True, help="YAML of the base world")
    parser.add_argument("--patch", type=Path, help="YAML merged over it")
    parser.add_argument("--state", type=Path, required=True, help="folder for keys, certificates and emulator.json")
    for name, what in (("https", "TLS for all services"), ("http", "identity endpoints"), ("proxy", "forward proxy")):
        parser.add_argument(f"--{name}", type=_address, action="append", default=[], metavar="ADDR:PORT",
                            help=f"{what}; port 0 picks a free one; may repeat")
    parser.add_argument("--control", type=_address, metavar="ADDR:PORT", help="default: a free port of 127.0.0.1")
    parser.add_argument("--docker-registry", metavar="URL", help="a real docker-registry that holds the images")
    return parser


def _address(text):
    host, _, port = text.rpartition(":")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    main()
