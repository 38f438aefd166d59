"""Cases like those in public code: which tensors are wrong, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cnnbp_cli.diagnosis.answers import read_answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import read_exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.gradients.check import Verdict

CASES = Path(__file__).parent / "cases"


def diagnosed(case: Path) -> Diagnosis:
    exercise = read_exercise(case / "exercise.npz")
    return diagnose(exercise, read_answers(case / "mine.npz", exercise))


def failures(diagnosis: Diagnosis) -> list[str]:
    return [report.name for report in diagnosis.reports if report.verdict is Verdict.FAIL]


def expected(case: Path) -> dict[str, object]:
    content: dict[str, object] = json.loads((case / "expected.json").read_text(encoding="utf-8"))
    return content


JUDGED = [case for case in sorted(CASES.iterdir()) if "fail" in expected(case)]


@pytest.mark.parametrize("case", JUDGED, ids=lambda case: case.name)
def test_exactly_the_wrong_tensors_fail(case: Path) -> None:
    diagnosis = diagnosed(case)
    wrong = expected(case)["fail"]
    assert failures(diagnosis) == wrong
    assert diagnosis.failed == bool(wrong)


def test_one_factor_on_all_gradients_is_reported_once_with_its_cause() -> None:
    diagnosis = diagnosed(CASES / "s12_steps_001")
    assert failures(diagnosis) == ["dense1.grad_weight"]
    (found,) = diagnosis.reports[0].fits
    assert [cause.key for cause in found.causes] == ["learning-rate"]
    assert "η = 0.01" in found.title
    assert all("the same factor" in str(report.given) for report in diagnosis.reports[1:])


def test_the_place_of_a_common_factor_is_that_of_wrong_numbers() -> None:
    (where,) = [report.difference for report in diagnosed(CASES / "s12_steps_001").reports if report.difference]
    assert where.count == where.size
    assert where.given == pytest.approx(0.01 * where.expected)


@pytest.mark.parametrize("name", ["s11_own_deltas_slope_missing", "s15_own_deltas_right"])
def test_deltas_of_each_sample_are_a_convention_beside_a_mistake_too(name: str) -> None:
    (convention,) = diagnosed(CASES / name).conventions
    assert "the δ of each sample" in convention
