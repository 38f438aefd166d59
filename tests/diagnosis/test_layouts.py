"""Layouts and conventions of public code, alone and with a mistake."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.gradients.check import Verdict
from tests.diagnosis.confusion import Case, program, verdicts
from tests.support.student import Array

TESTED = program("shipped", 0)


def gradients(*cases: Case) -> dict[str, Array]:
    return TESTED.answers(*cases, submitted=("grad_weight", "grad_bias"))


@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 3, 1)], ids=["channels first", "channels last"])
def test_kernels_may_be_flattened(order: tuple[int, ...], transposed: bool) -> None:
    answers = gradients()
    flat = answers["conv1.grad_weight"].transpose(order).reshape(3, -1)
    answers["conv1.grad_weight"] = flat.T if transposed else flat
    assert not diagnose(TESTED.exercise, answers).failed


@pytest.mark.parametrize("transposed", [False, True])
def test_a_bias_may_be_the_last_column_of_the_weights(transposed: bool) -> None:
    answers = gradients()
    whole = np.concatenate([answers["dense1.grad_weight"], answers.pop("dense1.grad_bias")[:, None]], axis=1)
    answers["dense1.grad_weight"] = whole.T if transposed else whole
    diagnosis = diagnose(TESTED.exercise, answers)
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}
    assert "dense1.grad_bias" in [report.name for report in diagnosis.reports]


def test_a_mistake_is_named_in_the_layout_that_other_tensors_show() -> None:
    case = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
    moved = {name: array.transpose(0, 2, 3, 1) if array.ndim == 4 else array for name, array in gradients(case).items()}
    diagnosis = diagnose(TESTED.exercise, moved)
    assert list(verdicts(diagnosis)) == [(case.tensor, [case])]


@pytest.mark.parametrize("submitted", [(), ("grad_weight", "grad_bias")], ids=["all tensors", "gradients"])
def test_dense_weights_may_be_in_the_students_own_order_of_flattening(submitted: tuple[str, ...]) -> None:
    answers = TESTED.answers(submitted=submitted)
    channels, rows, columns = TESTED.exercise.trace.layer("flatten1").input.shape[:3]
    order = np.arange(channels * rows * columns).reshape(channels, rows, columns).transpose(1, 2, 0).ravel()
    for name in ("dense1.grad_weight", "dense1.grad_input", "flatten1.delta"):
        if name in answers:
            answers[name] = answers[name][:, order]
    diagnosis = diagnose(TESTED.exercise, answers)
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}
    assert "maps are flattened as (H, W, C)" in diagnosis.conventions[0]


def of_sample(number: int, *cases: Case, mean: bool) -> dict[str, Array]:
    """Deltas of one sample beside gradients of the batch, as code has them that keeps the last sample's deltas."""
    count = TESTED.exercise.trace.labels.size
    return {
        name: array[number] * (1 if mean else count) if TESTED.exercise.tensors[name].batched else array
        for name, array in TESTED.answers(*cases).items()
    }


@pytest.mark.parametrize("mean", [True, False], ids=["with 1/N", "without 1/N"])
def test_deltas_may_be_those_of_one_sample(mean: bool) -> None:
    diagnosis = diagnose(TESTED.exercise, of_sample(-1, mean=mean))
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}
    assert "those of sample 6 alone" in diagnosis.conventions[0]


def test_a_mistake_is_named_in_the_deltas_of_one_sample() -> None:
    case = Case("conv2.delta", ("slope-missing", ""))
    diagnosis = diagnose(TESTED.exercise, of_sample(2, case, mean=False))
    deltas = [found for found in verdicts(diagnosis) if TESTED.exercise.tensors[found[0]].batched]
    assert deltas == [(case.tensor, [case])]


@pytest.mark.parametrize(("factor", "words"), [(2, "without the ½"), (1 / 6, "the mean over"), (1 / 3, "the mean of")])
@pytest.mark.parametrize("submitted", [(), ("grad_weight", "grad_bias")], ids=["all tensors", "gradients"])
def test_the_cost_may_be_a_multiple_of_the_exercises(submitted: tuple[str, ...], factor: float, words: str) -> None:
    case = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
    answers = {name: factor * array for name, array in TESTED.answers(case, submitted=submitted).items()}
    diagnosis = diagnose(TESTED.exercise, answers)
    assert words in diagnosis.conventions[0]
    assert list(verdicts(diagnosis)) == [(case.tensor, [case])]
