"""A telling exercise: one on which different mistakes give different numbers.

Its images are not square, its letters (N, C, K, kernel sides, …) are different numbers, and images and weights are
multiples of powers of ½, so that the first convolution is exact in float32 too, in whatever order it is summed: two
cells that are tied in one program are tied in all. One pooling window is tied; elsewhere no two cells, and no z and
no kink, lie so near that rounding could decide.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, log2, prod

import numpy as np

from cnnbp_cli.config import Config, config_from_data
from cnnbp_cli.diagnosis.candidates import Candidate, candidates
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.fitting import FEW
from cnnbp_cli.diagnosis.mistakes import Line
from cnnbp_cli.diagnosis.scales import FIT
from cnnbp_cli.diagnosis.sites import sites
from cnnbp_cli.diagnosis.values import Value
from cnnbp_cli.gradients.chain import Back, before_activation
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array

DEFAULT = {
    "name": "exercise",
    "input": [2, 17, 13],
    "layers": [
        {"type": "conv2d", "filters": 3, "kernel_size": [4, 5], "activation": "sigmoid"},
        {"type": "max_pool2d", "pool_size": [3, 2], "stride": [2, 1]},
        {"type": "conv2d", "filters": 4, "kernel_size": [5, 2], "stride": 2, "padding": 1, "activation": "tanh"},
        {"type": "avg_pool2d", "pool_size": [1, 3], "stride": 1},
        {"type": "flatten"},
        {"type": "dense", "units": 5, "activation": "sigmoid"},
    ],
    "loss": "mse",
    "train": {"epochs": 1, "batch_size": 7, "optimizer": {"type": "sgd", "learning_rate": 0.5}},
}
"""The network of the exercise that needs no config."""

PIXEL = 2.0**-3
"""The step of the images' numbers."""

SPREAD = 1.5
"""The standard deviation that each layer's z is given: σ is neither a line nor flat there."""

MARGIN = 2e-5
"""Numbers nearer than this, relative to the largest, might be told apart differently in float32."""

LOUD = 0.2
"""The least δ of the tied window, relative to the largest: what is done with it must show."""

WORK = 5 * 10**7
"""Multiply-adds that are spent on looking for a draw."""

CLEAR = 0.01
"""How far apart each two mistakes should be, where 1 is at right angles."""

SMALL = 50
"""Of networks of which so many can be drawn, each mistake is compared with each too, ..."""

MOST = 3
"""... in so many draws: mistakes that are close in all of these are close by their nature."""


def default_config() -> Config:
    """The config of the exercise that needs none."""
    return config_from_data(DEFAULT, "the exercise's own config")


def make_exercise(config: Config, seed: int) -> Exercise:
    """An exercise on a config's network; the same seed gives the same one.

    Where the network begins with a convolution and a max pooling, exactly one window is tied. Of a large network no
    draw may have all that is wanted; the best of those that WORK allows is taken, and its near ties are doubtful.
    """
    network = Network(config.input, config.layers, config.loss)
    count = _batch_size(network)
    rng = np.random.default_rng(seed)
    work = count * sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)
    tries = max(1, WORK // work)
    best: tuple[tuple[int, int], Exercise] | None = None
    compared = 0
    for _ in range(tries):
        images, labels = _batch(network, count, rng)
        drawn = trace(network, _parameters(network, images, rng), images, labels)
        flaws, close = _flaws(drawn), 0
        if best is not None and (flaws, close) >= best[0]:
            continue
        made = Exercise(config, drawn, trace(network, drawn.params, *_batch(network, count, rng)))
        if not flaws and tries >= SMALL:
            close = sum(len(group) - 1 for _, group in alike(made, CLEAR))
            compared += 1
        if best is None or (flaws, close) < best[0]:
            best = (flaws, close), made
        if best[0] == (0, 0) or compared == MOST:
            break
    assert best is not None
    return best[1]


def _batch_size(network: Network) -> int:
    """The smallest number of samples, 3 or more, that is none of the network's other numbers."""
    taken = {side for step in network.steps for side in (*step.input_shape, *step.output_shape)}
    for layer in network.layers:
        if layer.window:
            taken |= {*layer.window, prod(layer.window)}
    return next(count for count in range(3, len(taken) + 4) if count not in taken)


def _batch(network: Network, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Images in steps of PIXEL from −1 to 1, and labels of as many classes as there can be."""
    reach = round(1 / PIXEL)
    images = rng.integers(-reach, reach, (*network.input_shape, count), endpoint=True) * PIXEL
    return images, rng.permutation(np.arange(count) % network.output_shape[0])


def _parameters(network: Network, images: Array, rng: np.random.Generator) -> Parameters:
    """Weights and biases with which every layer's z is spread, in steps so small that about one window is tied."""
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
            own["weight"][...] *= SPREAD / (float(step.layer.forward(own, x, Memory(training=True)).std()) or 1.0)
        for array in own.values():
            array[...] = np.round(array / step_size) * step_size
        x = step.layer.forward(own, x, Memory(training=True))
    return params


def _flaws(drawn: Trace) -> int:
    """How many numbers lie near a tie or a kink, and how far the count of tied windows is from the one wanted."""
    flaws = 0
    for index, layer in enumerate(drawn.layers):
        near = MARGIN * float(np.abs(layer.input).max())
        function = layer.layer.function
        if function is not None and function.kink is not None:
            flaws += int((np.abs(before_activation(layer) - function.kink) < near).sum())
        if layer.layer.picks_largest and len(cells := np.stack(layer.layer.cells(layer.input))) > 1:
            second, first = np.partition(cells, -2, axis=0)[-2:]
            tied = (first == second) & (first != 0)  # where relu put all cells out, nothing goes further down
            flaws += int(((first - second < near) & (first != 0)).sum()) - int(tied.sum())
            exact = index == 1 and drawn.layers[0].layer.learns_kernels
            loud = np.abs(layer.delta) >= LOUD * np.abs(layer.delta).max()
            flaws += abs(int((tied & loud).sum()) - int(exact)) + int((tied & ~loud).sum())
    return flaws


def alike(exercise: Exercise, least: float = FIT) -> Iterator[tuple[str, list[Candidate]]]:
    """The mistakes, by tensor, that on this exercise are no further apart than this: the same but for a factor."""
    for name, here in every_mistake(exercise):
        groups: list[list[Candidate]] = []
        for candidate in here:
            group = next((group for group in groups if apart(group[0], candidate) <= least), None)
            if group is None:
                groups.append([candidate])
            else:
                group.append(candidate)
        yield from ((name, group) for group in groups if len(group) > 1)


def every_mistake(exercise: Exercise) -> Iterator[tuple[str, list[Candidate]]]:
    """What each tensor would be under each mistake in its own step, everything above it being right."""
    back = Back()
    right = {name: tensor.right for name, tensor in exercise.tensors.items()}
    for name, tensor in exercise.tensors.items():
        value = Value(tensor.source.right) if tensor.source else None
        found = (c for site in sites(exercise, tensor, value, back, right) for c in candidates(site, None))
        yield name, [candidate for candidate in found if candidate.mistake]


def apart(first: Candidate, second: Candidate) -> float:
    """How far two candidates are from being one but for a factor, 0 to 1: the sine of the angle between them.

    A candidate with an amount in it is a plane, and what lies in it is one with it.
    """
    if first.shape != second.shape:
        return 1.0
    narrow, wide = sorted((_directions(first), _directions(second)), key=lambda arrays: arrays.shape[1])
    basis, _ = np.linalg.qr(wide)
    rest = narrow - basis @ (basis.T @ narrow)
    return float(np.linalg.norm(rest) / np.linalg.norm(narrow))


def _directions(candidate: Candidate) -> Array:
    """The arrays that a candidate's numbers are made of, as columns of length 1."""
    made = candidate.made
    arrays: tuple[Array, ...]
    if isinstance(made, Line):
        few = made.base.size <= FEW  # then the amount is taken to be 1
        arrays = (made.base + made.direction,) if few else (made.base, made.direction)
    else:
        arrays = (made,)
    return np.stack([array.reshape(-1) / np.linalg.norm(array) for array in arrays], axis=1)
