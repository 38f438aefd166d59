"""The document of `cnnbp runs`."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict


class RunDocument(TypedDict):
    """One run."""

    run: str
    """Its folder."""
    state: Literal["finished", "unfinished", "broken"]
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
