# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Writing a file so that whoever reads it sees the old text or the whole new one."""

import os
import secrets


def replace_file(path: str, text: str) -> None:
    """Write `text` as UTF-8 with line feeds to `path`, by way of a temporary file in the same folder.

    A symbolic link stays one: what it leads to is replaced. What is no file (a pipe, a terminal, /dev/null) is written
    to directly, because it must not be replaced.

    :raises OSError: when that fails; the temporary file is removed.
    """
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        with open(target, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        return
    temporary = f"{target}.{secrets.token_hex(8)}"
    try:
        with open(temporary, "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
        os.replace(temporary, target)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise
