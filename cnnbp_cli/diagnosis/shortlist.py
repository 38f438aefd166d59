"""Candidates for one tensor, most of which a submitted tensor is shown not to be in one matrix product.

u is s·g, up to a residual r, only if the cosine of their angle has cos² ≥ 1 − r².
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.numerics.arrays import Array

COSINE_ERROR = 1e-13
"""The rounding error of cos², with room: far below the smallest residual that counts, squared."""


class Shortlist:
    """What a tensor would be with each mistake, from one value of its source.

    Parameters
    ----------
    candidates
        The mistakes, in the order in which they are to be tried.
    """

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = tuple(candidates)
        self._later: dict[str, Shortlist] = {}

    def near(self, readings: Sequence[Array], tolerance: float) -> Iterator[Candidate]:
        """The candidates that may be the tensor, in one of its readings; all others are further than the tolerance."""
        numbers, directions = self._directions
        excluded = np.zeros(len(self.candidates), bool)
        if numbers.size:
            excluded[numbers] = True
            for reading in readings:
                u = reading.reshape(-1)
                near = (directions @ u) ** 2 >= (1 - tolerance**2 - COSINE_ERROR) * float(u @ u)
                excluded[numbers[near]] = False
        return (one for one, out in zip(self.candidates, excluded, strict=True) if not out)

    def sent_on(self, tensor: Tensor, back: Back, noise: float) -> Shortlist:
        """What follows from them by the right step in a tensor whose source they are, as far as it shows there."""
        if tensor.name not in self._later:
            later = (one.sent_on(tensor, back) for one in self.candidates if one.can_be_sent_on)
            self._later[tensor.name] = Shortlist(one for one in later if one.shows(noise))
        return self._later[tensor.name]

    @cached_property
    def _directions(self) -> tuple[Array, Array]:
        """The candidates that are one array of the tensor's shape: their numbers, and these arrays with length 1."""
        plain = [number for number, one in enumerate(self.candidates) if one.is_plain]
        rows = np.array([np.asarray(self.candidates[number].made).reshape(-1) for number in plain])
        if plain:
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        return np.array(plain, np.intp), rows
