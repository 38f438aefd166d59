"""The events of a sweep. `Sweep.run` yields them and never prints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cnnbp_cli.sweeps.results import RunResult


@dataclass(frozen=True)
class SweepStarted:
    """Before the first run."""

    folder: Path
    points: int
    seeds: int
    done: int
    """Runs that an earlier session has finished."""
    left: int
    """Runs to train, as far as they are known."""
    workers: str
    """What trains them, in words."""


@dataclass(frozen=True)
class RunEnded:
    """A run has got where it should for now, or failed."""

    run: RunResult
    tested: bool
    """Whether this was the evaluation on the test images."""
    left: int
    """Runs that have not ended yet."""
    running: int
    seconds_left: float | None
    """Estimate; None before the first run has ended."""


@dataclass(frozen=True)
class ChoiceMade:
    """The choice is made; the test images are evaluated for it."""

    point: int


@dataclass(frozen=True)
class SweepDone:
    """All is trained, and results.csv and summary.json are written."""

    folder: Path
    seconds: float
    """Of this session."""


SweepEvent: TypeAlias = SweepStarted | RunEnded | ChoiceMade | SweepDone
