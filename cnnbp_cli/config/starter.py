"""A config to begin with: a preset's own lines, with a comment above each key that says what it is for.

The comments are the descriptions of the JSON Schema, which are the models' docstrings; nothing is told twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cnnbp_cli.config.schema import config_schema

SCHEMA_FILE = "cnnbp.schema.json"
"""Beside the config: what an editor completes and checks it by."""

_KEY = re.compile(r"^(?P<indent>(?:  )?)(?P<key>\w+):(?P<value>.*)$")
_TYPE = re.compile(r"^  - *\{? *type: *(?P<type>\w+)")


def starter(text: str) -> str:
    """The text of a preset, with comments, and a first line that tells editors of SCHEMA_FILE beside it."""
    return "\n".join([f"# yaml-language-server: $schema={SCHEMA_FILE}", *_commented(text.splitlines()), ""])


def _commented(lines: list[str]) -> Iterator[str]:
    """The lines, each key's with a comment above it: the file's own, and those one deeper in block style."""
    schema = config_schema()
    keys: Mapping[str, Any] = schema["properties"]
    inner: Mapping[str, Any] = {}
    told: set[str] = set()
    for line in lines:
        if match := _KEY.match(line):
            known = inner if match["indent"] else keys
            field = known.get(match["key"], {})
            if not match["indent"]:
                yield ""
                inner = _properties(schema, field)
            if description := field.get("description"):
                yield f"{match['indent']}# {description}"
        elif (match := _TYPE.match(line)) and match["type"] not in told:
            told.add(match["type"])
            yield f"  # {match['type']}: {_declared(schema, match['type'])['description']}"
        yield line


def _properties(schema: Mapping[str, Any], field: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a section may hold; nothing for a field that is none."""
    name = field.get("$ref", "").rpartition("/")[2]
    return schema["$defs"].get(name, {}).get("properties", {})


def _declared(schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The definition of a layer by its type."""
    return next(
        definition
        for definition in schema["$defs"].values()
        if definition.get("properties", {}).get("type", {}).get("const") == kind
    )
