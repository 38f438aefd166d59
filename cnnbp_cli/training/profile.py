"""Where the time of a training step goes, layer by layer, and how near to the machine's limit each layer comes.

A multiply-add is two floating-point operations. Counted are those that the equations need, for a network with
A_l multiply-adds in layer l of one image's forward pass:

    forward     2 A_l
    backward    2 A_l for the weights' gradient, and 2 A_l for the input's delta where a layer below learns

What a fast path adds (zeros of a Toeplitz block, say) is not counted: it is a way to do the work, not the work.
The limit is the rate of a large matrix product on this machine, measured here.

Source of the measure: Williams, Waterman, Patterson, Roofline, Communications of the ACM 52 (2009).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.augmentation import Warp
from cnnbp_cli.config import Config
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import CLASSES, Images, check_input
from cnnbp_cli.network import Network, Step, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.timing import gemm_peak, in_turns, repeat
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper

PIXELS = 60_000 * 28 * 28
"""How much of a data set is made up: as much as MNIST has, so that gathering a batch costs what it does there."""


@dataclass(frozen=True)
class Cost:
    """What a part of a step costs for the whole batch."""

    seconds: float
    flops: int = 0

    @property
    def rate(self) -> float:
        """Floating-point operations a second."""
        return self.flops / self.seconds


@dataclass(frozen=True)
class StepPart:
    """A part of a step: a layer, or what is done around the layers.

    Attributes
    ----------
    name
        Of the layer in the config; of another part, what it is.
    does
        What is computed.
    forward, backward
        What its two passes cost; None where there is no such pass.
    """

    name: str
    does: str
    forward: Cost | None
    backward: Cost | None = None


@dataclass(frozen=True)
class Profile:
    """A step in parts, and as a whole.

    Attributes
    ----------
    parts
        In the order of the forward pass, measured one after the other by one worker.
    step
        A step as `cnnbp train` does it, where parts may run at the same time.
    peak
        Floating-point operations a second of a large product of float32 matrices, on as many threads.
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
    """The operations of each step that one image needs, forward and backward."""
    learns = [bool(step.layer.parameter_shapes(step.input_shape)) for step in steps]
    works = [2 * step.layer.multiply_adds(step.input_shape) for step in steps]
    return [(work, work * (own + any(learns[:i]))) for i, (own, work) in enumerate(zip(learns, works, strict=True))]


def training_flops(network: Network) -> int:
    """The operations that a training step needs for one image."""
    return sum(forward + backward for forward, backward in flops(network.steps))


def profile(config: Config, batch: int, threads: int, seconds: float = 2.0) -> Profile:
    """Measures training steps on made-up images: their values do not matter to the time.

    Parameters
    ----------
    batch
        Images in a step.
    threads
        What `limit_threads` returned.
    seconds
        About how long it may take.

    Raises
    ------
    CnnbpError
        The network's input is not what images of a data set are: one channel.
    """
    network = Network(config.input, config.layers, config.loss)
    images = _made_up(network, batch)
    places = np.random.default_rng(1).integers(len(images), size=(64, batch))
    steps = fast_order(network.steps)
    state = State.new(config, network)
    stepper = Stepper(network, config.train, state)
    clocked = _clocked(config, network, steps, images, places)
    numbers = count(1)
    between: list[NDArray[np.float64]] = []

    def step() -> None:
        number = next(numbers)
        stepper.step(images.at(places[number % len(places)]), config.train.optimizer.learning_rate, number)

    took, _ = in_turns((step, lambda: between.append(clocked(next(numbers)))), 0.7 * seconds)
    parts = (
        *_augmentation(config, images, places, 0.1 * seconds),
        *_parts(config, network, steps, batch, np.median(between, axis=0).tolist()),
    )
    whole = Cost(float(np.median(took)), batch * training_flops(network))
    return Profile(batch, threads, parts, whole, gemm_peak(0.2 * seconds))


def _clocked(
    config: Config, network: Network, steps: Sequence[Step], images: Images, places: NDArray[np.int64]
) -> Callable[[int], NDArray[np.float64]]:
    """A training step that says how long each of its parts took, in order, from clocks that are read between them."""
    batch = places.shape[1]
    state = State.new(config, network)
    worker = Worker(network, steps, np.random.default_rng(0), training=True)  # noise included
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
        worker.backward(state.params, delta, grads, observe=read)  # read before each layer
        read()
        grads.flat.fill(0)
        optimizer.update(state.params.flat, grads.flat, state.optimizer, optimizer.learning_rate, number, scratch)
        read()
        return np.diff(readings)

    return step


def _parts(
    config: Config, network: Network, steps: Sequence[Step], batch: int, seconds: Sequence[float]
) -> Iterator[StepPart]:
    """The parts of a `_clocked` step that took so long."""
    gather, *between, update = seconds
    ahead, loss, loss_delta, back = _split(between, len(steps))
    yield StepPart("batch", "gather, divide, turn", Cost(gather))
    for step, up, down, (work, way_back) in zip(steps, ahead, back, flops(steps), strict=True):
        backward = Cost(down, batch * way_back) if down else None
        yield StepPart(step.name, step.layer.label, Cost(up, batch * work), backward)
    yield StepPart("loss", network.loss.name, Cost(loss), Cost(loss_delta))
    yield StepPart("update", str(config.train.optimizer.type), None, Cost(update))


def _augmentation(config: Config, images: Images, places: NDArray[np.int64], seconds: float) -> Iterator[StepPart]:
    """What `cnnbp train` does in a second thread, where the images are varied."""
    if config.data.augment:
        warp, rng, some = Warp(config.data.augment, *config.input[1:]), np.random.default_rng(0), images.at(places[0])
        took = float(np.median(repeat(lambda: warp(some.images, rng), seconds)))
        yield StepPart("augment", ", ".join(transform.type for transform in config.data.augment), Cost(took))


def _split(between: list[float], steps: int) -> tuple[list[float], float, float, list[float]]:
    """Forward times of the steps, the loss, its delta, and backward times, 0 for steps that the pass leaves out."""
    back = between[steps + 2 :][::-1]
    return between[:steps], between[steps], between[steps + 1], [0.0] * (steps - len(back)) + back


def _made_up(network: Network, batch: int) -> Images:
    height, width = network.input_shape[1:]
    rng = np.random.default_rng(0)
    n = max(batch, PIXELS // (height * width))
    images = Images(
        rng.integers(256, size=(n, height, width), dtype=np.uint8),
        rng.integers(min(CLASSES, network.output_shape[0]), size=n, dtype=np.uint8),
    )
    check_input(network.input_shape, images.input_shape)
    return images
