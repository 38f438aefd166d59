"""Feature maps: the outputs of a network's layers for a few images."""

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
    """The feature maps of each layer that has any, for N images.

    Attributes
    ----------
    places
        (N,): indices of the images.
    maps
        By layer name, (K, H, W, N): the output a, without noise. Layers that then return their input, such as dropout,
        are left out.
    outputs
        (classes, N): a of the last layer.
    """

    places: NDArray[np.int64]
    maps: dict[str, Array]
    outputs: Array


def first_of_each(labels: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The index of the first image of each class present, in the order of the classes."""
    return np.unique(labels, return_index=True)[1]


def feature_maps(network: Network, params: Parameters, images: Images, places: NDArray[np.int64]) -> FeatureMaps:
    """Run a forward pass over the images at `places`, in float32, and keep every layer's output."""
    maps: dict[str, Array] = {}

    def observe(step: Step, output: Array) -> None:
        if output.ndim == 4 and not step.layer.identity:
            maps[step.name] = output.copy()  # called with z first, then with a, which overwrites it

    x = to_input(images.images[places], np.empty((*network.input_shape, len(places)), np.float32))
    output = Worker(network).forward(params, x, observe)  # without fused steps, which skip intermediate outputs
    return FeatureMaps(places, maps, network.loss.activate(output))
