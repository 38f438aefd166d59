"""Every point is trained to its end: grid and random search."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from cnnbp_cli.sweeps.methods.base import Job, Score
from cnnbp_cli.sweeps.points import Point


class Exhaustive:
    """Hands out the points in order.

    Source: random search needs far fewer points than a grid where few of the parameters matter. Bergstra and Bengio,
    "Random search for hyper-parameter optimization", JMLR 13, 2012.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        self._left = deque(points)

    def restore(self, epochs: Mapping[int, int]) -> None:
        pass

    def next(self, *, idle: bool) -> Job | None:
        return Job(self._left.popleft(), None) if self._left else None

    def report(self, job: Job, score: Score | None) -> None:
        pass

    @property
    def left(self) -> int:
        return len(self._left)
