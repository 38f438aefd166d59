"""Gradients without deltas: an unknown mistake in a δ is reported once, at the first gradient that follows from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.gradients.check import Verdict
from tests.diagnosis.confusion import program


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_an_unknown_mistake_in_the_outputs_delta_is_one_failure(dtype: Any) -> None:
    tested = program("shipped", 0)
    truth = tested.exercise.truth
    source = truth.tensors["dense1.delta"]
    values = {source.name: source.right * np.random.default_rng(0).uniform(0.5, 2, source.right.shape)}
    for name, tensor in truth.tensors.items():
        if tensor.source:
            values[name] = truth.back(tensor, values[tensor.source.name])
    answers = {name: array.astype(dtype) for name, array in values.items() if "grad_weight" in name or "bias" in name}
    diagnosis = diagnose(tested.exercise, answers)
    verdicts = {report.name: report.verdict for report in diagnosis.reports}
    assert [name for name, verdict in verdicts.items() if verdict is Verdict.FAIL] == ["dense1.grad_weight"]
    assert "dense1.delta" in str(diagnosis.reports[0].reason)
    assert {report.given for report in diagnosis.reports[1:]} == {"the δ in your dense1.grad_weight"}
