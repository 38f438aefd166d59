"""Of the mistakes that fit, those that agree with the other tensors.

A mistake in a tensor that was not submitted shows in every tensor that follows from it: a tensor that is right by
itself is evidence against the mistake, one with the numbers that follow from it is evidence for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.rounding import SAFETY
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class Evidence:
    """The submitted tensors, as evidence about mistakes in the others.

    Attributes
    ----------
    tensors
        The exercise's.
    numbers
        The submitted tensors in every layout that they can be read in, as the trace has them.
    right
        The tensors that are right by themselves.
    back
        The right steps.
    """

    tensors: Mapping[str, Tensor]
    numbers: Mapping[str, Sequence[Array]]
    right: Collection[str]
    back: Back

    def weigh(self, found: Fit) -> tuple[int, int]:
        """How many tensors are evidence against a mistake in a tensor that was not submitted, and how many for it."""
        against = supporting = 0
        if found.at not in self.numbers:
            for name in self.numbers:
                expected = self._predicted(found, self.tensors[name])
                if expected is not None:
                    size = SAFETY * FIT * float(np.linalg.norm(expected))
                    if any(np.linalg.norm(numbers - expected) <= size for numbers in self.numbers[name]):
                        supporting += 1
                    elif name in self.right:
                        against += 1
        return against, supporting

    def _predicted(self, found: Fit, tensor: Tensor) -> Array | None:
        """What follows from the mistake in a later tensor; None if something in between was submitted."""
        if tensor.source is None:
            return None
        if tensor.source.name == found.at:
            return self.back(tensor, found.made_there)
        above = None if tensor.source.name in self.numbers else self._predicted(found, tensor.source)
        return None if above is None else self.back(tensor, above)


RESIDUAL_SPREAD = 30
"""Right explanations of one rounded tensor have residuals within this factor; a near miss is further away."""

EXACT_FIT = 1e-12
"""A residual that float64 rounding leaves of an exact explanation."""


def likeliest(found: Sequence[Fit], evidence: Evidence) -> list[Fit]:
    """The fits without evidence against them, most likely first, and only the simplest of each kind.

    Of one mistake in one step, those with the fewest factors remain; of factors alone, the fewest that suffice, each
    reported as early in the backward pass as possible.
    """
    found = [f for f in found if f.causes] or found  # a factor without a cause explains less than any mistake
    found = [f for f in found if not (f.candidate.mistake and f.candidate.mistake.fallback)] or found
    best = min((f.residual for f in found), default=0.0)
    found = [f for f in found if f.residual <= max(RESIDUAL_SPREAD * best, EXACT_FIT)]
    weights = {f: evidence.weigh(f) for f in found}
    found = [f for f in found if not weights[f][0]] or found
    fewest: dict[tuple[str, ...], int] = {}
    for f in found:
        fewest[_mistake(f)] = min(f.complexity, fewest.get(_mistake(f), f.complexity))
    kept: dict[tuple[tuple[str, ...], tuple[str, ...]], Fit] = {}
    for f in found:
        key = _mistake(f), tuple(factor.key for factor in f.factors or ())
        earlier = f.candidate.mistake is None and f.factors is not None  # candidates of earlier steps come later
        if f.complexity == fewest[key[0]] and (earlier or key not in kept):
            kept[key] = f
    return sorted(kept.values(), key=lambda f: (-weights[f][1], f.complexity))


def _mistake(found: Fit) -> tuple[str, ...]:
    """What distinguishes mistakes: kind and place. Factors alone count as one, wherever they came in."""
    mistake = found.candidate.mistake
    return (mistake.key, found.candidate.variant, found.at) if mistake else ()
