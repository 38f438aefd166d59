"""The document of `cnnbp export`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class ExportDocument(TypedDict):
    """`cnnbp export`: a network exported for other tools."""

    schema: Literal["cnnbp.export/1"]
    path: str
    """The file."""
    format: str
    """`onnx` or `safetensors`."""
    bytes: int
    checkpoint: str
    """The exported checkpoint."""
    parameters: dict[str, list[int]]
    """Shapes by name, in PyTorch's layouts."""
