"""The document of `cnnbp predict`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class Ranked(TypedDict):
    """One class."""

    digit: int
    """The class."""
    output: float
    """What the network's last layer gives for it, 0 to 1."""


class PictureDocument(TypedDict):
    """One picture."""

    picture: str
    """Its path; or `test image N`."""
    digit: int | None
    """The answer; null where nothing was found in the picture, or it could not be read."""
    ranked: list[Ranked]
    """All classes, the likeliest first."""
    unsure: list[str]
    """Why the answer is unsure; empty where it is not."""
    label: int | None
    """What a test image really is."""
    seen: list[list[int]] | None
    """28 rows of 28 numbers, 0 to 255: what the network was given."""
    error: str | None
    """Why the picture could not be read."""


class PredictDocument(TypedDict):
    """`cnnbp predict`: the digit in each picture."""

    schema: Literal["cnnbp.predict/1"]
    checkpoint: str
    """The weights that answer."""
    outputs: Literal["probabilities", "activations"] | None
    """Probabilities sum to 1; the activations of sigmoid units are each for themselves. null where nothing was read."""
    pictures: list[PictureDocument]
    """In the order of the arguments; a folder's by name."""
