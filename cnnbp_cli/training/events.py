"""What a training run tells whoever watches it. `fit` yields these; it never prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias


@dataclass(frozen=True)
class RunStarted:
    """Before the first step: what will be done, and where it will be saved."""

    run: Path
    epochs: int
    first_epoch: int
    """1, or the next after the checkpoint's when a run is resumed."""
    batches: int
    """Steps an epoch."""
    train_images: int
    validation_images: int
    resumed_from: Path | None


@dataclass(frozen=True)
class StepDone:
    """After an update."""

    epoch: int
    batch: int
    """How many steps of this epoch are done."""
    loss: float
    """The mean cost of the images seen in this epoch."""
    images_per_second: float
    """In this epoch, of training alone."""


@dataclass(frozen=True)
class EpochDone:
    """After an epoch: the row of metrics.csv."""

    epoch: int
    train_loss: float
    validation_loss: float | None
    validation_accuracy: float | None
    learning_rate: float
    """At the epoch's last step."""
    seconds: float
    """Of training alone."""
    images_per_second: float
    best: bool
    """Whether this epoch's weights are the best so far, by validation accuracy, then loss."""


@dataclass(frozen=True)
class RunDone:
    """At the end: what the best weights reach on the test set, and where things are."""

    run: Path
    epochs: int
    best_epoch: int
    validation_accuracy: float | None
    test_loss: float
    test_accuracy: float
    seconds: float
    stopped_early: bool


Event: TypeAlias = RunStarted | StepDone | EpochDone | RunDone
