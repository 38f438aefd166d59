"""The streams of random numbers that one seed feeds, kept apart by their numbers: `default_rng([seed, Stream.…])`.

The numbers are for ever: with others, the seed of an old checkpoint would draw another split and another order.
"""

from __future__ import annotations

from enum import IntEnum


class RandomStream(IntEnum):
    """What is drawn; no two of these share a random number."""

    SPLIT = 1
    """Which images are held out to validate."""

    ORDER = 2
    """The order in which an epoch visits the training images; the epoch's number follows."""

    NOISE = 3
    """Dropout's masks; the numbers of the step and of the part of its batch follow."""

    INIT = 4
    """The weights before the first step."""

    HEALTH = 5
    """The training images over which dead and saturated units are counted."""

    AUGMENT = 6
    """How the images of a batch are varied; the number of the step follows."""
