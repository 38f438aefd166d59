"""A worker: the two passes over a network, in memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import numpy as np

from cnnbp_cli.layers.base import Memory
from cnnbp_cli.network.network import Network, Step
from cnnbp_cli.network.parameters import Parameters
from cnnbp_cli.numerics.arrays import Array

QUIET = partial(np.errstate, over="ignore", under="ignore", invalid="ignore")
"""e^−z may overflow on its way to σ(z) = 0; and where training diverges, the loss tells, not a warning."""

Observer: TypeAlias = Callable[[Step, Array], None]
"""Is shown an array at a step: it must copy what it wants to keep."""


class Worker:
    """Computes a network's outputs and gradients, a batch at a time, in buffers that it reuses.

    Parameters
    ----------
    network
        What to compute.
    steps
        The steps, where they are not the network's own (see `plan`).
    rng
        The random numbers of noisy layers; None for passes without noise.
    training
        Whether layers that normalise go by the batch, as in training, or by what they have kept, as in evaluation.
    smoothing
        α of label smoothing, for the loss.
    """

    def __init__(
        self,
        network: Network,
        steps: Sequence[Step] | None = None,
        rng: np.random.Generator | None = None,
        *,
        training: bool = False,
        smoothing: float = 0.0,
    ) -> None:
        self.network = network
        self.steps = tuple(network.steps if steps is None else steps)
        self._memories = [Memory(rng, training=training) for _ in self.steps]
        self._loss_memory = Memory()
        self._smoothing = smoothing
        self._learning = [bool(step.layer.parameter_shapes(step.input_shape)) for step in self.steps]
        self._stateful = [
            (step, memory)
            for step, memory in zip(self.steps, self._memories, strict=True)
            if step.layer.state_shapes(step.input_shape)
        ]
        self._first = self._learning.index(True) if any(self._learning) else len(self.steps)

    def forward(self, params: Parameters, x: Array, observe: Observer | None = None, batches: int = 1) -> Array:
        """What the network hands to its loss, (classes, N), for images `x` (C, H, W, N).

        `observe` is shown each step's output. `x` may be several batches of one size, side by side.
        """
        with QUIET():
            for step, memory in zip(self.steps, self._memories, strict=True):
                memory.batches = batches
                x = step.layer.forward(params.of.get(step.name, {}), x, memory)
                if observe:
                    observe(step, x)
        return x

    def backward(
        self,
        params: Parameters,
        delta: Array,
        grads: Parameters,
        *,
        need_input: bool = False,
        observe: Observer | None = None,
    ) -> Array | None:
        """From ∂C/∂output of the last `forward` down the network; the parameters' gradients are added to `grads`.

        `observe` is shown ∂C/∂output of each step. Returns ∂C/∂x where `need_input`, else None: then the pass
        ends at the lowest layer that learns.
        """
        current: Array | None = delta
        lowest = 0 if need_input else self._first
        with QUIET():
            for index in range(len(self.steps) - 1, lowest - 1, -1):
                step = self.steps[index]
                assert current is not None
                if observe:
                    observe(step, current)
                current = step.layer.backward(
                    params.of.get(step.name, {}),
                    current,
                    self._memories[index],
                    grads.of.get(step.name, {}),
                    need_input=need_input or index > lowest,
                )
        return current if need_input else None

    def loss(self, output: Array, labels: Array) -> float:
        """The sum of the samples' costs."""
        with QUIET():
            return self.network.loss.forward(output, labels, self._loss_memory, self._smoothing)

    def loss_delta(self, scale: float) -> Array:
        """∂(scale · sum of costs)/∂output, of the last `loss`."""
        return self.network.loss.backward(self._loss_memory, scale)

    def add_gradients(
        self, params: Parameters, x: Array, labels: Array, grads: Parameters, scale: float | None = None
    ) -> float:
        """Both passes over one batch: adds ∂C/∂parameters to `grads` and returns the sum of the samples' costs.

        C is `scale` times that sum; without it, the mean over this batch. A worker in training adds what the layers'
        state follows, too.
        """
        cost = self.loss(self.forward(params, x), labels)
        self.backward(params, self.loss_delta(1 / labels.size if scale is None else scale), grads)
        for step, memory in self._stateful:
            if memory.training:
                step.layer.add_statistics(memory, grads.of[step.name])
        return cost
