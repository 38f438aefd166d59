"""Of the mistakes that fit, those that the other tensors bear out.

A mistake in a tensor that was not handed in shows in every tensor that follows from it. One that is right by itself
speaks against it; one that has the numbers which follow from it speaks for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.precision import SAFETY
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.gradients.chain import Back, Tensor
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class Evidence:
    """What was handed in, to ask about mistakes in what was not.

    Attributes
    ----------
    tensors
        The exercise's.
    numbers
        What was handed in, by tensor, in every layout that it can be read in, as the trace has it.
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
        """How many tensors speak against a mistake in a tensor that was not handed in, and how many for it."""
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
        """What follows from the mistake in a tensor below it; None where something in between was handed in."""
        if tensor.source is None:
            return None
        if tensor.source.name == found.at:
            return self.back(tensor, found.made_there)
        above = None if tensor.source.name in self.numbers else self._predicted(found, tensor.source)
        return None if above is None else self.back(tensor, above)


def likeliest(found: Sequence[Fit], evidence: Evidence) -> list[Fit]:
    """The fits that nothing speaks against, the likeliest first, without those that a simpler one stands for.

    Of one mistake in one step, those with the fewest factors stay; of factors alone, the fewest that do, each blamed
    as far up as it can have been.
    """
    best = min((f.residual for f in found), default=0.0)
    found = [f for f in found if f.residual <= max(30 * best, 1e-12)]
    weights = {f: evidence.weigh(f) for f in found}
    found = [f for f in found if not weights[f][0]] or found
    fewest: dict[tuple[str, ...], int] = {}
    for f in found:
        fewest[_mistake(f)] = min(f.complexity, fewest.get(_mistake(f), f.complexity))
    kept: dict[tuple[tuple[str, ...], tuple[str, ...]], Fit] = {}
    for f in found:
        key = _mistake(f), tuple(factor.key for factor in f.factors or ())
        further_up = f.candidate.mistake is None and f.factors is not None  # the steps above come later
        if f.complexity == fewest[key[0]] and (further_up or key not in kept):
            kept[key] = f
    return sorted(kept.values(), key=lambda f: (-weights[f][1], f.complexity))


def _mistake(found: Fit) -> tuple[str, ...]:
    """What tells mistakes apart: their kind and place. Factors alone are one, wherever they came in."""
    mistake = found.candidate.mistake
    return (mistake.key, found.candidate.variant, found.at) if mistake else ()
