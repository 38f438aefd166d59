"""Training and validation split: the validation images are drawn at random from the training part.

The test part is not involved: the best model of a run is chosen on the validation images.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.numerics.streams import RandomStream


def split(n: int, validation: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The indices of the training images and of the validation images among `n`, each in ascending order.

    Indices, because a copy of 55,000 images takes 0.15 s and 43 MB.

    Parameters
    ----------
    validation
        The number of images to hold out; 0 is allowed.
    seed
        Not negative. The same three numbers always give the same split.

    Raises
    ------
    CnnbpError
        `validation` leaves nothing to train on, or is negative.
    """
    if not 0 <= validation < n:
        raise CnnbpError(
            f"cannot hold out {validation:,} of {n:,} training images",
            where="data.validation",
            hint=f"Choose a number from 1 to {n - 1:,}.",
        )
    drawn = np.random.default_rng([seed, RandomStream.SPLIT]).permutation(n)
    return np.sort(drawn[validation:]), np.sort(drawn[:validation])
