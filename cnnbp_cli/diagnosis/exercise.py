"""An exercise on which different mistakes give different numbers.

Its images are not square, and its sizes (N, C, K, kernel sides, …) are different numbers. Images and weights are
multiples of powers of ½, so the first convolution is exact even in float32, in any order of sums: cells that are tied
in one program are tied in all. One pooling window is tied. Elsewhere no two cells, and no z and kink, are so close
that rounding could decide between them.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count as count_from
from math import ceil, log2, prod

import numpy as np

from cnnbp_cli.config import Config, config_from_data
from cnnbp_cli.diagnosis.candidates import Candidate, candidates
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.mistakes import Line, Matched
from cnnbp_cli.diagnosis.nearness import Nearness, directions
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.diagnosis.sites import sites
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import before_activation
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array

DEFAULT = {
    "name": "exercise",
    "input": [2, 17, 15],
    "layers": [
        {"type": "conv2d", "filters": 3, "kernel_size": [4, 5], "activation": "sigmoid"},
        {"type": "max_pool2d", "pool_size": [3, 2], "stride": [2, 1]},
        {"type": "conv2d", "filters": 4, "kernel_size": [5, 2], "stride": 2, "padding": 1, "activation": "tanh"},
        {"type": "avg_pool2d", "pool_size": [1, 3], "stride": 1},
        {"type": "flatten"},
        {"type": "dense", "units": 6, "activation": "sigmoid"},
    ],
    "loss": "mse",
    "train": {"epochs": 1, "batch_size": 7, "optimizer": {"type": "sgd", "learning_rate": 0.3}},
}
"""The network of the exercise without a config."""

PIXEL = 2.0**-3
"""Pixels are multiples of this."""

SPREAD = 1.5
"""The standard deviation of each layer's z: there σ is neither linear nor flat."""

MARGIN = 2e-5
"""Numbers closer than this, relative to the largest, might compare differently in float32."""

MIN_TIED_DELTA = 0.2
"""The least δ of the tied window, relative to the largest, so that the tie rule shows."""

SEARCH_BUDGET = 5 * 10**7
"""Multiply-adds to spend on the search for suitable numbers."""

MIN_ANGLE = 0.01
"""How far apart each two mistakes should be: the sine of the angle between them."""

MIN_TRIES = 50
"""If the budget allows so many tries, every mistake is compared with every other, …"""

MAX_COMPARED = 3
"""… in so many tries: mistakes that are close in all of these are close by their nature."""


def default_config() -> Config:
    """The config of the exercise without one."""
    return config_from_data(DEFAULT, "the exercise's own config")


def make_exercise(config: Config, seed: int) -> Exercise:
    """An exercise on a config's network; the same seed gives the same exercise.

    If the network begins with a convolution and a max pooling, exactly one window is tied. For a large network, no try
    may meet all wishes; the best within SEARCH_BUDGET is used, and tensors that depend on its near ties are
    INCONCLUSIVE.
    """
    network = Network(config.input, config.layers, config.loss)
    count = _batch_size(network)
    rng = np.random.default_rng(seed)
    work = count * sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)
    tries = max(1, SEARCH_BUDGET // work)
    best: tuple[tuple[int, int], Exercise] | None = None
    compared = 0
    for _ in range(tries):
        images, labels = _batch(network, count, rng)
        drawn = trace(network, _parameters(network, images, rng), images, labels)
        flaws, close = _flaws(drawn), 0
        if best is not None and (flaws, close) >= best[0]:
            continue
        made = Exercise(config, drawn, trace(network, drawn.params, *_batch(network, count, rng)))
        if not flaws and tries >= MIN_TRIES:
            close = sum(len(group) - 1 for _, group in alike(made, MIN_ANGLE))
            compared += 1
        if best is None or (flaws, close) < best[0]:
            best = (flaws, close), made
        if best[0] == (0, 0) or compared == MAX_COMPARED:
            break
    assert best is not None
    return best[1]


def _batch_size(network: Network) -> int:
    """The smallest N, 3 or more, that is no size of the network and in no factor that a mistake could bring in.

    So N is not a number of positions, cells, maps or units, nor half or twice one, nor a multiple of 5: with one, 1/N
    and another factor could make 0.1, and look like a learning rate.
    """
    sides = {side for step in network.steps for side in (*step.input_shape, *step.output_shape)}
    counts = {count for step in network.steps for count in (step.output_shape[0], prod(step.output_shape[1:]))}
    for layer in network.layers:
        if layer.window:
            sides |= {*layer.window}
            counts.add(prod(layer.window))
    taken = sides | {factor * count for count in counts for factor in (0.5, 1, 2)}
    return next(number for number in count_from(3) if number % 5 and number not in taken)


def _batch(network: Network, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Images in steps of PIXEL from −1 to 1, and labels with as many classes as possible."""
    reach = round(1 / PIXEL)
    images = rng.integers(-reach, reach, (*network.input_shape, count), endpoint=True) * PIXEL
    return images, rng.permutation(np.arange(count) % network.output_shape[0])


def _parameters(network: Network, images: Array, rng: np.random.Generator) -> Parameters:
    """Weights and biases that spread every layer's z, in steps so small that about one window is tied."""
    params = network.init(rng, np.float64)
    windows = images.shape[-1] * max(prod(step.output_shape) for step in network.steps)
    step_size = 2.0 ** -ceil(log2(windows) - 3)
    x = images
    for step in network.steps:
        own = {name: params.of[step.name][name] for name in step.layer.parameter_shapes(step.input_shape)}
        for name, array in own.items():
            if name != "weight":
                array[...] = rng.uniform(-0.5, 0.5, array.shape)
        if "weight" in own:
            if own["weight"].ndim == 1:  # γ differs between channels, or a mistake with γ would only be a factor
                own["weight"][...] = rng.uniform(0.5, 1.5, own["weight"].shape)
            own["weight"][...] *= SPREAD / (float(step.layer.forward(own, x, Memory(training=True)).std()) or 1.0)
        for array in own.values():
            array[...] = np.round(array / step_size) * step_size
        x = step.layer.forward(own, x, Memory(training=True))
    return params


def _flaws(drawn: Trace) -> int:
    """How many numbers are near a tie or a kink, plus the surplus or lack of tied windows."""
    flaws = 0
    for index, layer in enumerate(drawn.layers):
        near = MARGIN * float(np.abs(layer.input).max())
        function = layer.layer.function
        if function is not None and function.kink is not None:
            flaws += int((np.abs(before_activation(layer) - function.kink) < near).sum())
        if layer.layer.picks_largest and len(cells := np.stack(layer.layer.cells(layer.input))) > 1:
            second, first = np.partition(cells, -2, axis=0)[-2:]
            tied = (first == second) & (first != 0)  # where relu zeroed all cells, δ stops here
            flaws += int(((first - second < near) & (first != 0)).sum()) - int(tied.sum())
            exact = index == 1 and drawn.layers[0].layer.learns_kernels
            loud = np.abs(layer.delta) >= MIN_TIED_DELTA * np.abs(layer.delta).max()
            flaws += abs(int((tied & loud).sum()) - int(exact)) + int((tied & ~loud).sum())
    return flaws


FEW_NUMBERS = 8
"""Directions of so few numbers come close by chance; these only need to differ."""


def alike(exercise: Exercise, least: float = FIT) -> Iterator[tuple[str, list[Candidate]]]:
    """The mistakes, by tensor, that on this exercise are within this distance of one another, up to a factor."""
    for name, here in every_mistake(exercise):
        groups: list[list[int]] = []
        nearness = Nearness(here)
        for number, candidate in enumerate(here):
            angle = least if candidate.tensor.right.size > FEW_NUMBERS else FIT
            for group in groups:
                head = group[0]
                if nearness.may_be(head, number, angle) and apart(here[head], candidate) <= angle:
                    group.append(number)
                    break
            else:
                groups.append([number])
        yield from ((name, [here[number] for number in group]) for group in groups if len(group) > 1)


def every_mistake(exercise: Exercise) -> Iterator[tuple[str, list[Candidate]]]:
    """What each tensor would be with each mistake in its own step, if everything above it is right."""
    right = {name: tensor.right for name, tensor in exercise.tensors.items()}
    for name, tensor in exercise.tensors.items():
        value = Value(tensor.source.right) if tensor.source else None
        found = (
            c
            for site in sites(exercise.truth, tensor, value, right)
            for c in candidates(site, None, exercise.truth.noise(tensor))
        )
        yield name, [candidate for candidate in found if candidate.mistake]


def apart(first: Candidate, second: Candidate) -> float:
    """The distance of two candidates up to a factor, from 0 to 1: the sine of the angle between them.

    A candidate with an amount is a plane; a candidate in that plane has the distance 0. One that depends on the
    submission has no direction, and so is apart from all others.
    """
    if first.shape != second.shape or isinstance(first.made, Matched) or isinstance(second.made, Matched):
        return 1.0
    if isinstance(first.made, Line) and not isinstance(second.made, Line):
        first, second = second, first
    narrow, wide = directions(first), directions(second)
    basis, _ = np.linalg.qr(wide)
    rest = narrow - basis @ (basis.T @ narrow)
    if isinstance(second.made, Line) and second.mistake and narrow.shape[1] < wide.shape[1]:
        parts = np.linalg.lstsq(np.stack([array.reshape(-1) for array in second.made], axis=1), narrow[:, 0])[0]
        if parts[0] == 0 or not second.mistake.plausible(float(parts[1] / parts[0])):
            return 1.0  # an amount that tells the two apart
    return float(np.linalg.norm(rest) / np.linalg.norm(narrow))
