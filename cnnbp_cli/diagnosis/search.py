"""The search for mistakes that give the numbers of a wrong tensor."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli.diagnosis.agreement import Agreement, agreement
from cnnbp_cli.diagnosis.candidates import Candidate, candidates
from cnnbp_cli.diagnosis.fitting import Fit, fit
from cnnbp_cli.diagnosis.lineage import Lineage
from cnnbp_cli.diagnosis.precision import SINGLE
from cnnbp_cli.diagnosis.ranking import Evidence, likeliest
from cnnbp_cli.diagnosis.rounding import HALF_SAFETY, SAFETY
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.diagnosis.shortlist import Shortlist
from cnnbp_cli.diagnosis.sites import neighbours, sites, with_other_ties
from cnnbp_cli.diagnosis.submission import Submission, SubmittedTensor
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Tensor

RECOVERED = 1e-5
"""The relative part of a gradient that may be left when its δ is recovered: what float32 leaves."""


class Search:
    """Looks for mistakes in the step to a tensor, and in steps to tensors before it that were not submitted.

    Parameters
    ----------
    truth, mine
        What is right, and what was submitted.
    lineage
        The values from which the steps may have started.
    evidence
        What other tensors say about a mistake.
    """

    def __init__(self, truth: Truth, mine: Submission, lineage: Lineage, evidence: Evidence) -> None:
        self._truth, self._mine = truth, mine
        self._lineage, self._evidence = lineage, evidence
        self._searched: dict[str, list[Shortlist]] = {}

    def fits(self, tensor: Tensor, given: SubmittedTensor) -> list[Fit]:
        """The mistakes that give a tensor's numbers, most likely first."""
        tolerance = self._tolerance(tensor, given)
        readings = [reading.array for reading in given.readings]
        near = (one for shortlist in self._shortlists(tensor) for one in shortlist.near(readings, tolerance))
        found = [f for candidate in near for f in fit(given, candidate, tolerance) if not self._is_choice(f, given)]
        return likeliest(found, self._evidence)

    def _is_choice(self, found: Fit, given: SubmittedTensor) -> bool:
        """Whether a mistake changes its tensor no more than another choice at ties and kinks, which is as right."""
        there = self._truth.tensors[found.at]
        made = found.made_there
        if found.is_convention or made.shape != there.right.shape:
            return False
        how = agreement(there, made, self._truth.rights[there.name], given.precision, self._truth.rounding)
        return how is Agreement.DOUBTFUL

    def assume(self, tensor: Tensor, fits: list[Fit]) -> None:
        """Note which value a tensor that was not submitted must have had, for the tensors after it."""
        for found in fits:
            if found.at != tensor.name:
                there, array = self._truth.tensors[found.at], found.made_there
                right = self._truth.rights[there.name]
                ratio = float(np.linalg.norm(array)) / (float(np.linalg.norm(right.array)) or 1.0)
                error = np.abs(array) + ratio * self._truth.rounding.error(there, right)
                self._lineage.assume(there, array, f"the same mistake in {there.name}", error)
                self._searched.clear()

    def recover(self, tensor: Tensor, given: SubmittedTensor) -> str | None:
        """The δ from which a dense layer's wrong gradient was made, noted for later tensors; None if there is none.

        ∂C/∂W = δ · xᵀ, so with fewer samples than inputs δ = ∂C/∂W · (xᵀ)⁺, and what is left of ∂C/∂W shows whether it
        is such a product at all. Then the mistake is in δ, and the gradient's own step is right.
        """
        source, x = tensor.source, tensor.layer.input
        if source is None or tensor.rule != "dense" or tensor.quantity != "grad_weight" or source.name in self._mine:
            return None
        if x.shape[1] >= x.shape[0] or given.precision.digits is not None or given.precision.eps > SINGLE:
            return None
        inverse = np.linalg.pinv(x.T)
        for reading in given.readings:
            delta = reading.array @ inverse
            size = float(np.linalg.norm(reading.array))
            if float(np.linalg.norm(reading.array - delta @ x.T)) <= RECOVERED * size:
                error = np.full_like(delta, size * float(np.linalg.norm(inverse, 2)))
                self._lineage.assume(source, delta, f"the δ in your {tensor.name}", error)
                self._searched.clear()
                return f"its own step is right, but {source.name}, from which it follows, is not any known mistake"
        return None

    def _tolerance(self, tensor: Tensor, given: SubmittedTensor) -> float:
        """The ‖u − s·g‖ / ‖u‖ that rounding may leave."""
        error = float(np.linalg.norm(self._truth.rounding.error(tensor, self._truth.rights[tensor.name])))
        lost = self._truth.is_zero(tensor)  # then the right value says nothing about the errors of wrong ones
        condition = 1.0 if lost else max(error / float(np.linalg.norm(tensor.right)), 1.0)
        precision, size = given.precision, float(np.linalg.norm(given.array))
        calculated = (SAFETY if precision.eps <= SINGLE else HALF_SAFETY) * precision.eps
        written = max([precision.written, *(value.written for value in self._sources(tensor) if value)])
        small = precision.step / precision.unit * given.array.size**0.5 / size if size else 0.0
        return max(FIT, calculated * condition, 2 * written * condition) + small

    def _sources(self, tensor: Tensor) -> list[Value | None]:
        return [*self._lineage.sources(tensor.source)] if tensor.source else [None]

    def _shortlists(self, tensor: Tensor) -> list[Shortlist]:
        """Every candidate for a tensor, those of its own step first."""
        if tensor.name not in self._searched:
            found = [self._of_own_step(tensor, value) for value in self._sources(tensor)]
            if tensor.source and tensor.source.name not in self._mine:
                noise = self._truth.noise(tensor)
                found += [one.sent_on(tensor, self._truth.back, noise) for one in self._shortlists(tensor.source)]
            self._searched[tensor.name] = found
        return self._searched[tensor.name]

    def _of_own_step(self, tensor: Tensor, value: Value | None) -> Shortlist:
        """The candidates of the step from this value; kept with the truth if nothing of the submission is in them."""
        rights, known = self._truth.rights, self._lineage.known()
        is_right = value is None or value.origin is None
        if is_right and value is not self._sources(tensor)[0]:
            known = {}  # beside the student's own numbers: those of its neighbours belong to these
        used = neighbours(self._truth, tensor) & known.keys()
        usual = is_right and all(known[name] is rights[name].array for name in used)
        if usual and (kept := self._truth.shortlists.get(tensor.name)):
            return kept

        def make() -> Iterator[Candidate]:
            for single in sites(self._truth, tensor, value, known):
                for site in (single, *with_other_ties(single)):
                    yield from candidates(site, value.origin if value else None, self._truth.noise(tensor))

        found = Shortlist(tensor, make)
        if usual:
            self._truth.shortlists[tensor.name] = found
        return found
