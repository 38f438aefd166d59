"""The document of `cnnbp train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from cnnbp_cli.show.documents.health import FindingDocument


class TrainDocument(TypedDict):
    """`cnnbp train`: what a run came to."""

    schema: Literal["cnnbp.train/1"]
    run: str
    """Its folder."""
    epochs: int
    """Finished ones."""
    best_epoch: int
    """By the validation images; its weights are the run's best.npz."""
    validation_accuracy: float | None
    """Of the best epoch."""
    test_loss: float
    """Of the best epoch's weights, as is test_accuracy."""
    test_accuracy: float
    seconds: float
    """Of training alone, all epochs."""
    stopped_early: bool
    """Whether early stopping ended it."""
    metrics: Sequence[Mapping[str, float | None]]
    """Every epoch, those before a resumption too, by the columns of metrics.csv."""
    findings: list[FindingDocument]
    """What stands out in the training's health."""
