"""The document of `cnnbp exercise make`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class AlikeDocument(TypedDict):
    """Mistakes that this exercise cannot tell apart."""

    tensor: str
    mistakes: list[str]
    """Their keys, as `cnnbp diagnose` has them."""


class ExerciseDocument(TypedDict):
    """`cnnbp exercise make`: what was written."""

    schema: Literal["cnnbp.exercise/1"]
    exercise: str
    """The file."""
    samples: int
    """Images in its batch."""
    input_shape: list[int]
    """Channels, height, width."""
    cost: float
    """C, the mean over the samples."""
    tensors: list[str]
    """What it asks for."""
    answers: bool
    """Whether it holds the answers too."""
    alike: list[AlikeDocument]
