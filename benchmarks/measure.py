"""Clocks and statistics: the duration of a call, the rate of a stream of work, the spread of several values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from statistics import median
from time import perf_counter
from typing import Any, NamedTuple

from cnnbp_cli.numerics.timing import repeat


class Flow(NamedTuple):
    """An amount of work, and its duration."""

    images: int
    steps: int
    seconds: float

    @property
    def rate(self) -> float:
        """Images per second."""
        return self.images / self.seconds


def run_for(work: Iterator[int], seconds: float) -> Flow:
    """Consume `work`, which yields the number of images of each step, for `seconds`."""
    images = steps = 0
    began = now = perf_counter()
    while now - began < seconds:
        images += next(work)
        steps += 1
        now = perf_counter()
    return Flow(images, steps, now - began)


def call_time(call: Callable[[], object], seconds: float) -> float:
    """The minimum duration of a call, in seconds, repeated for about `seconds`.

    The minimum, because other load on the machine can only add time.
    """
    return min(repeat(call, seconds))


def spread(values: Sequence[float]) -> dict[str, Any]:
    """The median, minimum and maximum of some values."""
    return {"median": median(values), "lowest": min(values), "highest": max(values)}
