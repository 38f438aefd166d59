"""The document of `cnnbp train`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from typing_extensions import TypedDict

from cnnbp_cli.show.documents.health import FindingDocument


class TrainDocument(TypedDict):
    """`cnnbp train`: the result of a run."""

    schema: Literal["cnnbp.train/1"]
    run: str
    """Its folder."""
    epochs: int
    """Finished epochs."""
    best_epoch: int
    """By validation accuracy; its weights are in best.npz."""
    validation_accuracy: float | None
    """Of the best epoch."""
    test_loss: float
    """Of the best epoch's weights, as is test_accuracy."""
    test_accuracy: float
    seconds: float
    """Training time of all epochs, without evaluation."""
    stopped_early: bool
    """Whether early stopping ended the training."""
    metrics: Sequence[Mapping[str, float | None]]
    """One entry per epoch, including those before a resume, by the columns of metrics.csv."""
    findings: list[FindingDocument]
    """The problems found in the training."""
