"""The document of `cnnbp sweep`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import TypedDict


class SweepRunDocument(TypedDict):
    """One run: a point with one seed."""

    run: str
    """Its folder."""
    seed: int
    state: Literal["waiting", "running", "stopped", "done", "failed"]
    """`done` if it got as far as the sweep wanted, `stopped` if it has begun and was interrupted."""
    epochs: int
    """Finished epochs."""
    best_epoch: int | None
    """By validation accuracy; null before the first epoch is finished."""
    validation_accuracy: float | None
    """Of the best epoch."""
    validation_loss: float | None
    """Of the best epoch."""
    seconds: float
    """Training time of all epochs, without evaluation."""
    test_accuracy: float | None
    """Of the best epoch's weights; null unless the point was chosen."""
    test_loss: float | None
    problem: str | None
    """Why it failed."""


class PointDocument(TypedDict):
    """One combination of config values."""

    point: int
    """Its number, from 1 on."""
    values: Mapping[str, Any]
    """By config key."""
    state: Literal["waiting", "running", "stopped", "done", "failed"]
    """Of its runs."""
    epochs: int
    """That all of its runs have finished."""
    validation_accuracy: float | None
    """Mean over the seeds; null before all runs have finished an epoch."""
    validation_spread: float | None
    """Standard deviation over the seeds; null for one seed."""
    validation_loss: float | None
    """Mean over the seeds."""
    test_accuracy: float | None
    """Mean over the seeds; null unless the point was chosen."""
    test_spread: float | None
    problem: str | None
    """Why runs failed."""
    runs: list[SweepRunDocument]
    """One per seed."""


class SweepDocument(TypedDict):
    """`cnnbp sweep`: the results of a sweep; also in its summary.json."""

    schema: Literal["cnnbp.sweep/1"]
    sweep: str
    """Its folder."""
    name: str
    method: Literal["grid", "random", "halving"]
    seeds: list[int]
    images: str
    """Identifies the data set."""
    points: list[PointDocument]
    ranking: list[int]
    """The points that can be compared, best first."""
    best: int | None
    """The chosen point: the first of the ranking."""
    within_spread: list[int]
    """The points whose mean differs from the best one's by no more than the larger of the two spreads."""
    command: str | None
    """Trains the best point again, with the first seed."""
