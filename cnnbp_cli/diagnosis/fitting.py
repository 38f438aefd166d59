"""Which of the things that a tensor would have been somebody's numbers are, but for a factor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cnnbp_cli.diagnosis.candidates import Candidate
from cnnbp_cli.diagnosis.layouts import letters, readings
from cnnbp_cli.diagnosis.mistakes import Cause, Line
from cnnbp_cli.diagnosis.mistakes.factors import ScaleMistake, causes
from cnnbp_cli.diagnosis.scales import scaled
from cnnbp_cli.numerics.arrays import Array

UNSUMMED = {2: "NF", 3: "KHW", 4: "NCHW"}
"""The axes of a gradient that has others than its parameter, by how many there are."""

MANY = 10
"""The complexity of a scale without a cause."""

FEW = 3
"""With no more different numbers than this, one factor fits too many things: it must have a cause."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A candidate that somebody's numbers are, but for a scale.

    Attributes
    ----------
    candidate
        The numbers that fit.
    scale
        s of u = s·g.
    amount
        t of g = base + t·direction, where the mistake has an amount.
    factors
        The causes whose factors make the scale, none for s = 1; None where no known causes have this product.
    residual
        ‖u − s·g‖ / ‖u‖.
    layout
        How the numbers were laid out.
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
        if isinstance(made, Line):
            made = made.base + (self.amount or 0.0) * made.direction
        return self.scale * made

    @property
    def causes(self) -> tuple[Cause, ...]:
        """What went wrong: the mistake, and what made the factors."""
        mistake = self.candidate.mistake
        return (*((mistake,) if mistake else ()), *(self.factors or ()))

    @property
    def complexity(self) -> int:
        """How much has to be assumed: one for each factor, and more for a scale without a cause."""
        return MANY if self.factors is None else len(self.factors)

    @property
    def is_convention(self) -> bool:
        mistake = self.candidate.mistake
        return mistake is not None and mistake.convention and self.factors == ()

    @property
    def if_harmless(self) -> str | None:
        """What the tensor is, if what follows from it is right all the same."""
        return self.causes[0].if_harmless if len(self.causes) == 1 and self.factors is not None else None

    @property
    def title(self) -> str:
        """What that tensor is, in words to be put behind "… is"."""
        mistake = self.candidate.mistake
        words = [mistake.title.format(self.candidate.variant) if mistake else "the right one"]
        if self.amount is not None and mistake and mistake.amount:
            words[0] += f" ({mistake.amount.format(f'{self.amount:.4g}')})"
        if self.factors is None:
            words.append(f"times {self.scale:.4g}")
        words += [factor.title.format(f"{factor.of(self.candidate.site):g}") for factor in self.factors or ()]
        return ", ".join(words)


def fit(given: Array, candidate: Candidate, tolerance: float) -> Iterator[Fit]:
    """The ways in which somebody's array, however it is laid out, is the candidate's numbers but for a scale.

    Parameters
    ----------
    given
        The array as it was handed in.
    tolerance
        The largest ‖u − s·g‖ / ‖u‖.
    """
    tensor, made = candidate.tensor, candidate.made
    base, direction = made if isinstance(made, Line) else (made, None)
    shown = tensor.exchanged(base)
    axes = letters(tensor) if shown.ndim == tensor.right.ndim else UNSUMMED.get(shown.ndim, "abcdefgh"[: shown.ndim])
    options = list(readings(given, axes, shown.shape))
    if given.shape == shown.shape:
        del options[1:]  # another layout of the same shape, and a mistake on top, would be two guesses
    for reading in options:
        amount = None
        if direction is not None:
            line = _on_line(reading.array, shown, tensor.exchanged(direction), tolerance)
            if line is None:
                continue
            amount, shown = line
        fitted = scaled(reading.array, shown)
        if fitted is not None and fitted[1] <= tolerance:
            scale, residual = fitted
            found: list[tuple[ScaleMistake, ...] | None] = [*causes(scale, candidate.site, 2 * tolerance)]
            few = np.unique(np.round(shown / np.abs(shown).max(), 9)).size <= FEW
            for factors in found or ([] if few else [None]):
                if candidate.mistake or factors != ():
                    yield Fit(candidate, scale, amount, factors, residual, reading.layout)
            return


def _on_line(numbers: Array, base: Array, direction: Array, tolerance: float) -> tuple[float, Array] | None:
    """The t for which base + t·direction is nearest to a multiple of the numbers, and that array."""
    if numbers.size <= FEW:
        return 1.0, base + direction  # too few numbers to fit an amount to
    pair = np.stack([base.reshape(-1), direction.reshape(-1)], axis=1)
    sizes = np.linalg.norm(pair, axis=0)
    parts, *_ = np.linalg.lstsq(pair / sizes, numbers.reshape(-1), rcond=None)
    size = float(np.linalg.norm(numbers))
    if min(abs(parts)) <= 10 * tolerance * size:
        return None  # all base, or all direction: something else is wrong
    amount = float(parts[1] / sizes[1] / (parts[0] / sizes[0]))
    return amount, base + amount * direction
