"""How long a call takes, and how fast this machine multiplies matrices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from time import perf_counter

import numpy as np


def repeat(call: Callable[[], object], seconds: float) -> list[float]:
    """The duration of each call, repeated for about `seconds` and at least once, after one call to warm up."""
    call()
    readings = [perf_counter()]
    while len(readings) == 1 or readings[-1] - readings[0] < seconds:
        call()
        readings.append(perf_counter())
    return [end - start for start, end in pairwise(readings)]


def in_turns(calls: Sequence[Callable[[], object]], seconds: float, turns: int = 10) -> list[list[float]]:
    """The durations of several calls, measured alternately, so that other load on the machine affects all of them."""
    took: list[list[float]] = [[] for _ in calls]
    for _ in range(turns):
        for call, times in zip(calls, took, strict=True):
            times += repeat(call, seconds / turns / len(calls))
    return took


def gemm_peak(seconds: float, side: int = 1024) -> float:
    """Floating-point operations per second of a product of two float32 matrices of side × side: the best of many."""
    rng = np.random.default_rng(0)
    a, b = rng.random((2, side, side), np.float32)
    c = np.empty_like(a)
    return 2 * side**3 / min(repeat(lambda: np.matmul(a, b, out=c), seconds))
