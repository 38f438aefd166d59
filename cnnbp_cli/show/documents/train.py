"""The document of `cnnbp train`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class EpochDocument(TypedDict):
    """One finished epoch: a row of metrics.csv."""

    epoch: int
    train_loss: float
    """The mean cost of the training images, each as it was met in the epoch."""
    validation_loss: float
    validation_accuracy: float
    """A fraction, as all accuracies are."""
    learning_rate: float
    """At the epoch's last step."""
    seconds: float
    """Of training alone."""
    images_per_second: float


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
    metrics: list[EpochDocument]
    """Every epoch, those before a resumption too."""
