"""The document of `cnnbp lr-range`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class RangeStepDocument(TypedDict):
    """One step of the test."""

    learning_rate: float
    loss: float
    """Mean cost of the step's batch, before the update."""
    smoothed: float
    """Moving average of the loss over about twenty steps."""


class LrRangeDocument(TypedDict):
    """`cnnbp lr-range`: the loss while the learning rate grows."""

    schema: Literal["cnnbp.lr-range/1"]
    name: str
    """Of the config."""
    suggestion: float | None
    """A learning rate to start with; null if the loss did not fall."""
    lowest: RangeStepDocument
    """The step with the lowest smoothed loss."""
    ended: Literal["worse", "not finite"] | None
    """Why the test ended before its last step; null if it did not."""
    steps: list[RangeStepDocument]
