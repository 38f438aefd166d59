"""Asynchronous successive halving: many points train for few epochs, the better ones go on.

The rungs are numbers of epochs, r, rη, rη², … up to those of the config. Whenever a worker is free, the highest rung
that has a point among its best ⌊n/η⌋ of n that has not gone on promotes it to the next; if no rung has one, a new point
starts on the lowest. Nobody waits for a rung to be complete. A point goes on from its checkpoint, and its learning rate
follows the schedule over all epochs from the start, so one that reaches the last rung is bit for bit what `cnnbp train`
gives.

At the end, if no point has reached the last rung, the best one goes on until it has.

Source: Li, Jamieson, Rostamizadeh, Gonina, Hardt, Recht and Talwalkar, "A system for massively parallel hyperparameter
tuning", MLSys 2020, algorithm 2.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from math import inf

from cnnbp_cli.sweeps.methods.base import Job, Score
from cnnbp_cli.sweeps.points import Point

FAILED: Score = (inf, inf)


def rungs(epochs: int, least: int, factor: int) -> list[int]:
    """The epochs of each rung, in ascending order; the last is `epochs`."""
    found = [least]
    while found[-1] * factor < epochs:
        found.append(found[-1] * factor)
    return [*found, epochs] if found[-1] < epochs else [epochs]


class Halving:
    """Hands out points and promotions.

    Parameters
    ----------
    points
        In the order in which they start.
    rungs
        Epochs of each rung.
    factor
        η: one point in so many goes on.
    """

    def __init__(self, points: Sequence[Point], rungs: Sequence[int], factor: int) -> None:
        self._points = {point.number: point for point in points}
        self._rungs, self._factor = rungs, factor
        self._fresh = deque(points)
        self._scores: list[dict[int, Score]] = [{} for _ in rungs]
        self._promoted: list[set[int]] = [set() for _ in rungs]
        self._first: deque[Job] = deque()

    def restore(self, epochs: Mapping[int, int]) -> None:
        """Points that have begun get to the rung that they were on their way to, before anything else happens."""
        for number, reached in epochs.items():
            for place, rung in enumerate(self._rungs):
                self._first.append(self._job(number, place))
                if rung >= reached:
                    break
                self._promoted[place].add(number)
        begun = set(epochs)
        self._fresh = deque(point for point in self._fresh if point.number not in begun)

    def next(self, *, idle: bool) -> Job | None:
        if self._first:
            return self._first.popleft()
        for place in reversed(range(len(self._rungs) - 1)):
            for number in self._best(place, len(self._scores[place]) // self._factor):
                return self._promote(number, place)
        if self._fresh:
            return self._job(self._fresh.popleft().number, 0)
        if idle and not self._scores[-1]:
            for place in reversed(range(len(self._rungs) - 1)):
                for number in self._best(place, 1):
                    return self._promote(number, place)
        return None

    def report(self, job: Job, score: Score | None) -> None:
        place = len(self._rungs) - 1 if job.until is None else self._rungs.index(job.until)
        self._scores[place][job.point.number] = score or FAILED

    @property
    def left(self) -> int:
        return len(self._fresh)

    def _best(self, place: int, count: int) -> Iterator[int]:
        """Those of the best `count` points of a rung that have not gone on."""
        scores = self._scores[place]
        for number in sorted(scores, key=lambda number: (scores[number], number))[:count]:
            if number not in self._promoted[place] and scores[number] != FAILED:
                yield number

    def _promote(self, number: int, place: int) -> Job:
        self._promoted[place].add(number)
        return self._job(number, place + 1)

    def _job(self, number: int, place: int) -> Job:
        last = place == len(self._rungs) - 1
        return Job(self._points[number], None if last else self._rungs[place])
