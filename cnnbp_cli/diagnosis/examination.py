"""One submission, examined tensor by tensor in the order of the backward pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cnnbp_cli.diagnosis.agreement import Agreement, agreement, difference
from cnnbp_cli.diagnosis.candidates import Candidate, candidates
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.fitting import Fit, fit
from cnnbp_cli.diagnosis.layouts import Reading, letters, readings
from cnnbp_cli.diagnosis.precision import SAFETY, Precision, Rounding, precision_of
from cnnbp_cli.diagnosis.ranking import Evidence, likeliest
from cnnbp_cli.diagnosis.reports import TensorReport
from cnnbp_cli.diagnosis.scales import FIT, scaled
from cnnbp_cli.diagnosis.sites import sites
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.numerics.arrays import Array

AGREES = {Agreement.SAME, Agreement.COARSE, Agreement.ROUNDED}


OVERFLOW = 1e120
"""Larger numbers count as infinite: sums of their squares and products would be."""


@dataclass(frozen=True, eq=False)
class SubmittedTensor:
    """One submitted tensor.

    Attributes
    ----------
    array
        In float64, as submitted.
    precision
        What it was rounded to.
    readings
        The ways to read it, laid out as in the trace; none if its shape is not the tensor's, or if numbers are not
        finite.
    """

    array: Array
    precision: Precision
    readings: tuple[Reading, ...]

    @classmethod
    def of(cls, tensor: Tensor, array: Array) -> SubmittedTensor:
        numbers = np.array(array, np.float64)
        numbers[np.abs(numbers) > OVERFLOW] *= np.inf
        found = readings(numbers, letters(tensor), tensor.exchanged(tensor.right).shape)
        if not np.isfinite(numbers).all():
            found = iter(())
        return cls(
            numbers,
            precision_of(array),
            tuple(Reading(tensor.laid_out(reading.array), reading.layout) for reading in found),
        )


class Examination:
    """One submission.

    Attributes
    ----------
    reports
        The verdicts, by tensor.
    """

    def __init__(self, exercise: Exercise, answers: Mapping[str, Array]) -> None:
        self.reports: dict[str, TensorReport] = {}
        self._exercise = exercise
        self._submitted = {n: SubmittedTensor.of(t, answers[n]) for n, t in exercise.tensors.items() if n in answers}
        self._rights: dict[str, Value] = {}
        for name, tensor in exercise.tensors.items():
            self._rights[name] = Value(tensor.right, self._rights[tensor.source.name] if tensor.source else None)
        self._own: dict[str, Value] = {}  # submitted values from which later ones may follow
        self._assumed: dict[str, list[Value]] = {}  # values that tensors not submitted must have had
        self._searched: dict[str, list[Candidate]] = {}
        self._back = Back()
        self._rounding = Rounding(exercise.trace)
        self._evidence = Evidence(
            exercise.tensors,
            {name: [reading.array for reading in submitted.readings] for name, submitted in self._submitted.items()},
            {name for name in self._submitted if self._is_right(exercise.tensors[name])},
            self._back,
        )

    def examine(self, tensor: Tensor) -> None:
        """Add the report on a submitted tensor to `reports`; all tensors before it have been examined."""
        submitted = self._submitted[tensor.name]
        expected = self._expected(tensor)
        report, reading = self._examined(tensor, submitted)
        if reading is not None:
            if report.verdict is Verdict.FAIL:
                allowed = self._rounding.allowed(tensor, expected, self._precision(tensor))
                report = replace(report, difference=difference(tensor, reading.array, expected, allowed))
            if not report.plain:
                error = np.abs(reading.array)
                if submitted.precision.step:
                    error = np.full_like(error, error.max())
                above = self._sources(tensor.source)[0] if tensor.source else None
                self._own[tensor.name] = Value(reading.array, above, f"your {tensor.name}", error)
        self.reports[tensor.name] = report

    def _examined(self, tensor: Tensor, submitted: SubmittedTensor) -> tuple[TensorReport, Reading | None]:
        name = tensor.name
        if agreed := self._agreeing(tensor, submitted, AGREES):
            return agreed
        first = submitted.readings[0] if submitted.readings else None
        fits = self._fits(tensor, submitted)
        if convention := next((found for found in fits if found.is_convention), None):
            return TensorReport(name, Verdict.PASS, layout=convention.layout, convention=convention.title), first
        if not fits and (agreed := self._agreeing(tensor, submitted, {Agreement.DOUBTFUL})):
            return agreed
        self._assume(tensor, fits)
        return TensorReport(
            name,
            Verdict.FAIL,
            layout=fits[0].layout if fits else first.layout if first else "",
            reason=None if fits else self._reason(tensor, submitted),
            fits=tuple(fits),
        ), first

    def _agreeing(
        self, tensor: Tensor, submitted: SubmittedTensor, wanted: set[Agreement]
    ) -> tuple[TensorReport, Reading] | None:
        """The report of a tensor whose own step agrees in one of these ways, the best of them."""
        found: dict[Agreement, tuple[TensorReport, Reading]] = {}
        for value in self._values(tensor):
            for reading in submitted.readings:
                how = agreement(tensor, reading.array, value, self._precision(tensor), self._rounding)
                if how in wanted and how not in found:
                    verdict = Verdict.PASS if how is Agreement.SAME else Verdict.INCONCLUSIVE
                    reason = how.value.format(self._precision(tensor).words) or None
                    if how is Agreement.SAME and not value.array.any():
                        verdict, reason = Verdict.VACUOUS, "all zeros, on both sides"
                    found[how] = (
                        TensorReport(tensor.name, verdict, value.origin, reading.layout, reason=reason),
                        reading,
                    )
        return next((found[how] for how in Agreement if how in found), None)

    def _is_right(self, tensor: Tensor) -> bool:
        """Whether the submitted tensor is right, in some layout."""
        return any(
            agreement(tensor, reading.array, self._rights[tensor.name], self._precision(tensor), self._rounding)
            is Agreement.SAME
            for reading in self._submitted[tensor.name].readings
        )

    def _precision(self, tensor: Tensor) -> Precision:
        """The precision of a tensor, or that of a submitted tensor before it if that is coarser."""
        submitted = self._submitted.get(tensor.name)
        own = submitted.precision if submitted else Precision(0.0)
        above = self._precision(tensor.source) if tensor.source else own
        words = own.words if own.coarsest >= above.coarsest else above.words
        return Precision(max(own.eps, above.eps), max(own.written, above.written), own.step, words)

    def _values(self, tensor: Tensor) -> list[Value]:
        """What a tensor may be if its own step is right: the right value, and what follows from other values before."""
        others = [value for value in self._sources(tensor.source) if value.origin] if tensor.source else []
        followed = [Value(self._back(tensor, value.array), value, value.origin) for value in others]
        return [self._rights[tensor.name], *followed]

    def _expected(self, tensor: Tensor) -> Value:
        """The value to show beside a wrong one: what follows from the student's own numbers, if anything does."""
        right, *followed = self._values(tensor)
        return followed[0] if followed else right

    def _sources(self, tensor: Tensor) -> list[Value]:
        """What a tensor may have been when the next one was computed from it, most likely first."""
        if tensor.name in self._submitted:
            own = self._own.get(tensor.name)
            return [self._rights[tensor.name]] if own is None else [own, self._rights[tensor.name]]
        return [*self._values(tensor), *self._assumed.get(tensor.name, ())]

    def _fits(self, tensor: Tensor, submitted: SubmittedTensor) -> list[Fit]:
        """The mistakes that fit, in the step to the tensor or to a tensor before it that was not submitted."""
        if not np.isfinite(submitted.array).all() or self._is_zero(tensor, submitted):
            return []
        error = self._rounding.error(tensor, self._rights[tensor.name])
        precision = self._precision(tensor)
        condition = float(np.linalg.norm(error)) / (float(np.linalg.norm(tensor.right)) or 1.0)
        tolerance = max(FIT, SAFETY * precision.eps * max(condition, 1.0), 2 * precision.written * max(condition, 1.0))
        tolerance += precision.step * submitted.array.size**0.5 / float(np.linalg.norm(submitted.array))
        found = [f for candidate in self._search(tensor) for f in fit(submitted.array, candidate, tolerance)]
        return likeliest(found, self._evidence)

    def _search(self, tensor: Tensor) -> list[Candidate]:
        """Every candidate for a tensor, those of its own step first."""
        if tensor.name not in self._searched:
            known = {name: self._own.get(name, self._rights[name]).array for name in self._submitted}
            values: list[Value | None] = [*self._sources(tensor.source)] if tensor.source else [None]
            found = [
                candidate
                for value in values
                for site in sites(self._exercise, tensor, value, self._back, known)
                for candidate in candidates(site, value.origin if value else None)
            ]
            if tensor.source and tensor.source.name not in self._submitted:
                sent = (
                    candidate.sent_on(tensor, self._back)
                    for candidate in self._search(tensor.source)
                    if candidate.can_be_sent_on
                )
                found += [candidate for candidate in sent if not candidate.changes_nothing]
            self._searched[tensor.name] = found
        return self._searched[tensor.name]

    def _assume(self, tensor: Tensor, fits: list[Fit]) -> None:
        """Note which value a tensor that was not submitted must have had, for the tensors after it."""
        for found in fits:
            if found.at != tensor.name:
                there, array = self._exercise.tensors[found.at], found.made_there
                right = self._rights[there.name]
                ratio = float(np.linalg.norm(array)) / (float(np.linalg.norm(right.array)) or 1.0)
                error = np.abs(array) + ratio * self._rounding.error(there, right)
                above = self._sources(there.source)[0] if there.source else None
                origin = f"the same mistake in {there.name}"
                self._assumed.setdefault(there.name, []).append(Value(array, above, origin, error))
                self._searched.clear()

    def _is_zero(self, tensor: Tensor, submitted: SubmittedTensor) -> bool:
        """Whether it has only zeros, or zeros with rounding errors."""
        error = self._rounding.error(tensor, self._rights[tensor.name])
        return float(np.abs(submitted.array).max(initial=0)) <= submitted.precision.coarsest * float(
            error.max(initial=0)
        )

    def _reason(self, tensor: Tensor, submitted: SubmittedTensor) -> str | None:
        """What is wrong, apart from mistakes in a step."""
        given = submitted.array
        if (wrong := ~np.isfinite(given)).any():
            first = ", ".join(str(int(i)) for i in np.argwhere(wrong)[0])
            return f"{int(wrong.sum())} of its {given.size} numbers are not finite, the first at [{first}]"
        if self._is_zero(tensor, submitted):
            return "all zeros: it was never computed, or was overwritten"
        others = {other.name: other.exchanged(other.right) for other in self._exercise.tensors.values()}
        for name, right in (others | self._exercise.questions).items():
            if name != tensor.name and right.shape == given.shape and (match := scaled(given, right * 1.0)):
                scale, residual = match
                if residual <= SAFETY * max(FIT, submitted.precision.coarsest):
                    return f"these are the numbers of {name}" + ("" if abs(scale - 1) < FIT else f", times {scale:.4g}")
        if not submitted.readings:
            return f"it has the shape {given.shape}, not {tensor.exchanged(tensor.right).shape}"
        return None
