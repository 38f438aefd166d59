"""Exercises whose random seed is drawn, not known to anyone who has only the exercise."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from cnnbp_cli.config import Config
from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.exercise import alike, default_config, make_exercise

SEED_BITS = 48
"""Bits of a drawn seed: far too many to try each, and exact in JSON."""

MAX_DRAWS = 6
"""Seeds that are tried, in search of an exercise on which all mistakes give different numbers."""

Indistinct: TypeAlias = Sequence[tuple[str, Sequence[Candidate]]]
"""Mistakes, by tensor, that give the same numbers."""


class Drawn(NamedTuple):
    """An exercise, the seed that makes it again, and the mistakes that it does not distinguish."""

    exercise: Exercise
    seed: int
    indistinct: Indistinct


def draw(config: Config | None, seeds: Iterable[int]) -> Drawn:
    """The exercise of the first of these seeds that distinguishes all mistakes, or most.

    Parameters
    ----------
    config
        The network; None for the small network of the exercise without a config, on which the search is worthwhile. On
        another network, mistakes may be the same with every seed, and only the first seed is tried.
    seeds
        At least one.
    """
    best: Drawn | None = None
    for number, seed in enumerate(seeds, 1):
        made = make_exercise(config or default_config(), seed)
        drawn = Drawn(made, seed, list(alike(made)))
        if best is None or len(drawn.indistinct) < len(best.indistinct):
            best = drawn
        if config is not None or not best.indistinct or number == MAX_DRAWS:
            break
    assert best is not None
    return best


def random_seeds() -> Iterator[int]:
    """Seeds that nobody can guess."""
    while True:
        yield secrets.randbits(SEED_BITS)
