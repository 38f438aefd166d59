"""Which of equally large cells gets the δ of a max pooling: each choice is a derivative, and each is in use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from cnnbp_cli.gradients.trace import LayerTrace
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.numerics.arrays import Array, Params


class TieRule(StrEnum):
    """What happens to δ where cells are tied."""

    FIRST = "δ goes to the first of them"
    LAST = "δ goes to the last of them"
    EACH = "δ goes to each of them"
    SHARED = "δ is shared among them"


def shares(cells: Array, rule: TieRule) -> Array:
    """The part of δ that each cell (M, …) of each window gets."""
    tied = cells == cells.max(axis=0)
    if rule is TieRule.EACH:
        return tied.astype(float)
    if rule is TieRule.SHARED:
        return tied / tied.sum(axis=0)
    winner = tied.argmax(axis=0) if rule is TieRule.FIRST else len(cells) - 1 - tied[::-1].argmax(axis=0)
    parts: Array = (np.arange(len(cells)).reshape(-1, *[1] * winner.ndim) == winner).astype(float)
    return parts


@dataclass(frozen=True, kw_only=True)
class TiedMaxPool2D(MaxPool2D):
    """Max pooling with another tie rule than the project's own."""

    rule: TieRule = TieRule.FIRST

    def forward(self, params: Params, x: Array, memory: Memory) -> Array:
        y = super().forward(params, x, memory).copy()
        memory.saved = x
        return y

    def backward(
        self, params: Params, delta: Array, memory: Memory, grads: Params, need_input: bool = True
    ) -> Array | None:
        dx = np.zeros_like(memory.saved)
        parts = shares(np.stack(self.cells(memory.saved)), self.rule)
        for cell, part in zip(self.cells(dx), parts, strict=True):
            cell += delta * part
        return dx


def rule_of(layer: object) -> TieRule:
    """The tie rule of a max pooling."""
    return layer.rule if isinstance(layer, TiedMaxPool2D) else TieRule.FIRST


def has_ties(layer: LayerTrace) -> bool:
    """Whether the rule matters: whether any window with a δ has more than one largest cell."""
    if not isinstance(layer.layer, MaxPool2D):
        return False
    cells = np.stack(layer.layer.cells(layer.input))
    return bool((((cells == cells.max(axis=0)).sum(axis=0) > 1) & (layer.delta != 0)).any())


def with_rule(layer: LayerTrace, rule: TieRule) -> LayerTrace:
    """The layer with this tie rule, if it is a max pooling; its deltas stay as they are."""
    kind = layer.layer
    if not isinstance(kind, MaxPool2D):
        return layer
    tied = TiedMaxPool2D(name=kind.name, pool_size=kind.pool_size, stride=kind.stride, rule=rule)
    return replace(layer, layer=tied)
