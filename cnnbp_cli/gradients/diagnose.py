"""The diagnosis of somebody's own back-propagation: a verdict on each tensor, and the mistakes that explain it.

Every tensor is compared with the right value, and with what follows by the right step from the values that were
handed in above it: so each mistake is blamed once, where it was made. What neither explains is compared with what
each known mistake would have given, in this step and in the steps above it that were not handed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.examination import Examination
from cnnbp_cli.gradients.exchange import Exercise
from cnnbp_cli.gradients.hypotheses import FIT, Fit
from cnnbp_cli.gradients.precision import SAFETY, precision_of
from cnnbp_cli.gradients.reports import Diagnosis, Report
from cnnbp_cli.numerics.arrays import Array


def diagnose(exercise: Exercise, answers: Mapping[str, Array]) -> Diagnosis:
    """The diagnosis of answers, by the exercise's names, in whatever layout and precision."""
    examination = Examination(exercise, answers)
    for name, tensor in exercise.tensors.items():
        if name in answers:
            examination.examine(tensor)
    reports = _harmless(exercise, _witnessed(exercise, examination))
    return Diagnosis(
        reports=tuple(reports.values()),
        missing=tuple(name for name in exercise.tensors if name not in answers),
        changed=tuple(
            name for name, right in exercise.questions.items() if name in answers and _differs(answers[name], right)
        ),
    )


def _differs(given: Array, right: Array) -> bool:
    """Whether a question was handed back with other numbers; another layout is not looked into."""
    if given.shape != right.shape:
        return given.size != right.size
    allowed = SAFETY * max(precision_of(given).eps, FIT) * float(np.abs(right).max())
    return not bool((np.abs(given - right) <= allowed).all())


def _witnessed(exercise: Exercise, examination: Examination) -> dict[str, Report]:
    """The reports, where a mistake in a tensor that was not handed in is believed as far as the others bear it out.

    It shows in every tensor that follows. One that is right by itself speaks against it; one that has the numbers
    which follow from it speaks for it.
    """
    back = Back()

    def predicted(found: Fit, tensor: Tensor) -> Array | None:
        """What follows from a mistake in a tensor below it, if nothing in between was handed in."""
        if tensor.source is None or (tensor.source.name in examination.numbers and tensor.source.name != found.at):
            return None
        above = found.made_there if tensor.source.name == found.at else predicted(found, tensor.source)
        return None if above is None else back(tensor, above)

    def witnesses(found: Fit, but: str) -> tuple[int, int]:
        """How many others speak against it, and for it."""
        against = supporting = 0
        for name, numbers in examination.numbers.items():
            expected = predicted(found, exercise.tensors[name]) if name != but else None
            if expected is not None:
                size = np.linalg.norm(numbers)
                if np.linalg.norm(numbers - expected) <= SAFETY * FIT * size:
                    supporting += 1
                elif examination.reports[name].plain:
                    against += 1
        return against, supporting

    reports = {}
    for name, report in examination.reports.items():
        heard = {f: witnesses(f, name) if f.at != name else (0, 0) for f in report.fits}
        fits = sorted(report.fits, key=lambda f: (heard[f][0] > 0, -heard[f][1], f.complexity, f.at != name))
        undisputed = [f for f in fits if not heard[f][0]]
        reports[name] = replace(report, fits=tuple(undisputed or fits))
    return reports


def _harmless(exercise: Exercise, reports: dict[str, Report]) -> dict[str, Report]:
    """The reports, where a δ from which right gradients follow is a δ by another name."""
    settled = dict(reports)
    for name, report in reports.items():
        words = next((words for f in report.fits if f.at == name and (words := f.if_harmless)), None)
        if report.verdict is Verdict.FAIL and words:
            below = [r for n, r in reports.items() if _is_gradient(exercise.tensors[n], name)]
            if any(r.plain for r in below) and not any(r.given for r in below):
                settled[name] = Report(name, Verdict.PASS, layout=report.layout, convention=words)
    return settled


def _is_gradient(tensor: Tensor, name: str) -> bool:
    """Whether it is the gradient of parameters that follows from the tensor of this name."""
    if tensor.batched:
        return False
    source = tensor.source
    while source is not None and source.name != name:
        source = source.source
    return source is not None
