"""The documents of `cnnbp init`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class InitDocument(TypedDict):
    """`cnnbp init`: a config that was written."""

    schema: Literal["cnnbp.init/1"]
    preset: str
    config: str
    """The file."""
    config_schema: str
    """The file beside it, a JSON Schema, by which editors complete and check the config."""


class PresetDocument(TypedDict):
    """One network to begin with."""

    name: str
    about: str


class PresetsDocument(TypedDict):
    """`cnnbp init --list`: the networks to begin with."""

    schema: Literal["cnnbp.init.list/1"]
    presets: list[PresetDocument]
