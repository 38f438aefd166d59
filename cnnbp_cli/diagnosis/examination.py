"""One submission, examined tensor by tensor in the order of the backward pass."""

from __future__ import annotations

from dataclasses import replace

from cnnbp_cli.diagnosis.agreement import Agreement, agreement, difference
from cnnbp_cli.diagnosis.common_factor import cause_of
from cnnbp_cli.diagnosis.conventions import Conventions
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.fitting import Fit, right_but_for
from cnnbp_cli.diagnosis.layouts import Reading
from cnnbp_cli.diagnosis.lineage import Lineage
from cnnbp_cli.diagnosis.ranking import Evidence
from cnnbp_cli.diagnosis.reasons import is_zero, reason
from cnnbp_cli.diagnosis.reports import TensorReport
from cnnbp_cli.diagnosis.search import Search
from cnnbp_cli.diagnosis.submission import Submission, SubmittedTensor
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.gradients.check import Verdict

AGREES = {Agreement.SAME, Agreement.COARSE, Agreement.TOO_FEW, Agreement.ROUNDED}

SAME_FACTOR = "the same factor"
"""What a parameter gradient is right given, where the factor that all of them have was reported already."""


class Examination:
    """One submission under its conventions.

    Attributes
    ----------
    reports
        The verdicts, by tensor.
    """

    def __init__(self, exercise: Exercise, truth: Truth, mine: Submission, conventions: Conventions) -> None:
        self.reports: dict[str, TensorReport] = {}
        self._exercise, self._truth = exercise, truth
        self._mine, self._conventions = mine, conventions
        self._lineage = Lineage(truth, mine)
        right = {name for name in mine if self._is_right(truth.tensors[name])}
        numbers = {name: [reading.array for reading in given.readings] for name, given in mine.items()}
        self._search = Search(truth, mine, self._lineage, Evidence(truth.tensors, numbers, right, truth.back))
        self._factor_reported = conventions.factor == 1

    def examine(self, tensor: Tensor) -> None:
        """Add the report on a submitted tensor to `reports`; all tensors before it have been examined."""
        given = self._mine[tensor.name]
        expected = self._lineage.expected(tensor)
        report, reading = self._examined(tensor, given)
        if reading is not None:
            if not report.plain:
                self._lineage.record(tensor, reading.array, given.precision)
            if not tensor.batched and report.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE):
                report = self._with_factor(tensor, given, report, reading)
            if report.verdict is Verdict.FAIL:
                allowed = self._truth.rounding.allowed(tensor, expected, given.precision.eps)
                unit = self._conventions.unit(tensor, self._truth.batch)
                numbers = reading.array
                if not tensor.batched:  # their common factor is what is wrong
                    numbers, unit = numbers * unit, 1.0
                report = replace(report, difference=difference(tensor, numbers, expected, allowed, unit))
        if report.verdict is Verdict.PASS and not report.convention:
            report = replace(report, convention=self._conventions.concerning(tensor))
        self.reports[tensor.name] = report

    def _examined(self, tensor: Tensor, given: SubmittedTensor) -> tuple[TensorReport, Reading | None]:
        if agreed := self._agreeing(tensor, given, AGREES):
            return agreed
        first = given.readings[0] if given.readings else None
        fits = self._fits(tensor, given)
        if convention := next((found for found in fits if found.is_convention), None):
            words = convention.title
            return TensorReport(tensor.name, Verdict.PASS, layout=convention.layout, convention=words), first
        if not fits and (agreed := self._agreeing(tensor, given, {Agreement.DOUBTFUL})):
            return agreed
        self._search.assume(tensor, fits)
        why = None if fits else reason(self._exercise, self._truth, tensor, given)
        if not fits and why is None:
            why = self._search.recover(tensor, given)
        return TensorReport(
            tensor.name,
            Verdict.FAIL,
            layout=fits[0].layout if fits else first.layout if first else "",
            reason=why,
            fits=tuple(fits),
        ), next((one for one in given.readings if fits and one.layout == fits[0].layout), first)

    def _fits(self, tensor: Tensor, given: SubmittedTensor) -> list[Fit]:
        if not given.is_finite or given.precision.too_few or is_zero(self._truth, tensor, given):
            return []
        return self._search.fits(tensor, given)

    def _agreeing(
        self, tensor: Tensor, given: SubmittedTensor, wanted: set[Agreement]
    ) -> tuple[TensorReport, Reading] | None:
        """The report of a tensor whose own step agrees in one of these ways, the best of them."""
        found: dict[Agreement, tuple[TensorReport, Reading]] = {}
        for value in self._lineage.values(tensor):
            for reading in given.readings:
                how = agreement(tensor, reading.array, value, given.precision, self._truth.rounding)
                if how in wanted and how not in found:
                    verdict = Verdict.PASS if how is Agreement.SAME else Verdict.INCONCLUSIVE
                    words = how.value.format(given.precision.words) or None
                    if how is Agreement.SAME and not value.array.any():
                        verdict, words = Verdict.VACUOUS, "all zeros, on both sides"
                    report = TensorReport(tensor.name, verdict, value.origin, reading.layout, reason=words)
                    found[how] = replace(report, too_few_digits=how is Agreement.TOO_FEW), reading
        return next((found[how] for how in Agreement if how in found), None)

    def _with_factor(
        self, tensor: Tensor, given: SubmittedTensor, report: TensorReport, reading: Reading
    ) -> TensorReport:
        """The report of a parameter gradient that is right but for the factor that all have: wrong the first time."""
        factor = self._conventions.factor
        if factor == 1:
            return report
        if self._factor_reported:
            return replace(report, given=" and ".join(filter(None, (report.given, SAME_FACTOR))))
        self._factor_reported = True
        rate = self._exercise.learning_rate
        found = right_but_for(cause_of(factor, self._truth, self._mine, rate), tensor, factor, reading, report.given)
        return replace(report, verdict=Verdict.FAIL, given=None, reason=None, fits=(found,))

    def _is_right(self, tensor: Tensor) -> bool:
        """Whether the submitted tensor is right, in some layout."""
        given, value = self._mine[tensor.name], self._truth.rights[tensor.name]
        return any(
            agreement(tensor, reading.array, value, given.precision, self._truth.rounding) is Agreement.SAME
            for reading in given.readings
        )
