"""What a tensor would have been under each known mistake, and which of these somebody's numbers are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np

from cnnbp_cli.gradients.chain import Back, Tensor, Value
from cnnbp_cli.gradients.exchange import Exercise
from cnnbp_cli.gradients.layouts import letters, readings
from cnnbp_cli.gradients.mistakes import MISTAKES, Line, Made, Mistake, Site
from cnnbp_cli.gradients.mistakes.base import Above
from cnnbp_cli.gradients.mistakes.factors import Factor, causes
from cnnbp_cli.numerics.arrays import Array, Shape

FIT = 1e-6
"""‖u − s·g‖ / ‖u‖ at which u is s·g: what float32 leaves of a calculation, however it is written down. Different
mistakes lie far more than this apart."""

UNSUMMED = {2: "NF", 3: "KHW", 4: "NCHW"}
"""The axes of a gradient that has others than its parameter, by how many there are."""

MANY = 10
"""The complexity of a scale without a cause."""

FEW = 3
"""With no more different numbers than this, one factor fits too many things: it must have a cause."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """What a tensor would have been with one mistake in one step.

    Attributes
    ----------
    made
        The numbers, of `tensor`.
    tensor
        Whose numbers they are.
    mistake, variant
        The mistake, and which of its kinds; no mistake where only a factor may be wrong.
    site
        Where it was made: in the step to the tensor, or in one above.
    given
        The origin of the value that the step started from.
    there
        The numbers where the mistake was made, if these are what followed in another tensor.
    """

    made: Made
    tensor: Tensor
    mistake: Mistake | None
    variant: str
    site: Site
    given: str | None
    there: Made | None = None

    @property
    def shape(self) -> Shape:
        return self.made.base.shape if isinstance(self.made, Line) else self.made.shape

    def sent_on(self, tensor: Tensor, back: Back) -> Candidate:
        """What the right step makes of it in a tensor that it is the source of."""
        made = self.made
        if isinstance(made, Line):
            made = Line(back(tensor, made.base), back(tensor, made.direction))
        else:
            made = back(tensor, made)
        return replace(self, made=made, tensor=tensor, there=self.made if self.there is None else self.there)

    @property
    def changes_nothing(self) -> bool:
        """Whether there is a mistake, but its numbers are the right ones but for a factor."""
        return self.mistake is not None and _only_scaled(self.made, self.tensor.right)


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
    factors: tuple[Factor, ...] | None
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
    def causes(self) -> tuple[Mistake | Factor, ...]:
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


def sites(
    exercise: Exercise, tensor: Tensor, value: Value | None, back: Back, given: Mapping[str, Array]
) -> Iterator[Site]:
    """The steps that make a tensor from this value of its source: one, and for a quadratic output two.

    Parameters
    ----------
    value
        None for the output's delta.
    given
        What somebody gave of the exercise's tensors, laid out as in the trace.
    """
    layer, tensors = tensor.layer, exercise.tensors
    layers = exercise.trace.layers
    index = layers.index(layer)
    activated = layer.delta_a is not None and layer.delta_a is not layer.delta
    if value is None:
        delta_a = layer.delta_a if activated else None
        outputs = delta_a if delta_a is not None else layer.delta
        for rule in ("output", "activation") if activated else ("output",):
            yield Site(
                tensor=tensor,
                rule=rule,
                source=outputs,
                right=tensor.right,
                target=exercise.trace.target,
                delta_a=delta_a,
            )
        return
    assert tensor.source is not None
    above = weight_gradient = delta_a = None
    if tensor.rule == "activation" and tensor.quantity == "delta":
        upper = tensors[f"{layers[index + 1].name}.delta"]
        above = Above(upper.layer.layer, upper.layer.a, value.above.array if value.above else upper.right)
    weights = tensors.get(f"{layer.name}.grad_weight")
    if tensor.quantity == "grad_input" and weights is not None:
        weight_gradient = given[weights.name] if weights.name in given else back(weights, value.array)
    if activated and tensor.quantity != "delta":
        delta_a = layer.delta_a
        if index + 1 < len(layers):
            delta_a = given.get(f"{layers[index + 1].name}.grad_input", delta_a)
    previous = None
    if exercise.previous and not tensor.batched:
        previous = exercise.previous.layers[index].grads[tensor.quantity.removeprefix("grad_")]
    yield Site(
        tensor=tensor,
        rule=tensor.rule,
        source=value.array,
        right=tensor.right if value.origin is None else back(tensor, value.array),
        target=exercise.trace.target,
        above=above,
        below=layers[index - 1] if index else None,
        delta_a=delta_a,
        weight_gradient=weight_gradient,
        previous=previous,
    )


def candidates(site: Site, given: str | None) -> Iterator[Candidate]:
    """The right numbers, for a factor to be on, and those of each mistake that changes them."""
    if site.rule == site.tensor.rule:
        yield Candidate(site.right, site.tensor, None, "", site, given)
    for mistake in MISTAKES:
        if mistake.concerns(site.rule, site.tensor.quantity):
            with np.errstate(all="ignore"):  # what a mistake makes need not be finite
                made = mistake.make(site)
            kinds = made if isinstance(made, Mapping) else {"": made}
            for variant, numbers in kinds.items():
                if numbers is not None and not _only_scaled(numbers, site.right):
                    yield Candidate(numbers, site.tensor, mistake, variant, site, given)


def _only_scaled(made: Made, right: Array) -> bool:
    """Whether the mistake changes nothing here but, perhaps, a factor, or leaves no numbers but rounding errors."""
    least = FIT * float(np.linalg.norm(right))
    size = float(np.linalg.norm(made.direction if isinstance(made, Line) else made))
    if not isfinite(size) or size <= least:
        return True
    fitted = None if isinstance(made, Line) or made.shape != right.shape else scaled(right, made)
    return fitted is not None and fitted[1] <= FIT


def scaled(numbers: Array, made: Array) -> tuple[float, float] | None:
    """The s that brings s·made next to the numbers, and ‖numbers − s·made‖ / ‖numbers‖; None where either is 0."""
    u, g = numbers.reshape(-1), made.reshape(-1)
    size, own = float(np.linalg.norm(u)), float(np.linalg.norm(g))
    if not (size > 0 and own > 0 and isfinite(size) and isfinite(own)):
        return None
    scale = float(u / size @ (g / own)) * size / own
    return scale, float(np.linalg.norm(u - scale * g)) / size


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
            found: list[tuple[Factor, ...] | None] = [*causes(scale, candidate.site, 2 * tolerance)]
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
