"""The document of `cnnbp evaluate`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class EvaluateDocument(TypedDict):
    """`cnnbp evaluate`: loss, accuracy and confusion matrix of a trained network."""

    schema: Literal["cnnbp.evaluate/1"]
    checkpoint: str
    split: str
    """`test`, `validation` or `train`."""
    samples: int
    """Images."""
    loss: float
    """The mean cost per image."""
    accuracy: float
    """The fraction of correct predictions."""
    precision: list[float | None]
    """For each class, correct predictions / predictions of the class; null if it was never predicted."""
    recall: list[float | None]
    """For each class, correct predictions / images of the class; null if there are none."""
    confusion: list[list[int]]
    """Images by label (row) and prediction (column)."""
    classes: list[str] | None
    """The name of each class; null if the classes have only numbers."""
