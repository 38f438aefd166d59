"""The diagnosis of a student's back-propagation: a verdict on each tensor, and the mistakes that explain it.

Every tensor is compared with the right value, and with what follows by the right step from submitted values before
it, so each mistake is reported once, where it was made. A tensor that neither explains is compared with what each
known mistake gives, in this step and in the steps to tensors before it that were not submitted.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnbp_cli.diagnosis.decide import decide
from cnnbp_cli.diagnosis.examination import Examination
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.precision import precision_of
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.diagnosis.submission import submission
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.numerics.arrays import Array


@np.errstate(all="ignore")  # submitted numbers may have any size
def diagnose(exercise: Exercise, answers: Mapping[str, Array]) -> Diagnosis:
    """The diagnosis of a submission: arrays by the exercise's names, in any layout and precision."""
    conventions = decide(exercise.truth, answers)
    truth = exercise.truth.under(conventions.ties)
    examination = Examination(exercise, truth, submission(truth, answers, conventions), conventions)
    for name, tensor in truth.tensors.items():
        if name in answers:
            examination.examine(tensor)
    reports = _harmless(exercise, examination.reports)
    return Diagnosis(
        reports=tuple(reports.values()),
        conventions=tuple(conventions.sentences),
        missing=tuple(name for name in exercise.tensors if name not in answers),
        changed=tuple(
            name for name, right in exercise.questions.items() if name in answers and _differs(answers[name], right)
        ),
    )


def _differs(given: Array, right: Array) -> bool:
    """Whether a given value was submitted with other numbers; other layouts are not compared."""
    if given.shape != right.shape:
        return given.size != right.size
    allowed = SAFETY * max(precision_of(given).coarsest, FIT) * float(np.abs(right).max())
    return not bool((np.abs(given - right) <= allowed).all())


def _harmless(exercise: Exercise, reports: dict[str, TensorReport]) -> dict[str, TensorReport]:
    """The reports, in which a δ that leads to right gradients is right, whatever the student calls δ."""
    settled = dict(reports)
    for name, report in reports.items():
        words = next((words for f in report.fits if f.at == name and (words := f.if_harmless)), None)
        if report.verdict is Verdict.FAIL and words:
            below = [r for n, r in reports.items() if _is_gradient(exercise.tensors[n], name)]
            if any(r.plain for r in below) and not any(r.given for r in below):
                settled[name] = TensorReport(name, Verdict.PASS, layout=report.layout, convention=words)
    return settled


def _is_gradient(tensor: Tensor, name: str) -> bool:
    """Whether it is the gradient of parameters that follows from the tensor of this name."""
    if tensor.batched:
        return False
    source = tensor.source
    while source is not None and source.name != name:
        source = source.source
    return source is not None
