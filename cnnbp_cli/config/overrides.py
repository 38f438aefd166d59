"""`--set train.epochs=3`: replace single values of the config before it is validated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnbp_cli.config.document import Document
from cnnbp_cli.config.problems import ConfigError, ConfigProblem, KeyPath, SourceLocation, show_path, show_value
from cnnbp_cli.config.yaml_reader import MAX_DEPTH, read_inline

SYNTAX = re.compile(r"\s*([A-Za-z_]\w*(?:\.\w+|\[\d{1,6}\])*)\s*=(.*)", re.DOTALL | re.ASCII)
"""`layers[0].filters=4`; `layers.0.filters=4` means the same."""


def apply_overrides(document: Document, overrides: Sequence[str]) -> None:
    """Replace values in the document, whose data is a mapping, one override after the other. Values are read as YAML.

    An override whose path cannot exist, or whose value is not YAML, becomes a mistake of the document. Unknown keys
    are left to validation, which suggests the known ones.
    """
    for override in overrides:
        place = SourceLocation(f"--set {override}")
        match = SYNTAX.fullmatch(override)
        if match is None:
            problem = "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"
            document.mistakes.append(ConfigProblem(place, (), problem))
            continue
        keys, text = match.groups()
        try:
            _replace(document, re.findall(r"\w+", keys), read_inline(text, place), place)
        except ConfigError as error:
            document.mistakes += error.mistakes
        except LookupError as error:
            document.mistakes.append(ConfigProblem(place, (), str(error.args[0])))


def _replace(document: Document, keys: list[str], value: Document, place: SourceLocation) -> None:
    """Set the value at this path, creating the mappings that are missing along it.

    Raises
    ------
    LookupError
        The path goes through a scalar, or a list does not have that index.
    """
    if len(keys) > MAX_DEPTH:
        raise LookupError(f"nested deeper than {MAX_DEPTH} levels")
    around: Any = document.data
    path: KeyPath = ()
    for key in keys[:-1]:
        step = _step(around, path, key)
        path = (*path, step)
        if isinstance(around, dict) and around.get(step) is None:
            around[step] = {}
            document.places[path] = place
        around = around[step]
    step = _step(around, path, keys[-1])
    path = (*path, step)
    around[step] = value.data
    document.places = {old: at for old, at in document.places.items() if old[: len(path)] != path}
    document.places[path] = place
    document.mistakes += [replace(mistake, path=path + mistake.path) for mistake in value.mistakes]


def _step(around: Any, path: KeyPath, key: str) -> str | int:
    """The key in the type that its container needs: an index for a list."""
    if isinstance(around, dict):
        return key
    if not isinstance(around, list):
        raise LookupError(f"{show_path(path)} is {show_value(around)}, so it has no key `{key}`")
    if not key.isdecimal() or int(key) >= len(around):
        has = f"has [0] to [{len(around) - 1}]" if around else "is empty"
        raise LookupError(f"there is no {show_path(path)}[{key}]: {show_path(path)} {has}")
    return int(key)
