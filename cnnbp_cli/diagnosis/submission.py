"""One submission: its arrays, the ways to read them, and how precisely they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnbp_cli.diagnosis.conventions import Conventions
from cnnbp_cli.diagnosis.flattening import USUAL, in_usual_order, order_text
from cnnbp_cli.diagnosis.layouts import Reading, letters, readings
from cnnbp_cli.diagnosis.precision import OVERFLOW, Precision, precision_of
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class SubmittedTensor:
    """One submitted tensor.

    Attributes
    ----------
    array
        In float64 and the student's layout, in the exercise's unit: divided by N where deltas lack the factor 1/N.
    precision
        What it was rounded to.
    readings
        The ways to read it, laid out as in the trace; none if its shape is not the tensor's, or if numbers are not
        finite.
    """

    array: Array
    precision: Precision
    readings: tuple[Reading, ...]

    @property
    def is_finite(self) -> bool:
        return bool(np.isfinite(self.array).all())

    def under(self, unit: float, order: str | None) -> SubmittedTensor:
        """The tensor in this unit, read in this order of axes if its shape allows that."""
        found = [one for one in self.readings if one.order == order] or self.readings
        if unit == 1:
            return replace(self, readings=tuple(found))
        return SubmittedTensor(
            self.array / unit,
            self.precision._replace(unit=abs(unit)),
            tuple(one._replace(array=one.array / unit) for one in found),
        )


Submission = dict[str, SubmittedTensor]
"""The submitted tensors, by name."""


def submission(truth: Truth, answers: Mapping[str, Array]) -> Submission:
    """The submitted tensors, as they are."""
    return {name: _submitted(tensor, answers[name]) for name, tensor in truth.tensors.items() if name in answers}


def under(conventions: Conventions, truth: Truth, mine: Submission) -> Submission:
    """The submitted tensors under these conventions."""
    return {name: _under(conventions, truth, truth.tensors[name], given) for name, given in mine.items()}


def _under(conventions: Conventions, truth: Truth, tensor: Tensor, given: SubmittedTensor) -> SubmittedTensor:
    found = given.under(conventions.unit(tensor, truth.batch), conventions.orders.get(letters(tensor)))
    maps = truth.flattened.get(tensor.name)
    if maps is None or conventions.flatten == USUAL:
        return found
    words = f"maps flattened as {order_text(conventions.flatten)}"
    moved = (
        one._replace(
            array=in_usual_order(tensor, one.array, maps, conventions.flatten),
            layout=", ".join(filter(None, (one.layout, words))),
        )
        if one.order
        else one  # as maps, not flattened
        for one in found.readings
    )
    return replace(found, readings=tuple(moved))


def _submitted(tensor: Tensor, array: Array) -> SubmittedTensor:
    numbers = np.array(array, np.float64)
    numbers[np.abs(numbers) > OVERFLOW] *= np.inf
    finite = bool(np.isfinite(numbers).all())
    found = readings(numbers, letters(tensor), tensor.exchanged(tensor.right).shape) if finite else ()
    laid_out = tuple(one._replace(array=tensor.laid_out(one.array)) for one in found)
    return SubmittedTensor(numbers, precision_of(array), laid_out)
