"""Pydantic's errors in plain words: what the JSON Schema expects at a path, and what the file has there.

Pydantic reports a value that fits no branch of a union once per branch, and puts branch names into its paths. Here each
path is reported once, and only names that appear in the file are used.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, TypeAlias

from pydantic import ValidationError

from cnnbp_cli.config.problems import KeyPath, did_you_mean, either, one_of, show_value

Schema: TypeAlias = Mapping[str, Any]

ABSENT: Any = object()
UNKNOWN: Schema = {}

SYNONYMS = {"yes": "true", "on": "true", "no": "false", "off": "false", "none": "null"}
"""Words that YAML 1.1 or Python reads as these values. YAML 1.2 reads them as text."""


class Spot(NamedTuple):
    """A path in the data with the value there, its schema, the schema of the mapping around it, and that of all."""

    path: KeyPath
    value: Any
    schema: Schema
    around: Schema
    root: Schema

    @property
    def meant(self) -> KeyPath | None:
        """The path with its unknown key replaced by the most similar known one, if there is one."""
        near = did_you_mean(str(self.path[-1]), self.around["properties"]) if self.schema is UNKNOWN else None
        return (*self.path[:-1], near) if near else None


def explain(error: ValidationError, data: Any, schema: Schema) -> Iterator[tuple[KeyPath, str]]:
    """The mistakes in `data`, which should follow `schema`, each with its path, in plain words."""
    spots: dict[KeyPath, tuple[Spot, str | None]] = {}
    for detail in error.errors(include_url=False):
        spot = locate(detail["loc"], data, schema)
        message = str(detail["ctx"]["error"]) if detail["type"] == "value_error" else None
        spots.setdefault(spot.path, (spot, message))
    meant = {spot.meant for spot, _ in spots.values()}
    around = {path[:length] for path in spots for length in range(len(path))}
    for path, (spot, message) in spots.items():
        explained = path in around or (spot.value is ABSENT and path in meant)
        if not explained:
            yield path, message or describe(spot)


def locate(loc: tuple[str | int, ...], data: Any, root: Schema) -> Spot:
    """The path that pydantic's `loc` refers to, without names of union branches; it ends where a union begins."""
    spot = Spot((), data, root, UNKNOWN, root)
    for key in loc:
        branches = _branches(spot.schema, root)
        if len(branches) > 1:  # the rest of `loc` is about one branch only
            break
        around = branches[0]
        if "discriminator" in around and key == spot.value["type"]:
            spot = spot._replace(schema=_resolved({"$ref": around["discriminator"]["mapping"][key]}, root))
        elif isinstance(key, str):
            schema = _value_schema(around, key)
            spot = Spot((*spot.path, key), spot.value.get(key, ABSENT), schema, around, root)
        elif key < len(spot.value):
            schema = around["items"] if "items" in around else around["prefixItems"][key]
            spot = Spot((*spot.path, key), spot.value[key], schema, around, root)
    tags = _branches(spot.schema, root)[0].get("discriminator")
    if tags and isinstance(spot.value, dict):
        kinds = {"enum": list(tags["mapping"])}
        misspelt = None if "type" in spot.value else did_you_mean("type", spot.value)
        if misspelt:
            return Spot((*spot.path, misspelt), spot.value[misspelt], UNKNOWN, {"properties": {"type": kinds}}, root)
        return Spot((*spot.path, "type"), spot.value.get("type", ABSENT), kinds, UNKNOWN, root)
    return spot


def describe(spot: Spot) -> str:
    """What is wrong at this path."""
    if spot.schema is UNKNOWN:
        known = f"the keys here are {one_of(spot.around['properties'], last='and')}"
        return f"unknown key; {f'did you mean `{spot.meant[-1]}`?' if spot.meant else known}"
    if spot.value is ABSENT:
        return f"is missing; expected {expected(spot.schema, spot.root)}"
    branches = [_resolved(branch, spot.root) for branch in spot.schema.get("anyOf", [spot.schema])]
    kinds = {branch.get("type") for branch in branches if "enum" not in branch}
    options = [option for branch in branches for option in branch.get("enum", [])]
    options += ["true", "false"] if "boolean" in kinds else []
    options += ["null"] if "null" in kinds else []
    found = show_value(spot.value)
    near = None
    if isinstance(spot.value, str):
        near = SYNONYMS.get(spot.value.casefold())
        near = near if near in options else did_you_mean(spot.value, options)
        found = found if options or "string" in kinds else f"the text {found}"
    elif "string" in kinds and isinstance(spot.value, int | float):
        found = f"{found}, which is text only if quoted"
    return f"expected {expected(spot.schema, spot.root)}; got {found}" + (f". Did you mean `{near}`?" if near else "")


def expected(schema: Schema, root: Schema) -> str:
    """What the schema accepts, in words."""
    branches = [_resolved(branch, root) for branch in schema.get("anyOf", [schema])]
    return either([words for branch in branches for words in _admitted(branch, root)])


def _value_schema(around: Schema, key: str) -> Schema:
    """The schema of the value of a mapping's key: a named one, or the one for all keys."""
    more = around.get("additionalProperties")
    known: Schema | None = around.get("properties", {}).get(key)
    return known or (more if isinstance(more, Mapping) else UNKNOWN)


def _admitted(schema: Schema, root: Schema) -> list[str]:
    if "discriminator" in schema:
        return [f"a mapping with `type`: {one_of(schema['discriminator']['mapping'])}"]
    if "enum" in schema:
        return [f"`{option}`" for option in schema["enum"]]
    match schema.get("type"):
        case None:
            return ["any value"]
        case "integer":
            return [f"a whole number{_bounds(schema)}"]
        case "number":
            return [f"a number{_bounds(schema)}"]
        case "array":
            least, most = schema.get("minItems", 0), schema.get("maxItems", "any number")
            item = schema["items"] if "items" in schema else schema["prefixItems"][0]
            return [f"a list of {least if least == most else f'{least} to {most}'} (each {expected(item, root)})"]
        case "string" if "pattern" in schema:
            return [schema["description"][0].lower() + schema["description"][1:].rstrip(".")]
        case kind:
            return [{"boolean": "true or false", "null": "null", "string": "text", "object": "a mapping"}[kind]]


def _bounds(schema: Schema) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f" from {schema['minimum']:,.12g} to {schema['maximum']:,.12g}"
    words = {
        "minimum": "of at least",
        "exclusiveMinimum": "above",
        "maximum": "of at most",
        "exclusiveMaximum": "below",
    }
    bounds = [f"{word} {schema[key]:,.12g}" for key, word in words.items() if key in schema]
    return f" {' and '.join(bounds)}" if bounds else ""


def _branches(schema: Schema, root: Schema) -> list[Schema]:
    """The schemas that a value other than null may match."""
    return [_resolved(branch, root) for branch in schema.get("anyOf", [schema]) if branch.get("type") != "null"]


def _resolved(schema: Schema, root: Schema) -> Schema:
    reference = schema.get("$ref")
    resolved: Schema = root["$defs"][reference.rpartition("/")[2]] if reference else schema
    return resolved
