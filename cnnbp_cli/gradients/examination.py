"""One file of answers, examined tensor by tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from cnnbp_cli.gradients.agreement import Agreement, agreement, difference
from cnnbp_cli.gradients.chain import Back, Tensor, Value
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.exchange import Exercise
from cnnbp_cli.gradients.hypotheses import FIT, Candidate, Fit, candidates, fit, scaled, sites
from cnnbp_cli.gradients.layouts import Reading, batch_last, letters, readings
from cnnbp_cli.gradients.precision import SAFETY, Precision, Rounding, precision_of
from cnnbp_cli.gradients.reports import Report
from cnnbp_cli.numerics.arrays import Array


class Examination:
    """One file of answers, examined from the output down.

    Attributes
    ----------
    reports
        What was found, by tensor.
    numbers
        What was handed in, laid out as in the trace, of the tensors whose shape it has.
    """

    def __init__(self, exercise: Exercise, answers: Mapping[str, Array]) -> None:
        self.exercise = exercise
        self.reports: dict[str, Report] = {}
        self.numbers: dict[str, Array] = {}
        self._answers = {name: answers[name].astype(np.float64) for name in exercise.tensors if name in answers}
        self._precisions = {name: precision_of(answers[name]) for name in self._answers}
        self._own: dict[str, Value] = {}  # what was handed in and can be gone on from
        self._assumed: dict[str, list[Value]] = {}  # what was not handed in, but must have been so
        self._back = Back()
        self._rounding = Rounding(exercise.trace)
        self._rights: dict[str, Value] = {}
        for name, tensor in exercise.tensors.items():
            above = self._rights[tensor.source.name] if tensor.source else None
            self._rights[name] = Value(tensor.right, above)
        self._searched: dict[str, list[Candidate]] = {}

    def examine(self, tensor: Tensor) -> None:
        """Put the report on a tensor that was handed in to `reports`; everything above it has been examined."""
        report, numbers = self._examined(tensor)
        if numbers is not None:
            self.numbers[tensor.name] = numbers
            if report.verdict is Verdict.FAIL:
                allowed = self._rounding.allowed(tensor, self._rights[tensor.name], self._precision(tensor))
                report = replace(report, difference=difference(tensor, numbers, allowed))
            if not report.plain:
                error = np.abs(numbers)
                if self._precisions[tensor.name].step:
                    error = np.full_like(error, error.max())
                self._own[tensor.name] = Value(numbers, self._followed(tensor), f"your {tensor.name}", error)
        self.reports[tensor.name] = report

    def _examined(self, tensor: Tensor) -> tuple[Report, Array | None]:
        """The report, and the numbers as the trace lays them out, where they have the tensor's shape."""
        name, given = tensor.name, self._answers[tensor.name]
        if not np.isfinite(given).all():
            return Report(name, Verdict.FAIL, reason=_not_finite(given)), None
        options = list(readings(given, letters(tensor), tensor.exchanged(tensor.right).shape))
        report, numbers = self._agreeing(tensor, options, {Agreement.SAME, Agreement.COARSE, Agreement.ROUNDED})
        if report:
            return report, numbers
        fits = () if self._is_zero(tensor, given) else self._fits(tensor, given)
        chosen = batch_last(tensor, options[0].array) if options else None
        if conventions := [found for found in fits if found.is_convention]:
            first = conventions[0]
            return Report(name, Verdict.PASS, layout=first.layout, convention=first.title), chosen
        if not fits:
            report, numbers = self._agreeing(tensor, options, {Agreement.DOUBTFUL})
            if report:
                return report, numbers
        self._assume(tensor, fits)
        reason = None if fits else self._reason(tensor, given, bool(options))
        layout = fits[0].layout if fits else options[0].layout if options else ""
        return Report(name, Verdict.FAIL, layout=layout, reason=reason, fits=fits), chosen

    def _agreeing(
        self, tensor: Tensor, options: list[Reading], wanted: set[Agreement]
    ) -> tuple[Report | None, Array | None]:
        """The report of a tensor whose own step agrees in one of these ways, by the best that there is."""
        found: dict[Agreement, tuple[Report, Array]] = {}
        for value in self._values(tensor):
            for reading in options:
                numbers = batch_last(tensor, reading.array)
                how = agreement(tensor, numbers, value, self._precision(tensor), self._rounding)
                if how in wanted and how not in found:
                    reason = self._remark(tensor, value, how)
                    verdict = Verdict.PASS if reason is None else Verdict.INCONCLUSIVE
                    if not value.array.any():
                        verdict, reason = Verdict.VACUOUS, "all zeros, on both sides"
                    found[how] = Report(tensor.name, verdict, value.origin, reading.layout, reason=reason), numbers
        return next((found[how] for how in Agreement if how in found), (None, None))

    def _remark(self, tensor: Tensor, value: Value, how: Agreement) -> str | None:
        """Why numbers that agree in this way tell nothing for sure; None where they do."""
        match how:
            case Agreement.COARSE:
                return f"it agrees, but {self._precision(tensor).words} tell too little"
            case Agreement.ROUNDED:
                return "it is off by a little: as much as float32 rounding, not more"
            case Agreement.DOUBTFUL:
                return "it differs only as far as another choice at ties, or at the kink of a relu, would make it"
        return None

    def _is_zero(self, tensor: Tensor, given: Array) -> bool:
        """Whether there are zeros only, or what rounding made of them."""
        error = self._rounding.error(tensor, self._rights[tensor.name])
        return float(np.abs(given).max(initial=0)) <= self._precision(tensor).eps * float(error.max(initial=0))

    def _reason(self, tensor: Tensor, given: Array, fits_shape: bool) -> str | None:
        """What is wrong, where that is no mistake in a step."""
        if self._is_zero(tensor, given):
            return "all zeros: it was never computed, or was overwritten"
        everything = {n: t.exchanged(t.right) for n, t in self.exercise.tensors.items()} | self.exercise.questions
        for name, right in everything.items():
            if (
                name != tensor.name
                and right.shape == given.shape
                and (match := scaled(given, right.astype(np.float64)))
            ):
                scale, residual = match
                if residual <= SAFETY * max(FIT, self._precision(tensor).eps):
                    return f"these are the numbers of {name}" + ("" if abs(scale - 1) < FIT else f", times {scale:.4g}")
        if not fits_shape:
            return f"it has the shape {given.shape}, not {tensor.exchanged(tensor.right).shape}"
        return None

    def _precision(self, tensor: Tensor) -> Precision:
        """The precision of a tensor, or the coarser one of what was handed in above it."""
        own = self._precisions.get(tensor.name, Precision(0.0))
        above = self._precision(tensor.source) if tensor.source else own
        return own if own.eps >= above.eps else own._replace(eps=above.eps, words=above.words)

    def _values(self, tensor: Tensor) -> list[Value]:
        """What a tensor may be where its own step is right: the right value, and what follows from others above."""
        follow = [] if tensor.source is None else [v for v in self._sources(tensor.source) if v.origin]
        derived = [Value(self._back(tensor, value.array), value, value.origin) for value in follow]
        return [self._rights[tensor.name], *derived]

    def _sources(self, tensor: Tensor) -> list[Value]:
        """What a tensor may have been when the next was made from it."""
        if tensor.name in self._answers:
            own = self._own.get(tensor.name)
            return [self._rights[tensor.name]] if own is None else [own, self._rights[tensor.name]]
        return [*self._values(tensor), *self._assumed.get(tensor.name, ())]

    def _followed(self, tensor: Tensor) -> Value | None:
        """The likeliest value of a tensor's source: what was handed in, else the right one."""
        return self._sources(tensor.source)[0] if tensor.source else None

    def _fits(self, tensor: Tensor, given: Array) -> tuple[Fit, ...]:
        """The mistakes, in the step to the tensor and in those above it that were not handed in, that fit."""
        error = self._rounding.error(tensor, self._rights[tensor.name])
        condition = float(np.linalg.norm(error) / (np.linalg.norm(tensor.right) or 1))
        precision = self._precision(tensor)
        tolerance = max(FIT, SAFETY * precision.eps * max(condition, 1))
        tolerance += precision.step * given.size**0.5 / float(np.linalg.norm(given))
        found = [
            fitted
            for candidate in self._search(tensor)
            if not candidate.changes_nothing and (fitted := fit(given, candidate, tolerance)) is not None
        ]
        found = [f for f in found if f.candidate.mistake or f.factors != ((),)]
        return tuple(_likeliest(found))

    def _search(self, tensor: Tensor) -> list[Candidate]:
        """Every candidate for a tensor, the ones of its own step first."""
        if tensor.name not in self._searched:
            found: list[Candidate] = []
            given = {name: value.array for name, value in self._own.items()}
            handed_in = {name: given.get(name, self._rights[name].array) for name in self._answers}
            values: list[Value | None] = [None] if tensor.source is None else [*self._sources(tensor.source)]
            for value in values:
                for site in sites(self.exercise, tensor, value, self._back, handed_in):
                    found += candidates(site, value.origin if value else None)
            if tensor.source and tensor.source.name not in self._answers:
                found += [
                    candidate.sent_on(tensor, self._back)
                    for candidate in self._search(tensor.source)
                    if candidate.shape == tensor.source.right.shape
                ]
            self._searched[tensor.name] = found
        return self._searched[tensor.name]

    def _assume(self, tensor: Tensor, fits: tuple[Fit, ...]) -> None:
        """Go on, below, from what a step above that was not handed in must have been."""
        for found in fits:
            if found.at != tensor.name:
                there, array = self.exercise.tensors[found.at], found.made_there
                error = np.abs(array) + self._rounding.error(there, self._rights[there.name]) * _ratio(
                    array, there.right
                )
                origin = f"the same mistake in {found.at}"
                self._assumed.setdefault(found.at, []).append(Value(array, self._followed(there), origin, error))
                self._searched.clear()


def _ratio(array: Array, right: Array) -> float:
    size = float(np.linalg.norm(right))
    return float(np.linalg.norm(array)) / size if size else 1.0


def _not_finite(given: Array) -> str:
    wrong = ~np.isfinite(given)
    first = ", ".join(str(int(i)) for i in np.argwhere(wrong)[0])
    return f"{int(wrong.sum())} of its {given.size} numbers are not finite, the first at [{first}]"


def _likeliest(found: list[Fit]) -> list[Fit]:
    """Fits without those that a better one stands for: of one mistake the simplest, of factors alone the fewest."""
    best = min((f.residual for f in found), default=0.0)
    found = [f for f in found if f.residual <= max(1000 * best, 1e-12)]
    mistakes: dict[tuple[str, str, str], Fit] = {}
    for f in found:
        if f.candidate.mistake:
            key = (f.candidate.mistake.key, f.candidate.variant, f.at)
            if key not in mistakes or f.complexity < mistakes[key].complexity:
                mistakes[key] = f
    alone = [f for f in found if f.candidate.mistake is None]
    fewest = min((f.complexity for f in alone), default=0)
    causes: dict[tuple[str, ...], Fit] = {}
    for f in alone:  # the steps above come later, and so take the place of those below: it is blamed at the top
        if f.complexity == fewest:
            for alternative in f.factors or ((),):
                causes[tuple(factor.key for factor in alternative)] = replace(
                    f, factors=(alternative,) if f.factors else ()
                )
    return sorted([*mistakes.values(), *causes.values()], key=lambda f: f.complexity)
