"""Deltas of one sample: what a program has that goes through the batch sample by sample, and keeps the last.

They have no batch axis. They are judged by the pass of that sample alone; parameter gradients by that of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cnnbp_cli.diagnosis.decide import agreeing
from cnnbp_cli.diagnosis.submission import Submission, submission
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.numerics.arrays import Array


class OneSample(NamedTuple):
    """The deltas of one sample.

    Attributes
    ----------
    number
        Which sample, from 0 on.
    truth
        The pass of this sample, whose cost is that of the sample.
    given
        The submitted deltas, without the 1/N of the mean.
    unit
        What was submitted for a 1 in these: 1/N, or 1.
    """

    number: int
    truth: Truth
    given: Submission
    unit: float

    @property
    def sentence(self) -> str:
        """The convention in words."""
        words = f"your deltas are those of sample {self.number} alone"
        return words if self.unit != 1 else f"{words}, without the 1/N of the mean"


def one_sample(truth: Truth, answers: Mapping[str, Array]) -> OneSample | None:
    """The sample whose deltas agree best with those submitted; None if these have a batch axis, or all agree alike."""
    names = [name for name, tensor in truth.tensors.items() if tensor.batched and name in answers]
    if truth.batch == 1 or any(layer.layer.mixes for layer in truth.trace.layers):
        return None
    if not names or any(not _lacks_batch(answers[name], truth.tensors[name].right) for name in names):
        return None
    gradients = submission(truth, {name: array for name, array in answers.items() if name not in names})
    if not (agreeing(truth, gradients) if gradients else len(names) > 1):
        return None  # the other samples were lost
    with_axis = {name: answers[name] for name in names}
    with_axis |= {name: array[None] for name, array in with_axis.items() if array.ndim < truth.tensors[name].right.ndim}
    found: list[tuple[int, OneSample]] = []
    for number in range(truth.batch):
        alone = Truth(_of_sample(truth.trace, number))
        mine = submission(alone, with_axis)
        for unit in (1.0, 1 / truth.batch):
            given = {name: tensor.under(unit, None) for name, tensor in mine.items()}
            found.append((len(agreeing(alone, given)), OneSample(number, alone, given, unit)))
    most, best = max(found, key=lambda one: one[0])
    return best if most > min(count for count, _ in found) else None


def _lacks_batch(given: Array, right: Array) -> bool:
    """Whether an array is as large as one sample of the right one, laid out as in the trace."""
    return given.size * right.shape[-1] == right.size and given.ndim <= right.ndim


def _of_sample(trace: Trace, number: int) -> Trace:
    """The pass of one sample. Its cost is not divided by N, so its deltas are N times as large."""
    one = slice(number, number + 1)
    count = trace.labels.size

    def layer_of_sample(layer: LayerTrace) -> LayerTrace:
        delta = count * layer.delta[..., one]
        delta_a = None
        if layer.delta_a is not None:  # some code asks whether the two are the same array
            delta_a = delta if layer.delta_a is layer.delta else count * layer.delta_a[..., one]
        return replace(
            layer,
            input=np.ascontiguousarray(layer.input[..., one]),
            z=layer.z[..., one],
            a=layer.a[..., one],
            delta_a=delta_a,
            delta=delta,
            grad_input=delta if layer.grad_input is layer.delta else count * layer.grad_input[..., one],
        )

    return replace(
        trace,
        input=trace.input[..., one],
        labels=trace.labels[one],
        target=trace.target[..., one],
        layers=tuple(layer_of_sample(layer) for layer in trace.layers),
    )
