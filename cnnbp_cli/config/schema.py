"""The JSON Schema of a config: editors complete and check with it, and our error messages are made from it."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from cnnbp_cli.augmentation import TRANSFORMS
from cnnbp_cli.config import models
from cnnbp_cli.config.models import Config
from cnnbp_cli.docstrings import docstring
from cnnbp_cli.layers import LAYERS
from cnnbp_cli.optimizers import OPTIMIZERS, SCHEDULES

DECLARED: tuple[type, ...] = (*LAYERS, *OPTIMIZERS, *SCHEDULES, *TRANSFORMS)

DIALECT = "https://json-schema.org/draft/2020-12/schema"

SECTION = re.compile(r"^(\w+)\n-{3,}\n", re.MULTILINE)
ENTRY = re.compile(r"^(\w+(?:, \w+)*)(?: *:.*)?\n((?:(?: {4}.*)?\n)+)", re.MULTILINE)


@cache
def config_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12). The descriptions of a layer's keys come from its docstring."""
    schema = {"$schema": DIALECT, **Config.model_json_schema()}
    for name, definition in [("Config", schema), *schema["$defs"].items()]:
        if hasattr(models, name):  # pydantic's description is missing under python -OO
            definition["description"] = docstring(getattr(models, name))
    for declared in DECLARED:
        definition = schema["$defs"][declared.__name__]
        definition["description"] = summary(declared)
        definition["required"] = ["type", *definition.get("required", [])]
        docs = attribute_docs(declared)
        for key, field in definition["properties"].items():
            if key in docs:
                field["description"] = docs[key]
    return schema


def summary(declared: type) -> str:
    """The first paragraph of a docstring, on one line."""
    opening, *_ = SECTION.split(docstring(declared), maxsplit=1)
    return " ".join(opening.split())


def attribute_docs(declared: type) -> dict[str, str]:
    """The descriptions in the numpydoc `Attributes` sections of a class and its bases, by attribute."""
    docs: dict[str, str] = {}
    for base in reversed(declared.__mro__):
        _, *sections = SECTION.split(docstring(base) + "\n")
        for title, text in zip(sections[::2], sections[1::2], strict=True):
            if title == "Attributes":
                for names, words in ENTRY.findall(text):
                    docs |= dict.fromkeys(names.split(", "), " ".join(words.split()))
    return docs
