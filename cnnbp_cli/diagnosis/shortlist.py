"""Candidates for one tensor, most of which a submitted tensor is shown not to be in one matrix product.

u is s·g, up to a residual r, only if the cosine of their angle has cos² ≥ 1 − r².
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.numerics.arrays import Array

COSINE_ERROR = 1e-13
"""The rounding error of cos², with room: far below the smallest residual that counts, squared."""


KEPT = 2**17
"""Bytes of the largest tensor whose candidates are kept: there are up to a hundred, each as large as the tensor. Those
of larger tensors are made again each time, one after the other."""


class Shortlist:
    """What a tensor would be with each mistake, from one value of its source.

    Parameters
    ----------
    tensor
        The tensor.
    make
        Makes the candidates, in the order in which they are to be tried.
    """

    def __init__(self, tensor: Tensor, make: Callable[[], Iterable[Candidate]]) -> None:
        self._make = make
        self._kept = tensor.right.nbytes <= KEPT
        self._later: dict[str, Shortlist] = {}

    def near(self, readings: Sequence[Array], tolerance: float) -> Iterator[Candidate]:
        """The candidates that may be the tensor, in one of its readings; all others are further than the tolerance."""
        if not self._kept:
            return (one for one in self._make() if not one.is_plain or _near_one(one, readings, tolerance))
        numbers, directions = self._directions
        excluded = np.zeros(len(self._candidates), bool)
        if numbers.size:
            excluded[numbers] = True
            for reading in readings:
                u = reading.reshape(-1)
                near = _is_near(directions @ u, float(u @ u), tolerance)
                excluded[numbers[near]] = False
        return (one for one, out in zip(self._candidates, excluded, strict=True) if not out)

    def sent_on(self, tensor: Tensor, back: Back, noise: float) -> Shortlist:
        """What follows from them by the right step in a tensor whose source they are, as far as it shows there."""
        if tensor.name not in self._later:

            def make() -> Iterator[Candidate]:
                candidates = self._candidates if self._kept else self._make()
                later = (one.sent_on(tensor, back) for one in candidates if one.can_be_sent_on)
                return (one for one in later if one.shows(noise))

            self._later[tensor.name] = Shortlist(tensor, make)
        return self._later[tensor.name]

    @cached_property
    def _candidates(self) -> tuple[Candidate, ...]:
        return tuple(self._make())

    @cached_property
    def _directions(self) -> tuple[Array, Array]:
        """The candidates that are one array of the tensor's shape: their numbers, and these arrays with length 1."""
        plain = [number for number, one in enumerate(self._candidates) if one.is_plain]
        rows = np.array([np.asarray(self._candidates[number].made).reshape(-1) for number in plain])
        if plain:
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return np.array(plain, np.intp), rows


def _near_one(candidate: Candidate, readings: Sequence[Array], tolerance: float) -> bool:
    direction = np.asarray(candidate.made).reshape(-1)
    direction = direction / np.linalg.norm(direction)
    return any(_is_near(direction @ u, float(u @ u), tolerance) for u in (one.reshape(-1) for one in readings))


def _is_near(along: Array, squared: float, tolerance: float) -> Array:
    """Whether u may be s·g: `along` is u along g, one number per candidate, and `squared` is ‖u‖²."""
    near: Array = along**2 >= (1 - tolerance**2 - COSINE_ERROR) * squared
    return near
