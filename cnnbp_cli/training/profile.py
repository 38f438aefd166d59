"""Measure the time of a training step, layer by layer, and compare each layer with the peak speed of the machine.

A multiply-add is two floating-point operations. Only operations that the equations need are counted. For a layer l with
A_l multiply-adds in the forward pass of one image they are

    forward     2 A_l
    backward    2 A_l for the gradient of the weights, and 2 A_l for the input delta if an earlier layer learns

Extra operations of a fast implementation, such as those with the zeros of a Toeplitz block, are not counted. The peak
is the speed of a large matrix product on this machine, measured in the same run.

Source: Williams, Waterman, Patterson, Roofline, Communications of the ACM 52 (2009).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from math import prod
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.augmentation import Warp
from cnnbp_cli.config import Config
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Step, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.threads import Crew, blas_threads
from cnnbp_cli.numerics.timing import gemm_peak, in_turns, repeat
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper

SYNTHETIC_PIXELS = 60_000 * 28 * 28
"""Size of the synthetic data set: that of MNIST, so that gathering a batch misses the caches as often."""


@dataclass(frozen=True)
class Cost:
    """The cost of a part of a step, for the whole batch."""

    seconds: float
    flops: int = 0

    @property
    def rate(self) -> float:
        """Floating-point operations per second."""
        return self.flops / self.seconds


@dataclass(frozen=True)
class StepPart:
    """A part of a step: a layer, or work outside the layers.

    Attributes
    ----------
    name
        Name of the layer, or of the other part.
    does
        What it computes.
    forward, backward
        Cost of each pass; None if there is no such pass.
    """

    name: str
    does: str
    forward: Cost | None
    backward: Cost | None = None


@dataclass(frozen=True)
class Profile:
    """The cost of a training step, in parts and as a whole.

    Attributes
    ----------
    parts
        In the order of the forward pass, measured one after the other in one thread.
    step
        A whole step as `cnnbp train` runs it, where parts may overlap.
    peak
        Floating-point operations per second of a large float32 matrix product, with the same number of threads.
    """

    batch: int
    threads: int
    parts: tuple[StepPart, ...]
    step: Cost
    peak: float

    def total(self, way: str) -> Cost:
        """The sum over the parts of `forward` or `backward`."""
        costs = [cost for part in self.parts if (cost := getattr(part, way))]
        return Cost(sum(cost.seconds for cost in costs), sum(cost.flops for cost in costs))


def flops(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """The floating-point operations of each step for one image, forward and backward."""
    learns = [bool(step.layer.parameter_shapes(step.input_shape)) for step in steps]
    works = [2 * step.layer.multiply_adds(step.input_shape) for step in steps]
    return [(work, work * (own + any(learns[:i]))) for i, (own, work) in enumerate(zip(learns, works, strict=True))]


def training_flops(network: Network) -> int:
    """The floating-point operations of a training step for one image."""
    return sum(forward + backward for forward, backward in flops(network.steps))


def profile(config: Config, batch: int, threads: int, seconds: float = 2.0) -> Profile:
    """Measure training steps on synthetic images, whose values do not affect the time.

    Parameters
    ----------
    batch
        Images per step.
    threads
        Number of threads for the step as a whole; its parts are measured on one.
    seconds
        Approximate duration of the measurement.

    Raises
    ------
    CnnbpError
        The network's input does not have exactly one channel.
    """
    network = Network(config.input, config.layers, config.loss)
    images = _synthetic_images(network, batch)
    places = np.random.default_rng(1).integers(len(images), size=(64, batch))
    steps = fast_order(network.steps)
    state = State.new(config, network)
    numbers = count(1)
    between: list[NDArray[np.float64]] = []
    with Crew(threads) as crew:
        stepper = Stepper(network, config.train, state, crew)
        clocked = _clocked(config, network, steps, images, places)

        def step() -> None:
            number = next(numbers)
            stepper.step(images.at(places[number % len(places)]), config.train.optimizer.learning_rate, number)

        took, _ = in_turns((step, lambda: between.append(clocked(next(numbers)))), 0.7 * seconds)
        parts = (
            *_augmentation(config, images, places, 0.1 * seconds),
            *_parts(config, network, steps, batch, np.median(between, axis=0).tolist()),
        )
    whole = Cost(float(np.median(took)), batch * training_flops(network))
    with blas_threads(threads):
        return Profile(batch, threads, parts, whole, gemm_peak(0.2 * seconds))


def _clocked(
    config: Config, network: Network, steps: Sequence[Step], images: Images, places: NDArray[np.int64]
) -> Callable[[int], NDArray[np.float64]]:
    """A training step that returns the time of each of its parts, in order."""
    batch = places.shape[1]
    state = State.new(config, network)
    worker = Worker(network, steps, np.random.default_rng(0), training=True)  # training: with noise
    grads, optimizer = state.params.like(), config.train.optimizer
    x, scratch = np.empty((*network.input_shape, batch), np.float32), np.empty_like(grads.flat)
    readings: list[float] = []

    def read(*_: object) -> None:
        readings.append(perf_counter())

    def step(number: int) -> NDArray[np.float64]:
        readings.clear()
        some = places[number % len(places)]
        read()
        to_input(images.images[some], x)
        labels = images.labels[some]
        read()
        output = worker.forward(state.params, x, read)
        worker.loss(output, labels)
        read()
        delta = worker.loss_delta(1 / batch)
        worker.backward(state.params, delta, grads, observe=read)  # called before each layer
        read()
        grads.flat.fill(0)
        optimizer.update(state.params.flat, grads.flat, state.optimizer, optimizer.learning_rate, number, scratch)
        read()
        return np.diff(readings)

    return step


def _parts(
    config: Config, network: Network, steps: Sequence[Step], batch: int, seconds: Sequence[float]
) -> Iterator[StepPart]:
    """The parts of a `_clocked` step, from its times."""
    gather, *between, update = seconds
    forward, loss, loss_delta, backward = _split(between, len(steps))
    yield StepPart("batch", "gather, divide, transpose", Cost(gather))
    for step, ahead, back, (forward_work, backward_work) in zip(steps, forward, backward, flops(steps), strict=True):
        back_cost = Cost(back, batch * backward_work) if back else None
        yield StepPart(step.name, step.layer.label, Cost(ahead, batch * forward_work), back_cost)
    yield StepPart("loss", network.loss.name, Cost(loss), Cost(loss_delta))
    yield StepPart("update", str(config.train.optimizer.type), None, Cost(update))


def _augmentation(config: Config, images: Images, places: NDArray[np.int64], seconds: float) -> Iterator[StepPart]:
    """The augmentation, which `cnnbp train` runs in a helper process."""
    if config.data.augment:
        warp, rng, some = Warp(config.data.augment, *config.input[1:]), np.random.default_rng(0), images.at(places[0])
        took = float(np.median(repeat(lambda: warp(some.images, rng), seconds)))
        yield StepPart("augment", ", ".join(transform.type for transform in config.data.augment), Cost(took))


def _split(between: list[float], steps: int) -> tuple[list[float], float, float, list[float]]:
    """Forward times of the steps, time of the loss, of its delta, and backward times: 0 for steps without one."""
    backward = between[steps + 2 :][::-1]
    return between[:steps], between[steps], between[steps + 1], [0.0] * (steps - len(backward)) + backward


def _synthetic_images(network: Network, batch: int) -> Images:
    channels, *sides = network.input_shape
    rng = np.random.default_rng(0)
    n = max(batch, SYNTHETIC_PIXELS // prod(network.input_shape))
    return Images(
        rng.integers(256, size=(n, *(() if channels == 1 else (channels,)), *sides), dtype=np.uint8),
        rng.integers(min(256, network.output_shape[0]), size=n, dtype=np.uint8),
    )
