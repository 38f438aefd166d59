"""The document of `cnnbp config show`."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict


class LayerDocument(TypedDict):
    """One layer."""

    name: str
    type: str
    output_shape: list[int]
    parameters: int
    multiply_adds: int
    """Of the forward pass of one image."""


class ConfigDocument(TypedDict):
    """`cnnbp config show`: a config with its layers and their sizes."""

    schema: Literal["cnnbp.config/1"]
    layers: list[LayerDocument]
    parameters: int
    """Of all layers."""
    multiply_adds: int
    config: dict[str, Any]
    """The values with the defaults filled in, as `cnnbp config schema` describes them."""
