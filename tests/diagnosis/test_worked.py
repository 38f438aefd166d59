"""The sum behind a wrong entry gives its right value, with the student's own numbers where it follows from them."""

from __future__ import annotations

import pytest

from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.worked import worked_sum
from cnnbp_cli.numerics.arrays import Array
from tests.diagnosis.confusion import exercise

SHIPPED = exercise("shipped", 0)


def answers() -> dict[str, Array]:
    return {name: tensor.exchanged(tensor.right).copy() for name, tensor in SHIPPED.tensors.items()}


@pytest.mark.parametrize("name", list(SHIPPED.tensors))
def test_the_terms_add_up_to_the_right_value(name: str) -> None:
    submitted = answers()
    submitted[name] = submitted[name] ** 2 + submitted[name][::-1]
    diagnosis = diagnose(SHIPPED, submitted)
    (report,) = (report for report in diagnosis.reports if report.name == name)
    found = worked_sum(SHIPPED, diagnosis, report)
    if report.verdict.value != "FAIL":
        assert found is None
        return
    assert found is not None
    assert report.difference
    assert found.total == pytest.approx(report.difference.expected, rel=1e-6, abs=1e-12)


def test_the_terms_have_the_numbers_of_the_student() -> None:
    submitted = answers()
    delta = submitted["conv1.delta"]
    delta[3, 1] = delta[3, 1] ** 2
    submitted["conv1.grad_bias"] = delta.sum(axis=(0, 2, 3)) ** 2
    diagnosis = diagnose(SHIPPED, submitted)
    (report,) = (report for report in diagnosis.reports if report.name == "conv1.grad_bias")
    found = worked_sum(SHIPPED, diagnosis, report)
    assert report.difference
    assert report.difference.origin == "your conv1.delta"
    assert found is not None
    assert found.total == pytest.approx(report.difference.expected)
    assert {str(term.factors[0]).partition("[")[0] for term in found.terms} == {"conv1.delta"}
