"""Numbers with few digits, of narrow types, and where the right value is 0."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import config_from_data
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exercise import make_exercise
from cnnbp_cli.diagnosis.precision import precision_of
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.gradients.check import Verdict
from tests.diagnosis.confusion import TRAIN, program

NUMBERS = np.random.default_rng(0).normal(size=50)


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (NUMBERS, "float64"),
        (NUMBERS.astype(np.float32), "float32"),
        (NUMBERS.astype(np.float32).astype(float), "float32"),
        (NUMBERS.astype(np.float16).astype(float), "float16"),
        (NUMBERS.round(6), "7 significant digits"),
        (np.full(5, 0.1), "1 significant digit"),
        (np.full(5, 0.1, np.float32), "1 significant digit"),
        (np.array([0.25, 0.5, -0.25, 0.5]), "2 significant digits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_numbers_show_what_they_were_rounded_to(numbers: Any, words: str) -> None:
    assert precision_of(numbers).words == words


def gradients(change: Any) -> Diagnosis:
    """The diagnosis of a right program's parameter gradients after a change."""
    tested = program("shipped", 0)
    answers = tested.answers(submitted=("grad_weight", "grad_bias"))
    return diagnose(tested.exercise, {name: change(array) for name, array in answers.items()})


@pytest.mark.parametrize("sign", [np.ones_like, np.sign])
def test_nonsense_with_one_digit_is_wrong_and_gets_no_name(sign: Any) -> None:
    diagnosis = gradients(lambda array: 0.1 * sign(array))
    assert diagnosis.failed
    wrong = [report for report in diagnosis.reports if report.verdict is Verdict.FAIL]
    assert wrong
    assert not any(report.fits for report in diagnosis.reports)
    assert not any("all zeros" in str(report.reason) for report in wrong)


def test_right_numbers_with_two_digits_are_not_called_right() -> None:
    diagnosis = gradients(lambda array: np.array([float(f"{x:.1e}") for x in array.flat]).reshape(array.shape))
    assert diagnosis.failed
    assert {report.verdict for report in diagnosis.reports} == {Verdict.INCONCLUSIVE}


def test_a_number_agrees_within_half_a_unit_of_its_last_digit_and_no_more() -> None:
    def written(array: Any) -> Any:
        return np.array([float(f"{x:.4e}") for x in array.flat]).reshape(array.shape)

    assert not gradients(written).failed
    assert gradients(lambda array: written(array * (1 + 2e-4))).failed


def test_float16_in_float64_is_right() -> None:
    diagnosis = gradients(lambda array: array.astype(np.float16).astype(np.float64))
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}


def test_a_bias_before_a_batch_norm_should_be_zero_and_matches_no_mistake() -> None:
    layers = [
        {"type": "flatten"},
        {"type": "dense", "units": 6},
        {"type": "batch_norm", "activation": "tanh"},
        {"type": "dense", "units": 4, "activation": "softmax"},
    ]
    declared = {"name": "normed", "input": [2, 3, 2], "layers": layers, "loss": "cross_entropy", "train": TRAIN}
    exercise = make_exercise(config_from_data(declared, "here"), 0)
    rng = np.random.default_rng(0)
    diagnosis = diagnose(exercise, {"dense1.grad_bias": rng.normal(size=6)})
    (report,) = diagnosis.reports
    assert (report.verdict, report.fits) == (Verdict.FAIL, ())
    assert (
        report.reason
        == "it should be 0, because bn1 subtracts the mean: adding a constant to its input changes nothing"
    )
    assert not diagnose(exercise, {"dense1.grad_bias": 1e-17 * rng.normal(size=6)}).failed


def test_an_all_zero_delta_beside_a_wrong_gradient_is_judged() -> None:
    tested = program("shipped", 0)
    answers = tested.answers()
    zero = {"dense1.delta": np.zeros_like(answers["dense1.delta"])}
    wrong = {"dense1.grad_weight": NUMBERS[0] + answers["dense1.grad_weight"] ** 2}
    diagnosis = diagnose(tested.exercise, {**zero, **wrong, "dense1.grad_input": answers["dense1.grad_input"] + 1})
    assert {report.verdict for report in diagnosis.reports} == {Verdict.FAIL}
