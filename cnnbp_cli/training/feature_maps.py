"""Feature maps: what a network's layers make of a few images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Step, Worker
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class FeatureMaps:
    """The maps of each layer that has some, for N images.

    Attributes
    ----------
    places
        (N,): which images.
    maps
        By the layer's name, (K, H, W, N): its output a, without noise. Layers that then return their input are left
        out.
    outputs
        (classes, N): the last layer's a.
    """

    places: NDArray[np.int64]
    maps: dict[str, Array]
    outputs: Array


def first_of_each(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The place of the first image of each class that there is, by class."""
    return np.unique(labels, return_index=True)[1]


def feature_maps(network: Network, params: Parameters, images: Images, places: NDArray[np.int64]) -> FeatureMaps:
    """A pass over the images at `places`, in float32."""
    maps: dict[str, Array] = {}

    def observe(step: Step, output: Array) -> None:
        if output.ndim == 4 and not step.layer.identity:
            maps[step.name] = output.copy()  # z first, then a in its place

    x = to_input(images.images[places], np.empty((*network.input_shape, len(places)), np.float32))
    output = Worker(network).forward(params, x, observe)  # in the textbook's order, where every layer is laid out
    return FeatureMaps(places, maps, network.loss.activate(output))
