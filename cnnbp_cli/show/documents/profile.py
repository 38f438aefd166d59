"""The document of `cnnbp profile`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class CostDocument(TypedDict):
    """The cost of a part for a whole batch."""

    seconds: float
    flops: int
    """Floating-point operations."""


class PartDocument(TypedDict):
    """A part of a step: a layer, or work outside the layers."""

    name: str
    does: str
    forward: CostDocument | None
    backward: CostDocument | None
    """null if the part has no such pass."""


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
    """The whole step, as in `cnnbp train`."""
    peak: float
    """Operations per second of a large float32 matrix product on as many threads."""
