"""Costs that are as good as the exercise's: a constant times it, and so are all deltas and gradients."""

from __future__ import annotations

from typing import NamedTuple

from cnnbp_cli.gradients.trace import Trace


class SampleCost(NamedTuple):
    """A cost of a submission.

    Attributes
    ----------
    factor
        How many times as large it is as the exercise's.
    words
        What it is; empty for the exercise's own.
    """

    factor: float = 1.0
    words: str = ""


EXERCISES_COST = SampleCost()
"""The exercise's."""


def other_costs(trace: Trace) -> tuple[SampleCost, ...]:
    """The squared error without its ½, sums over the outputs as means, and both; none where a cost has no sum."""
    count = len(trace.target)
    mean = SampleCost(1 / count, f"the mean over the {count} outputs, not their sum")
    if trace.network.loss.name == "mse":
        squares = SampleCost(2.0, "without the ½: (a − y)², not ½ (a − y)²")
        both = SampleCost(2 / count, f"the mean of (a − y)² over the {count} outputs, not ½ of their sum")
        return tuple(cost for cost in (squares, mean, both) if cost.factor != 1)
    function = trace.layers[-1].layer.function
    return (mean,) if function is not None and function.name == "sigmoid" else ()
