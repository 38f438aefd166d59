"""The document of `cnnbp runs`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from typing_extensions import TypedDict


class RunDocument(TypedDict):
    """One run."""

    run: str
    """Its folder."""
    state: Literal["finished", "untested", "unfinished", "broken"]
    """`untested`: all epochs are trained, but the test set was not evaluated, as in a sweep."""
    saved: str
    """When its newest file was written: ISO 8601, UTC."""
    epochs: int
    """Finished epochs."""
    planned: int | None
    """Epochs planned by the config; null if the run is broken."""
    best_epoch: int | None
    """By validation accuracy."""
    validation_accuracy: float | None
    """Of the best epoch, a fraction."""
    test_accuracy: float | None
    """Of the best epoch's weights; null until the training has finished."""
    problem: str | None
    """Why it is broken."""


class RunsDocument(TypedDict):
    """`cnnbp runs`: the runs of a folder, newest first."""

    schema: Literal["cnnbp.runs/1"]
    folder: str
    runs: list[RunDocument]
    differences: Mapping[str, list[Any]]
    """The config values in which the runs differ, by path: one value per run, null if its config has no such key."""
