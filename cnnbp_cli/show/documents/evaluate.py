"""The document of `cnnbp evaluate`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class EvaluateDocument(TypedDict):
    """`cnnbp evaluate`: how good a saved network is."""

    schema: Literal["cnnbp.evaluate/1"]
    checkpoint: str
    split: str
    """`test`, `validation` or `train`."""
    samples: int
    """Images."""
    loss: float
    """The mean cost of an image."""
    accuracy: float
    """The fraction of right answers."""
    precision: list[float | None]
    """For each class, right answers / times it was answered; null where it never was."""
    recall: list[float | None]
    """For each class, right answers / images of the class; null where there are none."""
    confusion: list[list[int]]
    """How many images of the row's class were taken for the column's."""
