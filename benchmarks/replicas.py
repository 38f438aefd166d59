"""Data parallelism: the batch is cut into parts, and each part's gradient is computed by a process of its own.

Threads do not serve here: a step of a small network is some sixty NumPy calls of a few microseconds, and two
threads spend more time handing the interpreter's lock to each other than they gain (`benchmarks/parallel.py`). A
replica is a second process with the same network. It shares memory with the trainer: the parameters, which only
the trainer changes; the part of the batch, as bytes; and the gradient that it hands back.

The parts of a batch, and the order in which their gradients are added, depend on nothing but the number of
parts: whoever computes a part, the sum is the same, bit for bit. So the trainer computes a replica's part itself
while that process is still starting, and goes on without it where it dies.

An experiment: `benchmarks/parallel.py` measures what it would bring; `cnnbp train` does not use it.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import signal
from dataclasses import dataclass
from math import prod
from multiprocessing.synchronize import Semaphore
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.network.parameters import size
from cnnbp_cli.numerics.arrays import Array, Shape
from cnnbp_cli.numerics.threads import limit_threads
from cnnbp_cli.training.parts import PartWorker

SPINS = 400
"""How often a signal is looked for before the process sleeps until it comes: some 100 µs, a step's own scale."""

PATIENCE = 1.0
"""Seconds after which who waits looks whether the other still lives."""

DTYPE = np.dtype(np.float32)

_CONTEXT = multiprocessing.get_context("spawn")  # the one way of starting that Linux, macOS and Windows share


@dataclass(frozen=True)
class Job:
    """What a replica needs to know once."""

    network: Network
    seed: int
    part: int
    capacity: int
    """The most images that its part of a batch holds."""
    image_shape: Shape
    """(H, W)."""


class Mailbox:
    """Memory that a trainer and a replica share, as arrays; it has no name in the file system.

    Attributes
    ----------
    order
        [step, images in the part], int64; a step of −1 means: stop.
    scale, cost
        float64, of one number each.
    images, labels
        (capacity, H, W) and (capacity,), uint8.
    grads
        The gradient that the replica hands back.
    """

    def __init__(self, job: Job, memory: Any = None) -> None:
        fields: list[tuple[Any, Shape]] = [
            (np.dtype(np.int64), (2,)),
            (np.dtype(np.float64), (1,)),
            (np.dtype(np.float64), (1,)),
            (np.dtype(np.uint8), (job.capacity, *job.image_shape)),
            (np.dtype(np.uint8), (job.capacity,)),
            (DTYPE, (_size(job.network),)),
        ]
        if memory is None:
            memory = _CONTEXT.RawArray(ctypes.c_uint8, sum(_aligned(dtype, shape) for dtype, shape in fields))
        self.memory = memory
        start = 0
        arrays: list[Array] = []
        for dtype, shape in fields:
            arrays.append(np.frombuffer(memory, dtype, prod(shape), start).reshape(shape))
            start += _aligned(dtype, shape)
        self.order, self.scale, self.cost, self.images, self.labels, whole = arrays
        self.grads = job.network.zeros(DTYPE, whole)


class Replica:
    """A process that computes one part of each batch.

    Parameters
    ----------
    job
        Its part.
    params
        The trainer's parameters, in memory from `shared_parameters`.
    memory
        That memory.
    """

    def __init__(self, job: Job, params: Parameters, memory: Any) -> None:
        self._box = Mailbox(job)
        self._go = _CONTEXT.Semaphore(0)
        self._done = _CONTEXT.Semaphore(0)
        self._params = params
        self._ready = False
        self._stand_in = PartWorker(job.network, job.seed, job.part)
        self._sent = False
        self._process = _CONTEXT.Process(
            target=_replica,
            args=(job, self._box.memory, memory, self._go, self._done),
            name=f"cnnbp-part-{job.part}",
            daemon=True,
        )
        self._process.start()

    def start(
        self,
        images: NDArray[np.uint8],
        places: NDArray[np.int64],
        labels: NDArray[np.uint8],
        step: int,
        scale: float,
    ) -> None:
        """Hand over the images at `places`; the replica begins."""
        box = self._box
        n = len(places)
        images.take(places, axis=0, out=box.images[:n], mode="clip")  # clip: without a buffered check
        labels.take(places, out=box.labels[:n], mode="clip")
        box.order[:] = step, n
        box.scale[0] = scale
        self._ready = self._ready or self._done.acquire(block=False)  # its first signal says that it is there
        self._sent = self._ready and self._process.is_alive()
        if self._sent:
            self._go.release()

    def finish(self) -> tuple[float, Parameters]:
        """The sum of the part's costs, and its gradient."""
        if not (self._sent and _wait(self._done, self._process.is_alive)):
            step, n = self._box.order
            self._box.cost[0] = self._stand_in.gradients(
                self._params,
                self._box.images[:n],
                self._box.labels[:n],
                self._box.grads,
                step=int(step),
                scale=float(self._box.scale[0]),
            )
        return float(self._box.cost[0]), self._box.grads

    def close(self) -> None:
        """End the process."""
        self._box.order[0] = -1
        self._go.release()
        self._process.join(PATIENCE)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def shared_parameters(network: Network) -> tuple[Parameters, Any]:
    """Parameters in memory that replicas can see, and that memory."""
    memory = _CONTEXT.RawArray(ctypes.c_uint8, max(_size(network), 1) * DTYPE.itemsize)
    return network.zeros(DTYPE, _vector(memory, _size(network))), memory


def _replica(job: Job, memory: Any, shared: Any, go: Semaphore, done: Semaphore) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the trainer decides
    limit_threads(1)
    box = Mailbox(job, memory)
    params = job.network.zeros(DTYPE, _vector(shared, _size(job.network)))
    worker = PartWorker(job.network, job.seed, job.part)
    parent = multiprocessing.parent_process()
    done.release()
    while _wait(go, lambda: parent is None or parent.is_alive()):
        step, n = box.order
        if step < 0:
            return
        box.cost[0] = worker.gradients(
            params, box.images[:n], box.labels[:n], box.grads, step=int(step), scale=float(box.scale[0])
        )
        done.release()


def _size(network: Network) -> int:
    """How many numbers its parameters and its state are."""
    return size(network.parameter_shapes() | network.state_shapes())


def _vector(memory: Any, n: int) -> Array:
    return np.frombuffer(memory, DTYPE, n)


def _wait(signal_: Semaphore, alive: Any) -> bool:
    """Wait for a signal; False where the other side died first."""
    for _ in range(SPINS):
        if signal_.acquire(block=False):
            return True
    while not signal_.acquire(timeout=PATIENCE):
        if not alive():
            return False
    return True


def _aligned(dtype: Any, shape: Shape) -> int:
    """Bytes of an array, rounded up to whole cache lines, so that no two arrays share one."""
    return -(-prod(shape) * dtype.itemsize // 64) * 64
