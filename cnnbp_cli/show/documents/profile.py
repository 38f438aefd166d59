"""The document of `cnnbp profile`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class CostDocument(TypedDict):
    """What something costs for a whole batch."""

    seconds: float
    flops: int
    """Floating-point operations."""


class PartDocument(TypedDict):
    """A part of a step: a layer, or what is done around the layers."""

    name: str
    does: str
    forward: CostDocument | None
    backward: CostDocument | None
    """null where there is no such pass."""


class ProfileDocument(TypedDict):
    """`cnnbp profile`: where the time of a training step goes."""

    schema: Literal["cnnbp.profile/1"]
    name: str
    """Of the config."""
    batch: int
    """Images."""
    threads: int
    parts: list[PartDocument]
    """In the order of the forward pass."""
    step: CostDocument
    """As a whole, as `cnnbp train` does it."""
    peak: float
    """Operations a second of a large product of float32 matrices, on as many threads."""
