"""The document of `cnnbp config draw`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class DrawDocument(TypedDict):
    """`cnnbp config draw`: a diagram that was written."""

    schema: Literal["cnnbp.config.draw/1"]
    path: str
    """The file, SVG."""
    network: str
    """The network's name."""
    shapes: list[list[int]]
    """What is drawn, from the image to the output: (C, H, W) for feature maps, (n,) for vectors."""
