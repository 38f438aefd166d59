"""A config to start from: the lines of a preset, with a comment above each key that describes it.

The comments are the descriptions in the JSON Schema, which come from the models' docstrings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from cnnbp_cli.config.schema import config_schema

SCHEMA_FILE = "cnnbp.schema.json"
"""File next to the config with the JSON Schema that an editor completes and checks it with."""

_KEY = re.compile(r"^(?P<indent>(?:  )?)(?P<key>\w+):(?P<value>.*)$")
_TYPE = re.compile(r"^  - *\{? *type: *(?P<type>\w+)")


def starter(text: str) -> str:
    """The text of a preset with comments, and a first line that points editors to SCHEMA_FILE."""
    return "\n".join([f"# yaml-language-server: $schema={SCHEMA_FILE}", *_commented(text.splitlines()), ""])


def _commented(lines: list[str]) -> Iterator[str]:
    """The lines, with a comment above each top-level key and each key one level below it in block style."""
    schema = config_schema()
    keys: Mapping[str, Any] = schema["properties"]
    inner: Mapping[str, Any] = {}
    described: set[str] = set()
    for line in lines:
        if match := _KEY.match(line):
            known = inner if match["indent"] else keys
            field = known.get(match["key"], {})
            if not match["indent"]:
                yield ""
                inner = _properties(schema, field)
            if description := field.get("description"):
                yield f"{match['indent']}# {description}"
        elif (match := _TYPE.match(line)) and match["type"] not in described:
            described.add(match["type"])
            yield f"  # {match['type']}: {_declared(schema, match['type'])['description']}"
        yield line


def _properties(schema: Mapping[str, Any], field: Mapping[str, Any]) -> Mapping[str, Any]:
    """The keys of a section and their schemas; empty for a field that is not a section."""
    name = field.get("$ref", "").rpartition("/")[2]
    return schema["$defs"].get(name, {}).get("properties", {})


def _declared(schema: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    """The schema of the layer with this `type`."""
    return next(
        definition
        for definition in schema["$defs"].values()
        if definition.get("properties", {}).get("type", {}).get("const") == kind
    )
