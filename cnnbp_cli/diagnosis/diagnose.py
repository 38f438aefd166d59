"""The diagnosis of a student's back-propagation: a verdict on each tensor, and the mistakes that explain it.

Every tensor is compared with the right value, and with what follows by the right step from submitted values before
it, so each mistake is reported once, where it was made. A tensor that neither explains is compared with what each
known mistake gives, in this step and in the steps to tensors before it that were not submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cnnbp_cli.diagnosis.answers import Answers
from cnnbp_cli.diagnosis.bias_column import without_bias_columns
from cnnbp_cli.diagnosis.conventions import Conventions
from cnnbp_cli.diagnosis.decide import decide
from cnnbp_cli.diagnosis.examination import Examination
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.forward import ForwardPass
from cnnbp_cli.diagnosis.guess import guessed
from cnnbp_cli.diagnosis.one_sample import OneSample, one_sample
from cnnbp_cli.diagnosis.precision import precision_of
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.diagnosis.submission import Submission, submission, under
from cnnbp_cli.diagnosis.ties import TieRule
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.equation import step_equation
from cnnbp_cli.numerics.arrays import Array

MIN_UNKNOWN = 2
"""With so many tensors that no known mistake explains, the forward pass may be wrong."""

CHECK_FORWARD = "Submit NAME.z and NAME.a too, to see where it goes wrong."
ASK_FOR_FORWARD = f"Several tensors match no known mistake: check your forward pass first. {CHECK_FORWARD}"
FORWARD_PASS = "your forward pass"
"""What the tensors of the backward pass are right given, where values of the forward pass are wrong."""


@np.errstate(all="ignore")  # submitted numbers may have any size
def diagnose(exercise: Exercise, answers: Mapping[str, Array]) -> Diagnosis:
    """The diagnosis of a submission: arrays by the exercise's names, in any layout and precision."""
    renamed = answers.renamed if isinstance(answers, Answers) else {}
    answers = without_bias_columns(exercise.truth, answers)
    forward = ForwardPass(exercise.truth, answers)
    own = forward.trace is not exercise.trace
    base = Truth(forward.trace, exercise.previous) if own else exercise.truth
    given = submission(exercise.truth, answers)
    alone = one_sample(base, answers)
    sentences, reports = _judged_with(alone, exercise, base, given) if alone else _judged(exercise, base, given)
    advice = None if answers else _first_step(exercise)
    if not forward.reports and sum(_is_unknown(report) for report in reports.values()) >= MIN_UNKNOWN:
        advice = ASK_FOR_FORWARD
        if not alone and (guess := guessed(exercise.forward_hypotheses, base, given)):
            advice = f"Your forward pass seems to differ from the exercise's. {CHECK_FORWARD}"
            sentences, reports = _judged(exercise, guess.truth, given)
            reports = {name: _given_forward(report) for name, report in reports.items()}
            first = next(
                (name for name, report in reports.items() if report.verdict is Verdict.PASS), next(iter(reports))
            )
            reports[first] = TensorReport(first, Verdict.FAIL, layout=reports[first].layout, fits=(guess.fit,))
    elif own:
        reports = {name: _given_forward(report) for name, report in reports.items()}
    return Diagnosis(
        reports=(*forward.reports, *reports.values()),
        conventions=tuple(sentences),
        advice=advice,
        missing=tuple(name for name in exercise.tensors if name not in answers),
        changed=tuple(
            name
            for name, right in exercise.questions.items()
            if name in answers and not name.endswith((".z", ".a")) and _differs(answers[name], right)
        ),
        renamed=renamed,
    )


def _first_step(exercise: Exercise) -> str:
    """What to compute first."""
    first = next(iter(exercise.tensors.values()))
    shape = "×".join(map(str, first.exchanged(first.right).shape))
    return f"Start with {first.name}, {shape}: {step_equation(exercise.trace, first)}"


def _judged(exercise: Exercise, base: Truth, given: Submission) -> tuple[list[str], dict[str, TensorReport]]:
    """The conventions of a backward pass in words, and the verdicts on its tensors.

    A mistake before a pooling hides the rule for its ties. So if the first unknown tensor follows such a pooling, the
    other rules are tried, and one is taken that explains more.
    """
    conventions = decide(base, given)
    reports = _examined(exercise, base, given, conventions)
    unknown = next((base.tensors[name] for name, report in reports.items() if _is_unknown(report)), None)
    if unknown is not None and base.follows_ties(unknown):
        for rule in TieRule:
            tried = replace(conventions, ties=rule)
            others = _examined(exercise, base, given, tried) if rule is not conventions.ties else reports
            if _unexplained(others) < _unexplained(reports):
                conventions, reports = tried, others
    return [*conventions.sentences], reports


def _examined(exercise: Exercise, base: Truth, given: Submission, conventions: Conventions) -> dict[str, TensorReport]:
    """The verdicts under these conventions."""
    truth = base.under(conventions.ties)
    examination = Examination(exercise, truth, under(conventions, truth, given), conventions)
    for name in given:
        examination.examine(truth.tensors[name])
    return _harmless(exercise, examination.reports)


def _unexplained(reports: Mapping[str, TensorReport]) -> tuple[int, int]:
    """How many tensors are unknown, and how many wrong."""
    wrong = [report for report in reports.values() if report.verdict is Verdict.FAIL]
    return sum(map(_is_unknown, wrong)), len(wrong)


def _judged_with(
    alone: OneSample, exercise: Exercise, base: Truth, given: Submission
) -> tuple[list[str], dict[str, TensorReport]]:
    """The same, where deltas are those of one sample."""
    of_batch = {name: tensor for name, tensor in given.items() if name not in alone.given}
    sentences, gradients = _judged(exercise, base, of_batch)
    of_sample, deltas = _judged(exercise, alone.truth, alone.given)
    reports = gradients | deltas
    return [alone.sentence, *of_sample, *sentences], {name: reports[name] for name in given}


def _is_unknown(report: TensorReport) -> bool:
    named = any(not (f.candidate.mistake and f.candidate.mistake.fallback) for f in report.fits)
    return report.verdict is Verdict.FAIL and not named and report.reason is None


def _given_forward(report: TensorReport) -> TensorReport:
    """A report under the student's own forward pass."""
    if report.verdict is not Verdict.PASS:
        return report
    return replace(report, given=" and ".join(filter(None, (report.given, FORWARD_PASS))))


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
