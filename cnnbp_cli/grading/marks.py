"""What each tensor of a submission earns, by a rubric. A mistake is charged once, where it was made.

A tensor that is correct given an earlier mistake of the student, or that only shows an earlier mistake again, is
charged nothing more than the rubric's `carried_forward` asks for. If the tensor in which a mistake was made weighs
nothing, the mistake is charged at the first tensor with a weight that follows from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from cnnbp_cli.diagnosis.diagnose import FORWARD_PASS
from cnnbp_cli.diagnosis.examination import SAME_FACTOR
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.grading.rubric import FORWARD, Rubric, weights

_NAME = re.compile(r"[\w-]+\.\w+")


@dataclass(frozen=True)
class TensorMark:
    """What one tensor earned.

    Attributes
    ----------
    name
        Which tensor.
    verdict
        None if it was not submitted.
    points, most
        What it earned, and what it could have earned.
    follows
        The tensor whose mistake it follows from, if it has an earlier one.
    """

    name: str
    verdict: Verdict | None
    points: float
    most: float
    follows: str | None = None


@dataclass(frozen=True)
class Marking:
    """A rubric for the tensors of one exercise.

    Attributes
    ----------
    most
        Points of each tensor, by name, in the order of the backward pass; forward values come first.
    carried_forward, repeated, inconclusive, conventions, layouts
        As in `Rubric`.
    """

    most: tuple[tuple[str, float], ...]
    carried_forward: float
    repeated: float
    inconclusive: float
    conventions: bool
    layouts: bool

    @property
    def points(self) -> float:
        """Points of a complete and correct submission."""
        return sum(most for _, most in self.most)


def marking(rubric: Rubric, wanted: Iterable[str], given: Iterable[str]) -> Marking:
    """The rubric for tensors of these names: the deltas and gradients, and the forward values."""
    by_name = weights(rubric, wanted, given)
    total = sum(by_name.values())
    scale = 1.0 if rubric.points is None else rubric.points / total
    most = sorted(by_name.items(), key=lambda item: not item[0].endswith(FORWARD))
    return Marking(
        tuple((name, weight * scale) for name, weight in most),
        rubric.carried_forward,
        rubric.repeated,
        rubric.inconclusive,
        rubric.conventions,
        rubric.layouts,
    )


def marked(diagnosis: Diagnosis, marking: Marking) -> tuple[TensorMark, ...]:
    """What each tensor of a submission earned; tensors without a weight are included if they were submitted."""
    reports = {report.name: report for report in diagnosis.reports}
    roots, repeats = _roots(diagnosis.reports)
    charged: set[str] = set()
    marks = []
    for name, most in marking.most:
        report = reports.get(name)
        if report is None:
            if most:
                marks.append(TensorMark(name, None, 0.0, most))
            continue
        root = roots.get(name)
        reasons = [root] if root else []
        reasons += [f"convention: {report.convention}"] if report.convention and not marking.conventions else []
        reasons += [f"layout: {report.layout}"] if report.layout and not marking.layouts else []
        new = [reason for reason in reasons if reason not in charged]
        part = _part(report, marking, follows=bool(reasons)) if not new else 0.0
        if new == [root] and root in repeats:
            part = marking.repeated
        if most:
            charged.update(new)
        marks.append(TensorMark(name, report.verdict, part * most, most, root if root != name else None))
    return tuple(marks)


def _part(report: TensorReport, marking: Marking, *, follows: bool) -> float:
    """The part of its points that a tensor gets whose mistakes were all charged before."""
    if report.too_few_digits:
        return 0.0
    part = marking.inconclusive if report.verdict is Verdict.INCONCLUSIVE else 1.0
    return part * (marking.carried_forward if follows else 1.0)


def _roots(reports: Iterable[TensorReport]) -> tuple[dict[str, str], set[str]]:
    """The tensor with the mistake that each wrong tensor, or one that follows from it, shows; and repeated mistakes."""
    roots: dict[str, str] = {}
    repeats: set[str] = set()
    made_at: dict[str, str] = {}
    known: dict[tuple[str, str], str] = {}
    factor = forward = None
    for report in reports:
        name = report.name
        if report.verdict is Verdict.FAIL and report.fits:
            best = report.fits[0]
            if (best.at, best.title) not in known and any(_is_same(best, at, title) for at, title in known):
                repeats.add(name)
            roots[name] = made_at[best.at] = known.setdefault((best.at, best.title), name)
            factor = factor or (roots[name] if best.candidate.mistake is None else None)
        elif report.verdict is Verdict.FAIL:
            roots[name] = name
            forward = forward or name
        elif report.given:
            before = [made_at.get(one) or roots.get(one) for one in _NAME.findall(report.given)]
            before += [factor] if SAME_FACTOR in report.given else []
            before += [forward] if FORWARD_PASS in report.given else []
            if root := next(filter(None, before), None):
                roots[name] = root
    return roots, repeats


def _is_same(found: Fit, at: str, title: str) -> bool:
    """Whether a mistake was found before, in the same quantity of another layer."""
    return title == found.title and at.rpartition(".")[2] == found.at.rpartition(".")[2]
