# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writing a file so that whoever reads it sees the old text or the whole new one."""

import os
import secrets
import shutil


def replace_file(path: str, text: str) -> None:
    """Write `text` as UTF-8 with line feeds to `path`, by way of a temporary file in the same folder.

    A symbolic link stays one: what it leads to is replaced, and keeps its permissions. What cannot be replaced is
    written to directly: what is no file (a pipe, a terminal, /dev/null), a mounted file, one in a closed folder.

    :raises OSError: when that fails; the temporary file is removed.
    """
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        _write(target, "w", text)
        return
    try:
        temporary = _temporary(target, text)
    except PermissionError:  # a closed folder
        _write(target, "r+", text)
        return
    try:
        os.replace(temporary, target)
    except OSError:  # a mounted file; on Windows one that another program has open
        _write(target, "r+", text)
    finally:
        if os.path.exists(temporary):
            os.remove(temporary)


def _temporary(target: str, text: str) -> str:
    """A new file beside `target` with that text and the permissions of `target`."""
    temporary = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}")
    try:
        _write(temporary, "x", text)
        if os.path.exists(target):
            shutil.copymode(target, temporary)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise
    return temporary


def _write(path: str, mode: str, text: str) -> None:
    with open(path, mode, encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        if mode == "r+":
            stream.truncate()
