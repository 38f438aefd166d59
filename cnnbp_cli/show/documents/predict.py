"""The document of `cnnbp predict`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class RankedClassDocument(TypedDict):
    """One class."""

    digit: int
    """The class."""
    output: float
    """The output of the last layer for it, 0 to 1."""


class PictureDocument(TypedDict):
    """One picture."""

    picture: str
    """Its path; or `test image N`."""
    digit: int | None
    """The predicted class; null if the picture is blank or could not be read."""
    name: str | None
    """Its name; null if the classes have only numbers."""
    ranked: list[RankedClassDocument]
    """All classes, likeliest first."""
    unsure: list[str]
    """Why the prediction is unsure; empty if it is not."""
    label: int | None
    """The label of a test image."""
    label_name: str | None
    """Its name; null if the classes have only numbers."""
    seen: list[list[int]] | list[list[list[int]]] | None
    """28 rows of 28 numbers from 0 to 255: the input of the network. Other networks may have other sides; with several
    channels, such rows for each channel."""
    error: str | None
    """Why the picture could not be read."""


class PredictDocument(TypedDict):
    """`cnnbp predict`: the predicted digit in each picture."""

    schema: Literal["cnnbp.predict/1"]
    checkpoint: str
    """The checkpoint used."""
    outputs: Literal["probabilities", "activations"] | None
    """Probabilities sum to 1, the activations of sigmoid units do not; null if nothing was predicted."""
    pictures: list[PictureDocument]
    """In the order of the arguments; those of a folder by name."""
