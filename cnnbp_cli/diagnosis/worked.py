"""The sum behind the entry of a tensor that differs most: which products make its right value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isclose

from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.explain import Explainer
from cnnbp_cli.gradients.explanation import Explanation
from cnnbp_cli.gradients.terms import index_text
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.numerics.arrays import Array

AGREE = 1e-6
"""How close the sum and the expected value are, relatively."""


def worked_sum(exercise: Exercise, diagnosis: Diagnosis, report: TensorReport) -> Explanation | None:
    """The terms of the worst entry of a wrong tensor, with the student's own numbers where its value follows from them.

    None if the layer does not list its terms, or if the value follows from numbers that were not submitted.
    """
    where = report.difference
    if where is None:
        return None
    for trace in _traces(exercise, diagnosis):
        try:
            found = Explainer(trace).explain(f"{report.name}{index_text(where.index)}")
        except CnnbpError:
            return None
        if isclose(found.total, where.expected, rel_tol=AGREE, abs_tol=AGREE * float(abs(where.right).max())):
            return found
    return None


def _traces(exercise: Exercise, diagnosis: Diagnosis) -> Iterator[Trace]:
    """The right pass, and the pass whose δ follow from the wrong tensors that were submitted."""
    yield exercise.trace
    wrong = {report.name: report.difference.mine for report in diagnosis.reports if report.difference}
    values: dict[str, Array] = {}
    for name, tensor in exercise.tensors.items():
        if name in wrong:
            values[name] = tensor.laid_out(wrong[name])
        else:
            values[name] = exercise.truth.back(tensor, values[tensor.source.name]) if tensor.source else tensor.right
    layers = []
    for layer in exercise.trace.layers:
        delta = exercise.tensors[f"{layer.name}.delta"]
        delta_a = layer.delta_a if delta.source is None else values[delta.source.name]
        layers.append(replace(layer, delta=values[delta.name], delta_a=delta_a))
    yield replace(exercise.trace, layers=tuple(layers))
