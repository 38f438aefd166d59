"""The one place where layouts change: batches come first outside, (N, C, H, W) as in PyTorch, and last inside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cnnbp_cli.api.data import LabelledImages
from cnnbp_cli.errors import ShapeError
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.numerics.arrays import Array, Shape

ImagesLike: TypeAlias = "LabelledImages | ArrayLike"
"""Labelled images, or an array (N, C, H, W); (N, H, W) for one channel. Bytes are divided by 255."""


def as_numpy(value: Any) -> NDArray[Any]:
    """The value as a NumPy array; a tensor of PyTorch, perhaps on a GPU or part of a graph, is copied from there."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return np.asarray(value)


def batch_first(array: Array) -> Array:
    """(C, H, W, N) → (N, C, H, W), (features, N) → (N, features); a view."""
    return np.moveaxis(array, -1, 0)


def to_batch(images: ImagesLike, input_shape: Shape, dtype: Any) -> Array:
    """Images as a network's input: (C, H, W, N), numbers from 0 to 1 where they are bytes.

    Raises
    ------
    ShapeError
        The images do not have the network's input shape.
    """
    array = images.raw if isinstance(images, LabelledImages) else as_numpy(images)
    given = array.shape
    if array.ndim == 3 and input_shape[0] == 1:
        array = array[:, None]
    if array.shape[1:] != tuple(input_shape) or not len(array):
        wanted = ", ".join(map(str, ("N", *input_shape)))
        raise ShapeError(f"the images have the shape {given}; the network takes ({wanted})")
    out = np.empty((*input_shape, len(array)), dtype)
    if array.dtype == np.uint8:
        return to_input(array, out)
    np.copyto(out, np.moveaxis(array, 0, -1), casting="unsafe")
    return out


def to_labels(labels: ArrayLike | None, images: ImagesLike, classes: int) -> NDArray[np.intp]:
    """Labels (N,), those of the images if none are given.

    Raises
    ------
    ShapeError
        There is not one class of the network for each image.
    """
    if labels is None:
        if not isinstance(images, LabelledImages):
            raise ShapeError("the images have no labels", hint="Pass their labels, one whole number per image.")
        labels = images.labels
    array = as_numpy(labels)
    if array.ndim == 0:
        array = array[None]
    count = len(images) if isinstance(images, Sequence | LabelledImages) else len(as_numpy(images))
    if array.shape != (count,) or not np.isin(array, np.arange(classes)).all():
        raise ShapeError(f"labels must be {count} whole numbers from 0 to {classes - 1}, one per image")
    return array.astype(np.intp)
