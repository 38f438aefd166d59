"""Which conventions a submission follows, decided once from all its tensors.

A convention is taken up if more tensors agree under it than under the exercise's own: agree with the right value, or
with what follows by the right step from the nearest submitted tensor before. So a few mistakes do not hide it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np

from cnnbp_cli.diagnosis.common_factor import common_factor
from cnnbp_cli.diagnosis.conventions import Conventions
from cnnbp_cli.diagnosis.costs import EXERCISES_COST, SampleCost, other_costs
from cnnbp_cli.diagnosis.flattening import ORDERS, USUAL
from cnnbp_cli.diagnosis.layouts import letters
from cnnbp_cli.diagnosis.scales import scaled
from cnnbp_cli.diagnosis.submission import Submission, SubmittedTensor, under
from cnnbp_cli.diagnosis.ties import TieRule
from cnnbp_cli.diagnosis.truth import Truth
from cnnbp_cli.gradients.chain import Tensor
from cnnbp_cli.numerics.arrays import Array

CLOSE = 1e-5
"""The largest ‖u − v‖ / ‖v‖ at which a tensor votes for a convention. It needs no error model: the final verdicts have
one, and conventions are a factor, or an order of axes, apart."""

CLOSE_FACTOR = 1e-2
"""Factors of costs that are nearer are worth a try, even for numbers with few digits."""


def decide(truth: Truth, given: Submission) -> Conventions:
    """The conventions under which the most tensors agree; the exercise's own among equals."""
    plain = Conventions(orders=_orders(truth, given))
    mine = under(plain, truth, given)
    if all_agree(truth, mine):
        return plain
    plain = replace(plain, flatten=_flatten_order(truth, given, plain))
    mine = under(plain, truth, given)
    best, most = plain, len(agreeing(truth, mine))
    if most == len(mine):
        return best
    rules = tuple(TieRule) if truth.has_ties else (TieRule.FIRST,)
    for cost, per_sample, rule in product(_costs(truth, mine), (False, True), rules):
        tried = replace(plain, per_sample=per_sample, ties=rule, cost=cost)
        tied = truth.under(rule)
        mine = under(tried, tied, given)
        if (factor := common_factor(tied, mine, _values(tied, mine))) and not (per_sample and factor == truth.batch):
            tried = replace(tried, factor=factor)
            mine = under(tried, tied, given)
        names = agreeing(tied, mine)
        if per_sample and not any(not truth.tensors[name].batched for name in names):
            continue  # without a right gradient, too large deltas are too large
        if len(names) > most:
            best, most = tried, len(names)
    return best


def _orders(truth: Truth, mine: Submission) -> dict[str, str]:
    """The layout of each kind of tensor, where tensors that can be read in one way only agree on it.

    The one way is the only one that the shape allows, or the only one that gives the right values up to a factor.
    """
    votes: dict[str, set[str]] = {}
    for name, given in mine.items():
        tensor, orders = truth.tensors[name], {reading.order for reading in given.readings}
        if len(orders) > 1:
            orders = {
                reading.order
                for reading in given.readings
                if (fitted := scaled(reading.array, tensor.right)) and fitted[1] <= _tolerance(given.precision.written)
            }
        if len(orders) == 1:
            votes.setdefault(letters(tensor), set()).update(orders)
    return {axes: next(iter(orders)) for axes, orders in votes.items() if len(orders) == 1 and "" not in orders}


def _costs(truth: Truth, mine: Submission) -> Iterator[SampleCost]:
    """The exercise's cost, and those whose factor the first tensor of the backward pass has, with or without 1/N."""
    yield EXERCISES_COST
    first = next(iter(mine))
    scales = [fitted[0] for one in mine[first].readings if (fitted := scaled(one.array, truth.tensors[first].right))]
    for cost in other_costs(truth.trace):
        factors = (cost.factor, cost.factor * truth.batch)
        if any(abs(scale / factor - 1) <= CLOSE_FACTOR for scale in scales for factor in factors):
            yield cost


def _flatten_order(truth: Truth, given: Submission, plain: Conventions) -> str:
    """The order in which maps are flattened: another one only if all tensors with flattened maps agree on it.

    They may still have a factor. If one of them is in the usual order, the others are mistakes; those that are right in
    no order have another one.
    """
    names = given.keys() & truth.flattened.keys()
    for order in ORDERS if names else ():
        mine = under(replace(plain, flatten=order), truth, given)
        values = {name: found for name, found in _values(truth, mine) if name in names}
        for name in names:
            if (source := truth.tensors[name].source) and source.name in truth.flattened:
                del values[name][1:]  # what follows from another one is in its order, whichever that is
        fitting = {name for name in names if is_multiple(mine[name], values[name])}
        if fitting:
            return order
    return USUAL


def is_multiple(given: SubmittedTensor, values: Sequence[Array]) -> bool:
    """Whether a tensor is one of these values, up to a factor."""
    tolerance = _tolerance(given.precision.written)
    return any(
        one.array.shape == value.shape and (fitted := scaled(one.array, value)) is not None and fitted[1] <= tolerance
        for one in given.readings
        for value in values
    )


def agreeing(truth: Truth, mine: Submission) -> set[str]:
    """The tensors that are right, or follow from the nearest submitted ones before them."""
    return {name for name, values in _values(truth, mine) if _agrees(mine[name], values)}


def all_agree(truth: Truth, mine: Submission) -> bool:
    """Whether all tensors are, or do."""
    return all(_agrees(mine[name], values) for name, values in _values(truth, mine))


def _agrees(given: SubmittedTensor, values: Sequence[Array]) -> bool:
    tolerance = _tolerance(given.precision.written)
    return any(_close(reading.array, value, tolerance) for reading in given.readings for value in values)


def _values(truth: Truth, mine: Submission) -> Iterator[tuple[str, list[Array]]]:
    """The values that each submitted tensor may have: the right one, and what follows from submitted ones before."""
    followed: dict[str, Array | None] = {}

    def source(tensor: Tensor) -> Array | None:
        """The value from which later tensors follow, where it is not the right one."""
        given = mine.get(tensor.name)
        if given is not None:
            return given.readings[0].array if given.readings else None
        return follows(tensor)

    def follows(tensor: Tensor) -> Array | None:
        if tensor.name not in followed:
            above = source(tensor.source) if tensor.source else None
            followed[tensor.name] = None if above is None else truth.back(tensor, above)
        return followed[tensor.name]

    for name in mine:
        tensor = truth.tensors[name]
        own = follows(tensor)
        yield name, [tensor.right] if own is None else [tensor.right, own]


def _close(numbers: Array, value: Array, tolerance: float) -> bool:
    size = float(np.linalg.norm(value))
    return numbers.shape == value.shape and float(np.linalg.norm(numbers - value)) <= tolerance * size


def _tolerance(written: float) -> float:
    return max(CLOSE, 2 * written)
