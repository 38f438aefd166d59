"""A wrong forward pass: judged first where z and a are submitted, and asked for where it shows in the gradients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import to_data
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.gradients.check import Verdict
from tests.diagnosis.confusion import program
from tests.diagnosis.test_cases import CASES, diagnosed, failures
from tests.support.student import Array, Student

TESTED = program("shipped", 0)


def passed(config: Mapping[str, Any] | None = None, **changes: Array) -> dict[str, Array]:
    """The z and a of a student's program, run with other parameters or another config."""
    arrays = {**TESTED.exercise.questions, **{name.replace("__", "."): array for name, array in changes.items()}}
    with np.errstate(over="ignore"):  # e^−z of an input that was not scaled
        student = Student(arrays, config or to_data(TESTED.exercise.config))
    return {
        f"{layer.name}.{quantity}": getattr(layer, quantity) for layer in student.batches[""] for quantity in ("z", "a")
    }


def with_layer(index: int, **changes: Any) -> dict[str, Any]:
    config: dict[str, Any] = to_data(TESTED.exercise.config)
    return {
        **config,
        "layers": [{**layer, **changes} if i == index else layer for i, layer in enumerate(config["layers"])],
    }


def test_a_right_forward_pass_alone_passes() -> None:
    diagnosis = diagnose(TESTED.exercise, passed())
    assert {report.verdict for report in diagnosis.reports} == {Verdict.PASS}
    assert not diagnosis.failed


QUESTIONS = TESTED.exercise.questions


@pytest.mark.parametrize(
    ("values", "wrong", "words"),
    [
        (passed(conv1__weight=QUESTIONS["conv1.weight"][..., ::-1, ::-1]), "conv1.z", "rotated by 180°"),
        (passed(conv2__bias=0 * QUESTIONS["conv2.bias"]), "conv2.z", "without the bias"),
        (passed(input=255 * QUESTIONS["input"]), "conv1.z", "from an input multiplied by 255"),
        (passed(with_layer(0, activation="tanh")), "conv1.a", "with tanh, not sigmoid"),
        (passed(with_layer(1, type="avg_pool2d")), "pool1.z", "by average pooling, not max pooling"),
    ],
    ids=["kernel", "bias", "input", "activation", "pooling"],
)
def test_a_mistake_in_the_forward_pass_is_named_where_it_was_made(
    values: dict[str, Array], wrong: str, words: str
) -> None:
    diagnosis = diagnose(TESTED.exercise, values)
    assert failures(diagnosis) == [wrong]
    (report,) = (report for report in diagnosis.reports if report.name == wrong)
    assert words in report.fits[0].title
    (cause,) = report.fits[0].causes
    assert cause.wrong and cause.right and cause.fix


def test_the_backward_pass_is_judged_given_the_students_forward_pass() -> None:
    bias = 0 * QUESTIONS["conv2.bias"]
    answers = Student({**QUESTIONS, "conv2.bias": bias}, to_data(TESTED.exercise.config)).answers()
    diagnosis = diagnose(TESTED.exercise, {**passed(conv2__bias=bias), **answers})
    assert failures(diagnosis) == ["conv2.z"]
    assert all("your forward pass" in str(report.given) for report in diagnosis.reports if report.name in answers)


def test_unknown_values_are_wrong_without_a_name() -> None:
    diagnosis = diagnose(TESTED.exercise, {"conv1.z": QUESTIONS["conv1.z"] ** 2})
    (report,) = diagnosis.reports
    assert (report.verdict, report.reason) == (Verdict.FAIL, None)
    assert np.isfinite(QUESTIONS["conv1.z"]).all()


def test_a_wrong_forward_pass_that_was_not_submitted_is_found_by_what_follows_from_it() -> None:
    diagnosis = diagnosed(CASES / "s13_forward_sigmoid_sign")
    assert failures(diagnosis) == ["dense2.delta"]
    assert "activation at −z" in diagnosis.reports[0].fits[0].title
    assert "Submit NAME.z and NAME.a" in str(diagnosis.advice)
