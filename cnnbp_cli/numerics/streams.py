"""The independent random streams of one seed: `default_rng([seed, RandomStream.…])`.

Never change these numbers: the seed of an old checkpoint would give another split and another order.
"""

from __future__ import annotations

from enum import IntEnum


class RandomStream(IntEnum):
    """What the random numbers are for; no two members share a random number."""

    SPLIT = 1
    """Which images are held out for validation."""

    ORDER = 2
    """The order in which an epoch visits the training images; the epoch's number follows."""

    NOISE = 3
    """Dropout's masks; the numbers of the step and of the part of its batch follow."""

    INIT = 4
    """The weights before the first step."""

    HEALTH = 5
    """The training images over which dead and saturated units are counted."""

    AUGMENT = 6
    """How the images of a batch are augmented; the number of the step follows."""

    SWEEP = 7
    """The points of a random sweep; the number of the point follows."""
