"""Which candidates give the submitted numbers, up to a factor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.diagnosis.layouts import Reading, letters, readings
from cnnbp_cli.diagnosis.mistakes import Cause, Line, Matched, Site
from cnnbp_cli.diagnosis.mistakes.factors import causes
from cnnbp_cli.diagnosis.mistakes.scale_mistake import ScaleMistake
from cnnbp_cli.diagnosis.precision import Precision
from cnnbp_cli.diagnosis.scales import FIT, scaled
from cnnbp_cli.diagnosis.submission import SubmittedTensor
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array

UNSUMMED = {2: "NF", 3: "KHW", 4: "NCHW"}
"""The axes of a gradient with other axes than its parameter, by their count."""

UNEXPLAINED = 10
"""The complexity of a scale without a cause: more than any combination of factors with one."""

MIN_DISTINCT = 4
"""With fewer distinct numbers, some factor fits almost anything: then it must have a cause."""


SCALE_SLACK = 2
"""The scale of numbers with this relative error is itself uncertain by the error, on both sides of the fit."""

MIN_PART = 10
"""Both parts of a line must contribute this many times the tolerance, or the amount means nothing."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A candidate whose numbers are the submitted ones, up to a scale.

    Attributes
    ----------
    candidate
        The numbers that fit.
    scale
        s of u = s·g.
    amount
        t of g = base + t·direction, where the mistake has an amount.
    factors
        The causes of the scale, none for s = 1; None if no known causes have this product.
    residual
        ‖u − s·g‖ / ‖u‖.
    layout
        The layout of the submitted numbers.
    """

    candidate: Candidate
    scale: float
    amount: float | None
    factors: tuple[ScaleMistake, ...] | None
    residual: float
    layout: str

    @property
    def at(self) -> str:
        """The tensor in whose step the mistake was made."""
        return self.candidate.site.tensor.name

    @property
    def made_there(self) -> Array:
        """That tensor's numbers, with the mistake and the scale."""
        made = self.candidate.made if self.candidate.there is None else self.candidate.there
        assert not isinstance(made, Matched)  # `fit` puts the array in its place
        if isinstance(made, Line):
            made = made.base + (self.amount or 0.0) * made.direction
        return self.scale * made

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What went wrong: the mistake, and what made the factors."""
        mistake = self.candidate.mistake
        return (*((mistake,) if mistake else ()), *(self.factors or ()))

    def right_for(self, cause: Cause) -> str:
        """The right equation, under the cost of the exercise."""
        absorbed = self.candidate.site.absorbed
        return cause.right_for_cross_entropy or cause.right if absorbed else cause.right

    @property
    def complexity(self) -> int:
        """How much it assumes: 1 per factor, more for a scale without a cause."""
        return UNEXPLAINED if self.factors is None else len(self.factors)

    @property
    def is_convention(self) -> bool:
        mistake = self.candidate.mistake
        return mistake is not None and mistake.convention and self.factors == ()

    @property
    def if_harmless(self) -> str | None:
        """What the tensor is, if everything that follows from it is right."""
        return self.causes[0].if_harmless if len(self.causes) == 1 and self.factors is not None else None

    @property
    def title(self) -> str:
        """What that tensor is, worded to follow "… is"."""
        mistake = self.candidate.mistake
        words = [mistake.title.format(self.candidate.variant) if mistake else "the right one"]
        if self.amount is not None and mistake and mistake.amount:
            words[0] += f" ({mistake.amount.format(f'{self.amount:.4g}')})"
        if self.factors is None:
            words.append(f"times {self.scale:.4g}")
        words += [factor.title.format(f"{factor.of(self.candidate.site):g}") for factor in self.factors or ()]
        return ", ".join(words)


def right_but_for(cause: ScaleMistake, tensor: Tensor, scale: float, reading: Reading, given: str | None) -> Fit:
    """A tensor that is right but for a scale whose cause is known."""
    site = Site(tensor=tensor, rule=tensor.rule, source=tensor.right, right=tensor.right, target=tensor.right)
    return Fit(Candidate(reading.array, tensor, None, "", site, given), scale, None, (cause,), 0.0, reading.layout)


def fit(given: SubmittedTensor, candidate: Candidate, tolerance: float) -> Iterator[Fit]:
    """The ways in which a submitted tensor has the candidate's numbers up to a scale, in the first layout that fits.

    Parameters
    ----------
    tolerance
        The largest ‖u − s·g‖ / ‖u‖.
    """
    for reading in _options(given, candidate):
        matched = _match(reading.array, candidate, tolerance)
        if matched is None:
            continue
        made, amount = matched
        if amount is not None and candidate.mistake and not candidate.mistake.plausible(amount):
            continue
        fitted = scaled(reading.array, made)
        if fitted is None or fitted[1] > tolerance or not _rounds(reading.array, fitted[0] * made, given.precision):
            continue
        scale, residual = fitted
        is_matched = isinstance(candidate.made, Matched)
        found: list[tuple[ScaleMistake, ...] | None] = [*causes(scale, candidate.site, SCALE_SLACK * tolerance)]
        few = np.unique(np.round(made / np.abs(made).max(), 9)).size < MIN_DISTINCT
        if candidate.mistake and candidate.mistake.any_scale:
            if not few:
                yield Fit(candidate, scale, scale, (), residual, reading.layout)
            return
        unexplained = [] if few or is_matched else [None]
        for factors in found or unexplained:
            if candidate.mistake or factors != ():
                fitting = replace(candidate, made=made) if is_matched else candidate
                yield Fit(fitting, scale, amount, factors, residual, reading.layout)
        return


def _options(given: SubmittedTensor, candidate: Candidate) -> Sequence[Reading]:
    """The ways to read a tensor as a candidate, laid out as in the trace; those of the exercise's layout first."""
    tensor = candidate.tensor
    if candidate.shape == tensor.right.shape:
        return given.readings
    if isinstance(candidate.made, Line | Matched):
        return ()
    shape = tensor.exchanged(candidate.made).shape
    axes = letters(tensor) if len(shape) == tensor.right.ndim else UNSUMMED.get(len(shape), "abcdefgh"[: len(shape)])
    found = readings(given.array, axes, shape)
    return [reading._replace(array=tensor.laid_out(reading.array)) for reading in found]


def _match(numbers: Array, candidate: Candidate, tolerance: float) -> tuple[Array, float | None] | None:
    """The candidate's numbers, with the amount that brings them closest to those submitted; None if none does."""
    made = candidate.made
    if isinstance(made, Line):
        line = _on_line(numbers, made.base, made.direction, tolerance)
        return None if line is None else (line[1], line[0])
    if isinstance(made, Matched):
        return made.nearest(numbers)
    return made, None


def _rounds(numbers: Array, made: Array, precision: Precision) -> bool:
    """Whether a candidate's numbers round to the submitted ones, where these were written with few digits."""
    if precision.digits is None:
        return True
    apart, slack = np.abs(numbers - made), FIT * float(np.abs(made).max())
    return any(bool((apart <= SCALE_SLACK * half + slack).all()) for half in precision.half_units(numbers))


def _on_line(numbers: Array, base: Array, direction: Array, tolerance: float) -> tuple[float, Array] | None:
    """The t for which base + t·direction is nearest to a multiple of the numbers, and that array."""
    if numbers.size < MIN_DISTINCT:  # too few to fit a scale as well
        amount = float((numbers - base).ravel() @ direction.ravel() / (direction.ravel() @ direction.ravel()))
        return None if numbers.size == 1 else (amount, base + amount * direction)
    pair = np.stack([base.reshape(-1), direction.reshape(-1)], axis=1)
    sizes = np.linalg.norm(pair, axis=0)
    if not (np.isfinite(sizes).all() and sizes.all()):
        return None
    parts, *_ = np.linalg.lstsq(pair / sizes, numbers.reshape(-1), rcond=None)
    size = float(np.linalg.norm(numbers))
    if min(abs(parts)) <= MIN_PART * tolerance * size:
        return None  # all base, or all direction: something else is wrong
    amount = float(parts[1] / sizes[1] / (parts[0] / sizes[0]))
    return amount, base + amount * direction
