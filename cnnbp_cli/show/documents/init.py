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
    """The JSON Schema next to it, with which editors complete and check the config."""


class PresetDocument(TypedDict):
    """One preset."""

    name: str
    about: str


class InitListDocument(TypedDict):
    """`cnnbp init --list`: the presets."""

    schema: Literal["cnnbp.init.list/1"]
    presets: list[PresetDocument]
