"""A telling exercise: one on which different mistakes give different numbers.

Its images are not square, its letters (N, C, K, kernel sides, …) are different numbers, and images and weights are
multiples of powers of ½, so that the first convolution is exact in float32 too, in whatever order it is summed: two
cells that are tied in one program are tied in all. One pooling window is tied; elsewhere no two cells, and no z and
no kink, lie so near that rounding could decide.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from math import prod

import numpy as np

from cnnbp_cli.config import Config, config_from_data
from cnnbp_cli.gradients.chain import Back, Value, before_activation, function_of
from cnnbp_cli.gradients.exchange import Exercise
from cnnbp_cli.gradients.hypotheses import FIT, Candidate, candidates, sites
from cnnbp_cli.gradients.mistakes import Line
from cnnbp_cli.gradients.trace import Trace, trace
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.pooling import MaxPool2D
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

PIXEL, WEIGHT = 2.0**-3, 2.0**-7
SPREAD = 1.5
"""The standard deviation that each layer's z is given: σ is neither a line nor flat there."""

MARGIN = 1e-4
"""Numbers nearer than this, that a decision depends on, might be told apart differently in float32."""

TRIES = 500
EXACT = 2.0**20
"""Sums of products below this many steps of PIXEL · WEIGHT are exact in float32."""


def default_config() -> Config:
    """The config of the exercise that needs none."""
    return config_from_data(DEFAULT, "the exercise's own config")


def make_exercise(config: Config, seed: int) -> Exercise:
    """An exercise on a config's network; the same seed gives the same one.

    Where the network's first layers are a convolution and a max pooling, exactly one window is tied. Where none of
    TRIES draws has all that is wanted, the last one is taken: its ties and near ties will be called doubtful.
    """
    network = Network(config.input, config.layers, config.loss)
    count = _batch_size(network)
    rng = np.random.default_rng(seed)
    for _ in range(TRIES):
        images, labels = _batch(network, count, rng)
        params = _parameters(network, images, labels, rng)
        drawn = trace(network, params, images, labels)
        if _decided(drawn):
            break
    return Exercise(config, drawn, trace(network, params, *_batch(network, count, rng)))


def _batch_size(network: Network) -> int:
    """The smallest number of samples, 3 or more, that is none of the network's other numbers."""
    taken = {side for step in network.steps for side in (*step.input_shape, *step.output_shape)}
    for layer in network.layers:
        for sides in (getattr(layer, "kernel", ()), getattr(layer, "window", ())):
            taken |= {*sides, prod(sides)}
    return next(count for count in range(3, len(taken) + 4) if count not in taken)


def _batch(network: Network, count: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Images in steps of PIXEL from −1 to 1, and labels of as many classes as there can be."""
    reach = round(1 / PIXEL)
    images = rng.integers(-reach, reach, (*network.input_shape, count), endpoint=True) * PIXEL
    return images, rng.permutation(np.arange(count) % network.output_shape[0])


def _parameters(network: Network, images: Array, labels: Array, rng: np.random.Generator) -> Parameters:
    """Weights and biases in steps of WEIGHT, with which every layer's z is spread."""
    params = network.init(rng, np.float64)
    for name, array in params.named.items():
        if array.ndim == 1 or name.endswith(".bias"):
            array[...] = rng.uniform(-0.5, 0.5, array.shape)
    for index, layer in enumerate(trace(network, params, images, labels).layers):
        if "weight" in layer.params:
            z = trace(network, params, images, labels).layers[index].z
            params.of[layer.name]["weight"][...] *= SPREAD / (float(z.std()) or 1.0)
    params.flat[...] = np.round(params.flat / WEIGHT) * WEIGHT
    return params


def _decided(drawn: Trace) -> bool:
    """Whether one window is tied, where that can be so exactly, and nothing else is near a tie or a kink."""
    for index, layer in enumerate(drawn.layers):
        function = function_of(layer)
        if function is not None and function.kink is not None:
            z = before_activation(layer)
            if (np.abs(z - function.kink) < MARGIN).any():
                return False
        if isinstance(layer.layer, MaxPool2D):
            cells = np.stack(layer.layer.cells(layer.input, layer.a.shape[:3]))
            if len(cells) < 2:
                continue
            second, first = np.partition(cells, -2, axis=0)[-2:]
            exact = index == 1 and isinstance(drawn.layers[0].layer, Conv2D)
            tied, near = first == second, first - second < MARGIN
            if (near & ~tied).any() or int(tied.sum()) != int(exact):
                return False
    return True


def alike(exercise: Exercise) -> Iterator[tuple[str, list[Candidate]]]:
    """The mistakes, by tensor, whose numbers on this exercise are the same but for a factor."""
    back = Back()
    given = {name: tensor.right for name, tensor in exercise.tensors.items()}
    for tensor in exercise.tensors.values():
        value = Value(tensor.source.right) if tensor.source else None
        here = [
            candidate
            for site in sites(exercise, tensor, value, back, given)
            for candidate in candidates(site, None)
            if candidate.mistake
        ]
        groups: dict[int, list[Candidate]] = defaultdict(list)
        for first, second in combinations(here, 2):
            if _same(first, second):
                group = next((key for key, held in groups.items() if first in held), id(first))
                groups[group] += [c for c in (first, second) if c not in groups[group]]
        for members in groups.values():
            yield tensor.name, members


def _same(first: Candidate, second: Candidate) -> bool:
    """Whether two candidates are one but for a factor: for lines, whether they lie in one plane."""
    if first.shape != second.shape:
        return False
    spans = [_directions(candidate) for candidate in (first, second)]
    narrow, wide = sorted(spans, key=lambda span: span.shape[1])
    basis, _ = np.linalg.qr(wide)
    rest = narrow - basis @ (basis.T @ narrow)
    return bool(np.linalg.norm(rest) <= FIT * np.linalg.norm(narrow))


def _directions(candidate: Candidate) -> Array:
    """The arrays that a candidate's numbers are made of, as columns."""
    made = candidate.made
    arrays = (made.base, made.direction) if isinstance(made, Line) else (made,)
    return np.stack([array.reshape(-1) / np.linalg.norm(array) for array in arrays], axis=1)
