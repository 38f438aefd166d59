"""What is right: the tensors of a pass, the steps between them, and the errors that rounding leaves in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from cnnbp_cli.diagnosis.flattening import flattened
from cnnbp_cli.diagnosis.precision import DOUBLE
from cnnbp_cli.diagnosis.rounding import SAFETY, Rounding
from cnnbp_cli.diagnosis.shortlist import Shortlist
from cnnbp_cli.diagnosis.ties import TieRule, has_ties, with_rule
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Back, Tensor, chain, through_activation
from cnnbp_cli.gradients.trace import LayerTrace, Trace
from cnnbp_cli.numerics.arrays import Array, Shape


class Truth:
    """The right values of a pass, under one tie rule, and after one forward pass.

    Attributes
    ----------
    trace
        The pass.
    previous
        The pass of the batch before, if the exercise has one.
    tensors
        Deltas and gradients by name, in the order of the backward pass.
    rights
        The right value of each.
    back
        The right step to each.
    rounding
        The errors to expect.
    shortlists
        What each tensor would be with each mistake in its own step, if everything before it is right. The search adds
        them, and finds them again for the next submission.
    """

    def __init__(self, trace: Trace, previous: Trace | None = None) -> None:
        self.trace, self.previous = trace, previous
        self.tensors: dict[str, Tensor] = chain(trace)
        self.back = Back()
        self.rounding = Rounding(trace)
        self.rights: dict[str, Value] = {}
        for name, tensor in self.tensors.items():
            self.rights[name] = Value(tensor.right, self.rights[tensor.source.name] if tensor.source else None)
        self.shortlists: dict[str, Shortlist] = {}
        self._under: dict[TieRule, Truth] = {TieRule.FIRST: self}

    @property
    def batch(self) -> int:
        """N."""
        return int(self.trace.labels.size)

    @cached_property
    def flattened(self) -> dict[str, Shape]:
        """The tensors whose features are those of flattened maps, with the maps' shape."""
        return flattened(self.trace)

    @cached_property
    def has_ties(self) -> bool:
        """Whether tie rules differ on this exercise."""
        return any(has_ties(layer) for layer in self.trace.layers)

    def follows_ties(self, tensor: Tensor) -> bool:
        """Whether the tie rule matters to a tensor: whether it comes from a max pooling with ties."""
        if tensor.quantity == "grad_input" and has_ties(tensor.layer):
            return True
        return tensor.source is not None and self.follows_ties(tensor.source)

    def noise(self, tensor: Tensor, eps: float = DOUBLE) -> float:
        """Numbers of a tensor that are no larger are rounding errors of 0, where the calculation has this precision."""
        return SAFETY * eps * float(self.rounding.error(tensor, self.rights[tensor.name]).max(initial=0))

    def is_zero(self, tensor: Tensor) -> bool:
        """Whether a tensor's right value is 0, apart from rounding errors."""
        return float(np.abs(tensor.right).max(initial=0)) <= self.noise(tensor)

    def under(self, rule: TieRule) -> Truth:
        """The same pass with this tie rule in every max pooling."""
        if rule not in self._under:
            layers = [with_rule(layer, rule) for layer in self.trace.layers]
            self._under[rule] = Truth(propagated(self.trace, layers), self.previous)
        return self._under[rule]


def propagated(trace: Trace, layers: Sequence[LayerTrace]) -> Trace:
    """The backward pass over these layers: what went through them forward stays, every δ is computed again."""
    back, last = Back(), layers[-1]
    delta_a: Array | None = (last.a - trace.target) / trace.labels.size
    absorbed = last.delta_a is None
    renewed: list[LayerTrace] = []
    for layer in reversed(layers):
        assert delta_a is not None
        plain = layer.delta is layer.delta_a or (absorbed and layer is last)
        delta = delta_a if plain else through_activation(layer, delta_a)
        of = chain_of(layer, back, delta)
        renewed.append(
            replace(
                layer,
                delta_a=None if absorbed and layer is last else delta_a,
                delta=delta,
                grads={name: of[f"grad_{name}"] for name in layer.grads},
                grad_input=of["grad_input"],
            )
        )
        delta_a = of["grad_input"]
    return replace(trace, layers=tuple(reversed(renewed)))


def chain_of(layer: LayerTrace, back: Back, delta: Array) -> dict[str, Array]:
    """What follows from a layer's δ by its own step: its gradients, and the gradient of its input."""
    if layer.layer.identity or layer.grad_input is layer.delta:
        return {"grad_input": delta}
    if layer.layer.is_activation:
        return {"grad_input": through_activation(layer, delta)}
    tensor = Tensor(f"{layer.name}.grad_input", layer, "grad_input", layer.layer.type, None, np.empty(0))
    made = {"grad_input": back(tensor, delta)}
    for name in layer.grads:
        made[f"grad_{name}"] = back(replace(tensor, quantity=f"grad_{name}"), delta)
    return made
