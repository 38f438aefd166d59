"""Clocks and statistics: how long a call takes, how fast a stream of work goes, what a list of ratios says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from cnnbp_cli.numerics.timing import repeat


class Flow(NamedTuple):
    """How much work was done in how long."""

    images: int
    steps: int
    seconds: float

    @property
    def rate(self) -> float:
        """Images a second."""
        return self.images / self.seconds


def run_for(work: Iterator[int], seconds: float) -> Flow:
    """Draws from `work`, each of whose items is a number of images that are done, until `seconds` are over."""
    images = steps = 0
    began = now = perf_counter()
    while now - began < seconds:
        images += next(work)
        steps += 1
        now = perf_counter()
    return Flow(images, steps, now - began)


def call_time(call: Callable[[], object], seconds: float) -> float:
    """Seconds that a call takes: the least of many, in about `seconds` of them.

    The least, because whatever else the machine does can only add.
    """
    return min(repeat(call, seconds))


def spread(values: Sequence[float]) -> dict[str, Any]:
    """The median of some values, and how far they lie apart."""
    return {"median": median(values), "lowest": min(values), "highest": max(values)}
