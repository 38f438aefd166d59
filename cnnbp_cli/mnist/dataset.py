"""A data set in memory: images and labels as stored in the files, checked against each other."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.files import emnist_split, gz, locate
from cnnbp_cli.mnist.idx import read_idx, read_shape
from cnnbp_cli.mnist.picture_set import holds_pictures, load_pictures, picture_classes
from cnnbp_cli.mnist.published import recognised
from cnnbp_cli.numerics.arrays import Shape

DIM = 64
"""Of 255. If no pixel of a whole part is this bright, its pixels were probably scaled before they were stored."""

IMAGE_DIMENSIONS = (3, 4)
"""Grey images are (N, H, W), images with several channels (N, C, H, W)."""

Part: TypeAlias = Literal["train", "test"]
"""The two parts in which MNIST is published: 60,000 and 10,000 images."""

PARTS: tuple[Part, ...] = ("train", "test")

_STEMS: dict[Part, str] = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, eq=False)
class Images:
    """Labelled images, read-only.

    Attributes
    ----------
    images
        (N, H, W) for grey images, (N, C, H, W) for images with several channels; uint8, from 0 (background) to 255
        (foreground).
    labels
        (N,), uint8, from 0 on.
    classes
        The name of each class; empty if the classes have no names but their numbers.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    classes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.labels)

    def at(self, places: NDArray[np.integer]) -> Images:
        """A copy of the images at these indices."""
        return Images(self.images[places], self.labels[places], self.classes)

    @cached_property
    def checksum(self) -> int:
        """CRC-32 of all bytes: the labels', after the images'."""
        return zlib.crc32(self.labels.data, zlib.crc32(self.images.data))

    @property
    def input_shape(self) -> Shape:
        """(C, H, W), the shape of one image as a network's input."""
        return shape_of_one(self.images.shape)


def load(folder: Path, part: Part, input_shape: Shape | None = None) -> Images:
    """One part of the data set in `folder`; its images must have `input_shape`, if given, to which pictures are scaled.

    EMNIST's images, which are published with rows and columns exchanged, are turned upright, and the labels of its
    letters, 1 to 26, begin at 0.

    Raises
    ------
    CnnbpError
        A file is missing or damaged, or images and labels differ in number. Problems that the headers show are reported
        before memory is allocated for the data.
    """
    if holds_pictures(folder):
        return Images(*load_pictures(folder, part, input_shape), picture_classes(folder))
    images_path, labels_path = (_path(folder, name) for name in names(part))
    shape = read_shape(images_path, ndim=IMAGE_DIMENSIONS)
    (labelled,) = read_shape(labels_path, ndim=1)
    if shape[0] != labelled:
        raise CnnbpError(
            f"{images_path.name} holds {shape[0]:,} images, but {labels_path.name} holds {labelled:,} labels",
            where=str(folder),
            hint="Take both files from the same data set.",
        )
    if input_shape:
        check_input(input_shape, shape_of_one(shape))
    images, labels = read_idx(images_path, ndim=IMAGE_DIMENSIONS), read_idx(labels_path, ndim=1)
    if emnist_split(images_path.name):
        images = np.ascontiguousarray(images.swapaxes(-1, -2))
    if emnist_split(labels_path.name) == "letters":
        labels = labels - (labels.min() > 0)
    published = recognised(folder)
    return Images(images, labels, published.classes if published else ())


def remarks(train: Images, test: Images) -> tuple[str, ...]:
    """What is odd about a data set and would otherwise only show as a bad, or too good, accuracy."""
    found = []
    for name, part in (("training", train), ("test", test)):
        brightest = int(part.images.max())
        if brightest < DIM:
            found.append(
                f"the brightest pixel of the {name} images is {brightest} of 255; pixels should range from 0 to 255, "
                "as bytes, not from 0 to 1"
            )
    if np.array_equal(train.images, test.images):
        found.append("the test images are the training images, so the test accuracy says nothing about new images")
    return tuple(found)


def names(part: Part) -> tuple[str, str]:
    """The plain names of the part's two files: images, labels."""
    return f"{_STEMS[part]}-images-idx3-ubyte", f"{_STEMS[part]}-labels-idx1-ubyte"


def grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Images (N, H, W) or (N, C, H, W) as (N, H, W), to show them: the mean of all channels."""
    return images if images.ndim == 3 else images.mean(axis=1).round().astype(np.uint8)


def halved(images: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Images (N, H, W) at half their size, for thumbnails: means of 2×2 pixels, without an odd last row or column."""
    height, width = (side // 2 for side in images.shape[1:])
    even = images[:, : 2 * height, : 2 * width]
    return even.reshape(-1, height, 2, width, 2).mean(axis=(2, 4))


def check_input(input_shape: Shape, found: Shape) -> None:
    """Raise a CnnbpError if the config's `input` is not the shape of the data set's images, (C, H, W)."""
    if tuple(input_shape) != found:
        raise CnnbpError(
            f"the config says {_written(input_shape)}, but the images of the data set are "
            f"{_written(found)} (channels × height × width)",
            where="input",
            hint=f"Write input: {list(found)}, or name a data set of such images with --data-dir.",
        )


def shape_of_one(shape: Shape) -> Shape:
    """(C, H, W) of an array of images, (N, H, W) or (N, C, H, W)."""
    return (1, *shape[1:]) if len(shape) == 3 else shape[1:]


def _path(folder: Path, name: str) -> Path:
    return locate(folder, name) or folder / gz(name)


def _written(shape: Shape) -> str:
    return "×".join(map(str, shape))
