"""A worker: the two passes over a network, in memory of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from functools import partial
from typing import Generic, NamedTuple, TypeAlias, TypeVar

import numpy as np

from cnnbp_cli.layers.base import Memory
from cnnbp_cli.network.network import Network, Step
from cnnbp_cli.network.parameters import Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.threads import Crew

QUIET = partial(np.errstate, over="ignore", under="ignore", invalid="ignore")
"""e^−z may overflow on its way to σ(z) = 0; and if training diverges, the loss shows it, not a warning."""

T = TypeVar("T")


class Pause(NamedTuple):
    """A block's passes have come to a layer that mixes samples, and wait for what the whole batch has there.

    Attributes
    ----------
    measured
        What this block has.
    merge
        Makes of all blocks' what the pass is to be sent.
    """

    measured: Array
    merge: Callable[[Sequence[Array]], Array]


Passes: TypeAlias = Generator[Pause, Array, T]
"""Passes over one block of a batch: they pause at each layer that mixes samples, and return a result."""

Observer: TypeAlias = Callable[[Step, Array], None]
"""Called with a step and its array, which is reused later: copy what you keep."""


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
        Whether layers normalise by the batch, as in training, or by their running statistics, as in evaluation.
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
        """The network's output as its loss takes it, (classes, N), for images `x` (C, H, W, N).

        `observe` is shown each step's output. `x` may be several batches of one size, side by side.
        """
        return alone(self._forward(params, x, observe, batches))

    def backward(
        self,
        params: Parameters,
        delta: Array,
        grads: Parameters,
        *,
        need_input: bool = False,
        observe: Observer | None = None,
    ) -> Array | None:
        """The backward pass from ∂C/∂output of the last `forward`; the parameters' gradients are added to `grads`.

        `observe` is called with ∂C/∂output of each step. Returns ∂C/∂x where `need_input`, else None: then the pass
        ends at the first layer that learns.
        """
        return alone(self._backward(params, delta, grads, need_input, observe))

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
        return alone(self.block_gradients(params, x, labels, grads, 1 / labels.size if scale is None else scale))

    def block_gradients(
        self, params: Parameters, x: Array, labels: Array, grads: Parameters, scale: float
    ) -> Passes[float]:
        """The passes of `add_gradients` over one block of a batch, which pause where the whole batch is needed."""
        output = yield from self._forward(params, x)
        cost = self.loss(output, labels)
        yield from self._backward(params, self.loss_delta(scale), grads)
        for step, memory in self._stateful:
            if memory.training:
                step.layer.add_statistics(memory, grads.of[step.name])
        return cost

    def _forward(
        self, params: Parameters, x: Array, observe: Observer | None = None, batches: int = 1
    ) -> Passes[Array]:
        for step, memory in zip(self.steps, self._memories, strict=True):
            memory.batches = batches
            if step.layer.mixes and memory.training:
                memory.merged = yield Pause(step.layer.measure(x, memory), step.layer.merge)
            x = step.layer.forward(params.of.get(step.name, {}), x, memory)
            if observe:
                observe(step, x)
        return x

    def _backward(
        self,
        params: Parameters,
        delta: Array,
        grads: Parameters,
        need_input: bool = False,
        observe: Observer | None = None,
    ) -> Passes[Array | None]:
        current: Array | None = delta
        lowest = 0 if need_input else self._first
        for index in range(len(self.steps) - 1, lowest - 1, -1):
            step, memory = self.steps[index], self._memories[index]
            assert current is not None
            if observe:
                observe(step, current)
            if step.layer.mixes and memory.training:
                memory.merged = yield Pause(step.layer.measure_delta(current, memory), add_in_order)
            current = step.layer.backward(
                params.of.get(step.name, {}),
                current,
                memory,
                grads.of.get(step.name, {}),
                need_input=need_input or index > lowest,
            )
        return current if need_input else None


def add_in_order(blocks: Sequence[Array]) -> Array:
    """Their sum, always in the same order."""
    total = blocks[0]
    for block in blocks[1:]:
        total = total + block
    return total


def alone(passes: Passes[T]) -> T:
    """Runs passes over a batch that is one block."""
    with QUIET():
        try:
            pause = next(passes)
            while True:
                pause = passes.send(pause.merge([pause.measured]))
        except StopIteration as end:
            result: T = end.value
            return result


class Rounds(Generic[T]):
    """Passes over blocks of one batch, side by side: each `run` takes them to their next pause, or to their end.

    Parameters
    ----------
    passes
        By the number of their block.
    groups
        Which blocks have to be computed one after the other; the groups are computed at the same time.
    crew
        The threads that compute them; None for the caller's own.

    Attributes
    ----------
    pauses
        Where the passes wait, by block.
    results
        What they have returned, by block; empty before their end.
    """

    def __init__(self, passes: Mapping[int, Passes[T]], groups: Sequence[range], crew: Crew | None = None) -> None:
        self._passes, self._groups, self._crew = passes, groups, crew
        self.pauses: dict[int, Pause] = {}
        self.results: dict[int, T] = {}

    @property
    def measured(self) -> dict[int, Array]:
        """What each block has where it waits."""
        return {block: pause.measured for block, pause in self.pauses.items()}

    def run(self, merged: Array | None = None) -> None:
        """Starts the passes, or goes on with what the whole batch has where they wait."""
        calls = [partial(self._go_on, group, merged) for group in self._groups]
        if self._crew:
            self._crew.run(calls)
        else:
            for call in calls:
                call()

    def _go_on(self, group: range, merged: Array | None) -> None:
        with QUIET():
            for block in group:
                try:
                    self.pauses[block] = self._passes[block].send(merged)  # type: ignore[arg-type]
                except StopIteration as end:
                    self.results[block] = end.value
