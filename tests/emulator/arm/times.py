# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""The forms in which Resource Manager and its providers write times, as recorded, and who made a resource."""

from datetime import datetime, timezone


def iso(moment):
    """UTC with Z and seven decimals: Microsoft.Authorization."""
    return datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def short(moment):
    """UTC with Z, no zeros at the end: a registry's ``creationDate``, ``systemData`` of lists of resources."""
    return _without_zeros(moment) + "Z"


def with_offset(moment):
    """An offset instead of Z, and no fraction when it is zero: what belongs to registries, and ``systemData``."""
    return _without_zeros(moment) + "+00:00"


def parsed(text):
    """A moment that was sent."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def system_data(moment, form=with_offset):
    """Who made a resource, and when."""
    # Assumption: everything was made by one user, and never changed.
    maker = "owner@contoso.example"
    return {"createdBy": maker, "createdByType": "User", "createdAt": form(moment),
            "lastModifiedBy": maker, "lastModifiedByType": "User", "lastModifiedAt": form(moment)}


def _without_zeros(moment):
    text = datetime.fromtimestamp(moment, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".")
