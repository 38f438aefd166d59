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
    """Finished ones."""
    planned: int | None
    """Epochs that its config asks for; null where it is broken."""
    best_epoch: int | None
    """By the validation images."""
    validation_accuracy: float | None
    """Of the best epoch, a fraction."""
    test_accuracy: float | None
    """Of the best epoch's weights; null before the end."""
    problem: str | None
    """Why it is broken."""


class RunsDocument(TypedDict):
    """`cnnbp runs`: what was trained here, newest first."""

    schema: Literal["cnnbp.runs/1"]
    folder: str
    runs: list[RunDocument]
