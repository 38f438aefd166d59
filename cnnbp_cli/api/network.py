"""A network with its weights, from Python."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnbp_cli.api.arrays import ImagesLike, as_numpy, batch_first, to_batch
from cnnbp_cli.config import Config, load_config
from cnnbp_cli.errors import ShapeError
from cnnbp_cli.mnist.batches import batches
from cnnbp_cli.network import Network as Layers
from cnnbp_cli.network import Parameters, Worker
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.checkpoint import load_checkpoint as read_checkpoint
from cnnbp_cli.training.evaluate import images_at_once
from cnnbp_cli.training.runs import find_checkpoint
from cnnbp_cli.training.state import State


class NetworkWithWeights:
    """A network with its weights; in `cnnbp_cli` it is called `Network`.

    Parameters
    ----------
    config
        A config, or its file. Its `train.seed` determines the initial weights.
    weights
        Arrays by name, which replace the initial ones: `conv1.weight` (maps, channels, rows, columns), `conv1.bias`,
        `dense1.weight` (out, in), … Tensors of PyTorch are fine.

    Attributes
    ----------
    config
        The config.
    weights
        The parameters by name, float32, in PyTorch's layouts. They are the network's own memory: writing to them
        changes the network.

    Raises
    ------
    CnnbpError
        The config is wrong, or an array does not fit.

    Examples
    --------
    >>> from cnnbp_cli import Network, load_data
    >>> network = Network("configs/seed.yaml")
    >>> network.weights["conv1.weight"].shape
    (3, 1, 5, 5)
    >>> network(load_data().test[:4]).shape
    (4, 10)
    """

    def __init__(self, config: Config | str | os.PathLike[str], weights: Mapping[str, ArrayLike] | None = None) -> None:
        self.config = config if isinstance(config, Config) else load_config(Path(config))
        self.layers = Layers(self.config.input, self.config.layers, self.config.loss)
        self.params: Parameters = State.new(self.config, self.layers).params
        self.weights: dict[str, Array] = self.params.arrays
        for name, array in (weights or {}).items():
            _replace(self.weights, name, as_numpy(array))

    @classmethod
    def trained(cls, config: Config, params: Parameters) -> NetworkWithWeights:
        """A network with a copy of these parameters."""
        network = cls(config)
        network.params.whole[...] = params.whole
        return network

    def __call__(self, images: ImagesLike) -> NDArray[np.float32]:
        """The outputs a of the last layer, (N, classes): probabilities if it is a softmax.

        Raises
        ------
        ShapeError
            The images do not have the network's input shape.
        """
        x = to_batch(images, self.layers.input_shape, np.float32)
        worker = Worker(self.layers, fast_order(self.layers.steps))
        outputs = np.empty((x.shape[-1], *self.layers.output_shape), np.float32)
        for some in batches(np.arange(x.shape[-1]), images_at_once(self.layers)):
            outputs[some] = batch_first(self.layers.loss.activate(worker.forward(self.params, x[..., some])))
        return outputs

    def predict(self, images: ImagesLike) -> NDArray[np.intp]:
        """(N,): the class with the largest output, the first of equals."""
        return self(images).argmax(axis=1)

    def __repr__(self) -> str:
        layers = " → ".join(f"{name} {'×'.join(map(str, s))}" for name, s in self.layers.output_shapes().items())
        return f"<Network {self.config.name}: {'×'.join(map(str, self.layers.input_shape))} → {layers}>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import network_table

        return network_table(self.layers, self.params)


Network = NetworkWithWeights


def load_checkpoint(path: str | os.PathLike[str] | None = None) -> NetworkWithWeights:
    """A trained network.

    Parameters
    ----------
    path
        A checkpoint, or a run folder, of which best.npz is loaded. If left out: the newest run in ./runs.

    Raises
    ------
    CnnbpError
        There is none, or it is damaged.
    """
    saved = read_checkpoint(find_checkpoint(Path(path) if path is not None else None))
    return NetworkWithWeights.trained(saved.config, saved.state.params)


def _replace(weights: dict[str, Array], name: str, array: Array) -> None:
    if name not in weights:
        raise ShapeError(f"the network has no {name}; it has {', '.join(weights)}")
    if array.shape != weights[name].shape:
        raise ShapeError(f"{name} has the shape {array.shape}; the network needs {weights[name].shape}")
    weights[name][...] = array
