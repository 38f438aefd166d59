"""The events of a training run. `fit` yields them and never prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class RunStarted:
    """Before the first step: what will be trained, and where it will be saved."""

    run: Path
    epochs: int
    first_epoch: int
    """1, or the epoch in which a resumed run continues."""
    batches: int
    """Steps per epoch."""
    train_images: int
    validation_images: int
    resumed_from: Path | None
    complete: bool = False
    """Whether no step is left to train: the resumed run had finished or stopped early."""


@dataclass(frozen=True)
class StepDone:
    """After an update."""

    epoch: int
    batch: int
    """Steps done in this epoch."""
    loss: float
    """Mean cost of the images seen in this epoch."""
    images_per_second: float
    """In this epoch, counting training time only."""


@dataclass(frozen=True)
class EpochDone:
    """After an epoch: the row of metrics.csv."""

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    """At the last step of the epoch."""
    seconds: float
    """Training time, without evaluation and saving."""
    images_per_second: float
    best: bool
    """Whether these are the best weights so far, by validation accuracy, then by validation loss."""


@dataclass(frozen=True)
class RunDone:
    """At the end: the results of the best weights on the test set, and the run folder."""

    run: Path
    epochs: int
    best_epoch: int
    validation_accuracy: float | None
    test_loss: float
    test_accuracy: float
    seconds: float
    stopped_early: bool


Event: TypeAlias = RunStarted | StepDone | EpochDone | RunDone
