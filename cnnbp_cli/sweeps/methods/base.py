"""What the sweep asks a method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from cnnbp_cli.sweeps.points import Point

Score: TypeAlias = tuple[float, float]
"""Of a point, the smaller the better: minus the mean validation accuracy, then the mean validation loss."""


@dataclass(frozen=True)
class Job:
    """Train all runs of a point until this epoch, or to the end if it is None."""

    point: Point
    until: int | None


class Method(Protocol):
    """Hands out jobs."""

    def restore(self, epochs: Mapping[int, int]) -> None:
        """Before the first job of a resumed sweep: the epoch that each begun point has reached or is in, by number."""

    def next(self, *, idle: bool) -> Job | None:
        """The next job; None if there is none before further reports. `idle`: no job is running."""

    def report(self, job: Job, score: Score | None) -> None:
        """A job has ended; without a score if one of its runs failed."""

    @property
    def left(self) -> int:
        """Points that have not begun."""
