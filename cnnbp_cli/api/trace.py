"""A traced pass from Python."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnbp_cli.api.arrays import ImagesLike, batch_first, to_batch, to_labels
from cnnbp_cli.api.network import NetworkWithWeights
from cnnbp_cli.gradients.page import page_data
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.gradients.trace import trace as run
from cnnbp_cli.numerics.arrays import Array


class TraceResult(Mapping[str, Array]):
    """Every z, a, δ and gradient of one batch, float64, by name.

    `NAME.z`, `NAME.a`, `NAME.delta` (∂C/∂z) and `NAME.grad_input` are (N, maps, rows, columns) or (N, features);
    `NAME.weight`, `NAME.grad_weight`, … have the shapes of the parameters. In a notebook, the trace of one image is the
    page of `cnnbp inspect-gradients --html`.

    Attributes
    ----------
    cost
        C: the mean of the costs of the images.
    labels, answers
        (N,): the true and the predicted classes.
    """

    def __init__(self, traced: Trace, name: str) -> None:
        self.traced = traced
        self.name = name

    @property
    def cost(self) -> float:
        return self.traced.cost

    @property
    def labels(self) -> NDArray[np.integer]:
        return self.traced.labels

    @property
    def answers(self) -> NDArray[np.integer]:
        return self.traced.answers

    @cached_property
    def _arrays(self) -> dict[str, Array]:
        named = {"input": batch_first(self.traced.input), "target": batch_first(self.traced.target)}
        for layer in self.traced.layers:
            batched = {"z": layer.z, "a": layer.a, "delta": layer.delta, "grad_input": layer.grad_input}
            named |= {f"{layer.name}.{key}": batch_first(array) for key, array in batched.items()}
            named |= {f"{layer.name}.{key}": array for key, array in layer.params.items()}
            named |= {f"{layer.name}.grad_{key}": array for key, array in layer.grads.items()}
        return named

    def __getitem__(self, name: str) -> Array:
        return self._arrays[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays)

    def __len__(self) -> int:
        return len(self._arrays)

    def page(self) -> str:
        """The page of one image, as HTML. CnnbpError if there are several, or the network is too large for a page."""
        from cnnbp_cli.show.report.page import gradient_page

        return gradient_page(page_data(self.traced), self.name, source=self.name, image="image 0")

    def html(self, path: str | os.PathLike[str]) -> None:
        """Write the page of one image to a file; an existing file is replaced."""
        from cnnbp_cli.files.durable import write

        write(Path(path), self.page().encode())

    def __repr__(self) -> str:
        return f"<trace of {len(self.labels)} images through {self.name}: C = {self.cost:.6g}, {len(self)} arrays>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import framed_page, text_page

        return framed_page(self.page() if len(self.labels) == 1 else text_page(repr(self)))


def trace(network: NetworkWithWeights, images: ImagesLike, labels: ArrayLike | None = None) -> TraceResult:
    """Run images forward and backward through a network in float64, and keep everything.

    Noise (dropout) is off; layers that normalise go by the batch, as in training.

    Parameters
    ----------
    network
        The network.
    images
        Labelled images, such as `data.test[:1]`, or an array (N, C, H, W): bytes, or numbers as the network gets them.
    labels
        (N,), if the images have none of their own.

    Raises
    ------
    ShapeError
        Images or labels do not fit the network.

    Examples
    --------
    >>> from cnnbp_cli import Network, load_data, trace
    >>> passed = trace(Network("configs/seed.yaml"), load_data().test[:4])
    >>> passed["conv1.delta"].shape
    (4, 3, 24, 24)
    >>> passed["conv1.grad_weight"].shape
    (3, 1, 5, 5)
    """
    x = to_batch(images, network.layers.input_shape, np.float64)
    numbers = to_labels(labels, images, network.layers.output_shape[0])
    return TraceResult(run(network.layers, network.params, x, numbers), network.config.name)
