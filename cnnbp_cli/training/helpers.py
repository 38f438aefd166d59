"""Helper processes of a training run: each computes its share of the blocks of every batch.

The weights, the images of the batch and the sums of gradients are in memory that all processes share. Everything else,
a few numbers per step, is sent through channels.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from time import perf_counter
from types import TracebackType
from typing import Any

import numpy as np

from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.network.blocks import cut, sums
from cnnbp_cli.network.parameters import size
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.processes import Channel, Helper, shared_zeros
from cnnbp_cli.training.blocks import Batch, Blocks

WATCHED_STEPS = 8
"""Steps after which the time spent waiting for helpers is judged."""

LONGEST_WAIT = 5.0
"""The longest wait that is counted in one step, relative to what the helpers save in it: one pause of any length in
WATCHED_STEPS is no reason to rest."""

REST_SECONDS = 0.25, 4.0
"""How long the caller works alone after waiting for helpers cost more than it saved: at first, and at most. The time
doubles with each attempt that fails."""


class Pace:
    """Notices when helpers slow a training down, because other programs use the cores that they need.

    A step takes as long as its slowest process. On a busy machine, a helper that has gone to sleep may wait for a core
    for milliseconds, which is longer than a small step. Who computes a block changes no bit of the result, so the
    caller can stop asking the helpers, and ask them again later, at any time.
    """

    def __init__(self) -> None:
        self._waited = self._saved = 0.0
        self._steps = 0
        self._until = 0.0
        self._rest = REST_SECONDS[0]

    @property
    def resting(self) -> bool:
        """Whether the caller should work alone for now."""
        return perf_counter() < self._until

    def record(self, worked: float, waited: float, processes: int) -> None:
        """Count a step: the seconds that the caller worked on its own share, and waited for the others."""
        saved = (processes - 1) * worked  # what the others' shares would have taken
        self._steps += 1
        self._saved += saved
        self._waited += min(waited, LONGEST_WAIT * saved)
        if self._steps == WATCHED_STEPS:
            if self._waited > self._saved:
                self._until = perf_counter() + self._rest
                self._rest = min(2 * self._rest, REST_SECONDS[1])
            else:
                self._rest = REST_SECONDS[0]
            self._steps, self._waited, self._saved = 0, 0.0, 0.0


class Helpers:
    """Helper processes, started at once, for use in a `with`, at whose end they exit.

    There are fewer than asked for, or none, if the system allows no more processes; the caller then has a larger share.

    Parameters
    ----------
    network
        Of the run.
    blocks
        Computes the blocks; each process has its own copy.
    batch_size
        The maximum number of images of a batch.
    count
        How many helpers.

    Attributes
    ----------
    sums
        The sums of gradients except the first one, which is the caller's. Sum s is computed by process s modulo the
        number of processes; the caller is process 0.
    """

    def __init__(self, network: Network, blocks: Blocks, batch_size: int, count: int) -> None:
        self._params = _shared(network)
        self.sums = [_shared(network) for _ in range(1, sums(network, len(cut(network, batch_size))))]
        one = network.input_shape[1:] if network.input_shape[0] == 1 else network.input_shape
        self._images = shared_zeros((batch_size, *one), np.uint8)
        self._labels = shared_zeros(batch_size, np.int64)
        self._helpers: list[Helper] = []
        self._asked: list[Helper] = []
        self._pace, self._waited = Pace(), 0.0
        with suppress(OSError):
            for number in range(1, count + 1):
                self._helpers.append(Helper(partial(self._serve, blocks, number)))

    def __enter__(self) -> Helpers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop the helpers; from now on, the caller's share is everything."""
        while self._helpers:
            self._helpers.pop().close()

    def fit(self, batch: Batch) -> bool:
        """Whether the shared memory is right for this batch, and helpers make it faster."""
        return (
            not self._pace.resting
            and len(batch.images) <= len(self._images)
            and batch.images.shape[1:] == self._images.shape[1:]
            and batch.params.whole.dtype == self._params.whole.dtype
        )

    @contextmanager
    def sharing(self, batch: Batch, count: int) -> Iterator[slice]:
        """Starts the helpers on a batch with `count` sums of gradients; gives the caller's share of these sums.

        After an error the helpers are closed, because they may be anywhere in their passes.
        """
        processes = min(1 + len(self._helpers), count)
        self._asked = self._helpers[: processes - 1]
        images = len(batch.images)
        began, self._waited = perf_counter(), 0.0
        try:
            if self._asked:
                np.copyto(self._params.whole, batch.params.whole)
                np.copyto(self._images[:images], batch.images)
                np.copyto(self._labels[:images], batch.labels)
                self.send((images, batch.step, batch.scale, processes))
            yield slice(0, None, processes)
        except BaseException:
            self.close()
            raise
        if self._asked:
            self._pace.record(perf_counter() - began - self._waited, self._waited, processes)

    def send(self, message: Any) -> None:
        """Send a message to all helpers that work on this batch."""
        for helper in self._asked:
            helper.channel.send(message)

    def collect(self) -> dict[int, Any]:
        """Wait until all of them are at the next pause, or at the end; returns what they have there, by block."""
        found: dict[int, Any] = {}
        began = perf_counter()
        for helper in self._asked:
            found |= helper.channel.receive()
        self._waited += perf_counter() - began
        return found

    def _serve(self, blocks: Blocks, number: int, channel: Channel) -> None:
        """The work of helper `number`, until its channel closes."""
        while True:
            images, step, scale, processes = channel.receive()
            batch = Batch(self._params, self._images[:images], self._labels[:images], step, scale)
            unused = self.sums[0]  # stands for the caller's sum, to which no helper adds
            rounds = blocks.rounds(batch, [unused, *self.sums], slice(number, None, processes))
            rounds.run()
            while not rounds.results:
                channel.send(rounds.measured)
                rounds.run(channel.receive())
            channel.send(rounds.results)


def _shared(network: Network) -> Parameters:
    shapes, state_shapes = network.parameter_shapes(), network.state_shapes()
    whole: Array = shared_zeros(size(shapes) + size(state_shapes), np.float32)
    return Parameters(shapes, np.float32, whole, state_shapes)
