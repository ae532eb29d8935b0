# --------------------------------------------------------------------------------------------
# Copyright (c) Microsoft Corporation. All rights reserved.
# Licensed under the MIT License. See License.txt in the project root for license information.
# --------------------------------------------------------------------------------------------

"""From YAML to a world.

An unknown key is an error, so that a misspelt patch cannot pass for "no effect".
"""

import copy
import re
import time
from dataclasses import fields, is_dataclass
from datetime import datetime, timezone
from functools import cache
from types import UnionType
from typing import Union, get_args, get_origin, get_type_hints

import yaml

from .entities import Duration, Moment
from .world import World, WorldError

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "y": 365 * 86400}


class _Loader(yaml.SafeLoader):
    """Safe YAML in which only true and false are booleans: ``on`` is a key here. Dates stay text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers
            if tag not in ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), "tf")


def read_yaml(text):
    """Parse a world or a patch (JSON is YAML too).

    :raises WorldError: it does not parse or is no mapping.
    """
    try:
        data = yaml.load(text, Loader=_Loader) or {}
    except yaml.YAMLError as error:
        raise WorldError(f"Not YAML: {error}") from error
    if not isinstance(data, dict):
        raise WorldError("A world is a mapping")
    return data


def merge(base, patch):
    """The base with a patch over it: mappings merge, lists and scalars replace, ``key+`` appends, null deletes."""
    result = copy.deepcopy(base)
    for key, value in patch.items():
        if key.endswith("+"):
            result[key[:-1]] = [*result.get(key[:-1], []), *value]
        elif value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            result[key] = merge(result[key] if isinstance(result.get(key), dict) else {}, value)
        else:
            result[key] = value
    return result


def load_world(data):
    """Build a world from parsed YAML.

    :raises WorldError: a key is unknown, a value does not fit or a reference leads nowhere.
    """
    offset = _duration(data.get("clockOffset", 0), "clockOffset")
    return _build(World, data, "", time.time() + offset)


def _build(cls, data, where, now, name=None):
    if not isinstance(data, dict):
        raise WorldError(f"{where} must be a mapping")
    hints, keys = _fields_of(cls)
    arguments = {"name": name} if "name" in hints else {}
    for key, value in data.items():
        if key not in keys:
            raise WorldError(f"Unknown key '{key}' in {where or 'the world'}; known: {', '.join(sorted(keys))}")
        path = f"{where}.{key}" if where else key
        arguments[keys[key]] = _convert(hints[keys[key]], value, path, now)
    return cls(**arguments)


@cache
def _fields_of(cls):
    """Types by name, and names by key: the same for thousands of assignments of a large world."""
    return get_type_hints(cls), {_camel(field.name): field.name for field in fields(cls)}


def _convert(hint, value, where, now):
    if get_origin(hint) in (Union, UnionType):
        if value is None:
            return None
        hint = next(a for a in get_args(hint) if a is not type(None))
    if hint is Moment:
        return _moment(value, where, now)
    if hint is Duration:
        return _duration(value, where)
    if is_dataclass(hint):
        return _build(hint, value, where, now)
    kind = get_origin(hint) or hint
    if kind is str and isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, kind):
        raise WorldError(f"{where} must be a {kind.__name__}, not {value!r}")
    if kind is dict and get_args(hint) and is_dataclass(get_args(hint)[1]):
        return {key: _build(get_args(hint)[1], item, f"{where}.{key}", now, key) for key, item in value.items()}
    if kind is list:
        return [_convert(get_args(hint)[0], item, f"{where}[{i}]", now) for i, item in enumerate(value)]
    return value


def _camel(name):
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _duration(value, where):
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    text = str(value).strip()
    if text[-1:] in _UNITS:
        try:
            return float(text[:-1]) * _UNITS[text[-1]]
        except ValueError:
            pass
    raise WorldError(f"{where}: '{value}' is no duration (30s, 10m, 2h, 90d)")


def _moment(value, where, now):
    text = str(value).strip()
    if text == "now":
        return now
    if text[:1] in "+-":
        return now + _duration(text, where)
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise WorldError(f"{where}: '{value}' is neither ISO 8601 nor relative (-30s, +180d)") from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
