"""Which candidates may be close to one another, for all pairs in one product.

With Q an orthonormal basis of W, the sine of the angle between N and W is ‖N − Q Qᵀ N‖ / ‖N‖, and its square is
1 − ‖Qᵀ N‖² / ‖N‖². That loses half of the digits, so it only says which pairs deserve a closer look.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.diagnosis.mistakes import Line, Matched
from cnnbp_cli.numerics.arrays import Array, Shape

LOST = 1e-9
"""What rounding may leave of a squared sine that is 0, with a large margin."""


class Nearness:
    """The candidates of one tensor, compared with each other.

    Parameters
    ----------
    candidates
        In the order of their numbers.
    """

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self._squares: dict[tuple[int, int], float] = {}
        shapes: defaultdict[Shape, list[int]] = defaultdict(list)
        for number, candidate in enumerate(candidates):
            if not isinstance(candidate.made, Matched):
                shapes[candidate.shape].append(number)
        for numbers in shapes.values():
            self._compare(numbers, [directions(candidates[number]) for number in numbers])

    def may_be(self, first: int, second: int, angle: float) -> bool:
        """Whether two candidates may be within this angle of each other."""
        return self._squares.get((first, second), 1.0) <= angle**2 + LOST

    def _compare(self, numbers: Sequence[int], spans: Sequence[Array]) -> None:
        products = np.concatenate([np.linalg.qr(span)[0] for span in spans], axis=1).T @ np.concatenate(spans, axis=1)
        starts = np.cumsum([0, *(span.shape[1] for span in spans)])[:-1]
        held = np.add.reduceat(np.add.reduceat(products**2, starts, axis=0), starts, axis=1)
        squares = 1 - held / [span.shape[1] for span in spans]  # of the angle between a column's span and a row's
        nearest = np.minimum(squares, squares.T)
        for row, first in enumerate(numbers):
            for column, second in enumerate(numbers):
                self._squares[first, second] = float(nearest[row, column])


def directions(candidate: Candidate) -> Array:
    """The arrays that span a candidate's numbers, as columns of length 1."""
    made = candidate.made
    assert not isinstance(made, Matched)
    arrays: tuple[Array, ...]
    arrays = (made.base, made.direction) if isinstance(made, Line) else (made,)
    return np.stack([array.reshape(-1) / np.linalg.norm(array) for array in arrays], axis=1)
