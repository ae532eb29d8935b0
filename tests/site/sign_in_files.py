# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------
"""Faults of the files in which az keeps a sign-in."""

import json
import os


def spoil(config_dir, faults):
    """Give files of an AZURE_CONFIG_DIR the faults that a scenario describes.

    :param faults: file name to ``half`` (cut in the middle), ``root's`` (belongs to root, closed to all others),
        ``twice`` (each subscription) or a mapping, which is put over each entry: subscriptions, service principals.
    """
    for name, fault in faults.items():
        path = config_dir / name
        text = path.read_text(encoding="utf-8-sig")
        if fault == "half":
            path.write_text(text[:len(text) // 2], encoding="utf-8")
        elif fault == "root's":
            os.chown(path, 0, 0)
            path.chmod(0o600)
        else:
            content = json.loads(text)
            if fault == "twice":
                content["subscriptions"] *= 2
                fault = {}
            for entry in content["subscriptions"] if isinstance(content, dict) else content:
                entry.update(fault)
            path.write_text(json.dumps(content), encoding="utf-8")
