"""The points of a sweep: combinations of config values, all of them or drawn at random."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import exp, inf, log, prod
from typing import Any

import numpy as np

from cnnbp_cli.config.scalars import read_plain
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.sweeps.file import SweepFile, Variation

WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

DIGITS = 4
"""Significant digits of a number that is drawn: it is typed again in a command line."""

TRIES = 50
"""Draws per point, at most: if there are few different points, they come again and again."""


@dataclass(frozen=True)
class Point:
    """One combination of config values.

    Attributes
    ----------
    number
        From 1 on, in the order of the sweep.
    values
        By config key.
    """

    number: int
    values: Mapping[str, Any]

    @property
    def overrides(self) -> list[str]:
        """As `--set` takes them."""
        return [f"{key}={written(value)}" for key, value in self.values.items()]

    def __str__(self) -> str:
        return ", ".join(self.overrides) or "the config as it is"


def written(value: Any) -> str:
    """A config value on one line of YAML, as a person would type it."""
    if isinstance(value, str) and WORD.fullmatch(value) and read_plain(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def points(file: SweepFile) -> list[Point]:
    """The points of a sweep, always the same for the same file."""
    found = _grid(file) if file.method == "grid" else _drawn(file)
    return [Point(number, values) for number, values in enumerate(found, 1)]


def count(file: SweepFile) -> int:
    """How many points `points` has at most, without making them."""
    if file.method != "grid":
        return file.runs
    return prod(len(variation.values or ()) for variation in file.parameters.values())


def _grid(file: SweepFile) -> Iterator[dict[str, Any]]:
    lists = [variation.values or () for variation in file.parameters.values()]
    return (dict(zip(file.parameters, values, strict=True)) for values in product(*lists))


def _drawn(file: SweepFile) -> Iterator[dict[str, Any]]:
    """`runs` different points, or fewer if there are not so many."""
    seen: set[str] = set()
    listed = [variation.values for variation in file.parameters.values()]
    most = prod(len(set(map(json.dumps, values))) for values in listed if values) if all(listed) else inf
    for number in range(file.runs):
        if len(seen) == most:
            return
        rng = np.random.default_rng([file.seed, RandomStream.SWEEP, number])
        for _ in range(TRIES):
            values = _draw(file, rng)
            if (key := json.dumps(values)) not in seen:
                seen.add(key)
                yield values
                break


def _draw(file: SweepFile, rng: np.random.Generator) -> dict[str, Any]:
    return {key: _value(variation, rng) for key, variation in file.parameters.items()}


def _value(variation: Variation, rng: np.random.Generator) -> Any:
    if variation.values is not None:
        return variation.values[int(rng.integers(len(variation.values)))]
    low, high = variation.min, variation.max
    assert low is not None and high is not None, "checked when the file was read"
    if isinstance(low, int) and isinstance(high, int) and not variation.log:
        return int(rng.integers(low, high, endpoint=True))
    whole = isinstance(low, int) and isinstance(high, int)
    drawn = exp(rng.uniform(log(low), log(high))) if variation.log else rng.uniform(low, high)
    rounded = round(drawn) if whole else float(f"{drawn:.{DIGITS}g}")
    return min(max(rounded, low), high)
