"""One submission: its arrays, the ways to read them, and how precisely they were written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from cnnbp_cli.diagnosis.conventions import Conventions
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


Submission = dict[str, SubmittedTensor]
"""The submitted tensors, by name."""


def submission(truth: Truth, answers: Mapping[str, Array], conventions: Conventions) -> Submission:
    """The submitted tensors under these conventions."""
    return {
        name: submitted(tensor, answers[name], conventions, truth.batch)
        for name, tensor in truth.tensors.items()
        if name in answers
    }


def submitted(tensor: Tensor, array: Array, conventions: Conventions, batch: int) -> SubmittedTensor:
    """One array under these conventions."""
    unit = conventions.unit(tensor, batch)
    numbers = np.array(array, np.float64)
    numbers[np.abs(numbers) > OVERFLOW] *= np.inf
    finite = bool(np.isfinite(numbers).all())
    numbers /= unit
    axes = letters(tensor)
    found = list(readings(numbers, axes, tensor.exchanged(tensor.right).shape)) if finite else []
    order = conventions.orders.get(axes)
    found = [reading for reading in found if reading.order == order] or found
    return SubmittedTensor(
        numbers,
        precision_of(array)._replace(unit=abs(unit)),
        tuple(reading._replace(array=tensor.laid_out(reading.array)) for reading in found),
    )
