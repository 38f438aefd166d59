"""The images of a training run: training, validation and test images."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist import dataset
from cnnbp_cli.mnist.dataset import Images, check_input
from cnnbp_cli.mnist.picture_set import holds_pictures
from cnnbp_cli.mnist.published import MNIST, holds
from cnnbp_cli.mnist.splits import split
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Shape

FINGERPRINT = "60000×28×28, checksum df6dde61"
"""MNIST's."""


@dataclass(frozen=True, eq=False)
class Data:
    """A data set whose training part is split into training and validation images.

    Attributes
    ----------
    images
        Training and validation images.
    train, validation
        The indices of each in `images`.
    test
        The test images, which are used only after training.
    """

    images: Images
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: Images

    @classmethod
    def of(cls, config: Config, images: Images, test: Images) -> Data:
        """Split `images` by the config and its seed.

        Raises
        ------
        CnnbpError
            The images or their classes do not fit the network, or there are too few to split.
        """
        network = Network(config.input, config.layers, config.loss)
        for part in (images, test):
            check_images(network, part)
        return cls(images, *split(len(images), config.data.validation, config.train.seed), test)

    @classmethod
    def read(cls, folder: Path, config: Config) -> Data:
        """Read the data set in a folder and split it. Also raises CnnbpError if a file cannot be read."""
        return cls.of(config, *(dataset.load(folder, part, config.input) for part in dataset.PARTS))

    def steps(self, batch_size: int) -> int:
        """Steps per epoch; the last step may have fewer images."""
        return -(-len(self.train) // batch_size)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is odd about the data set, for the user."""
        return dataset.remarks(self.images, self.test)

    @cached_property
    def fingerprint(self) -> str:
        """Fingerprint of the training and validation images."""
        return fingerprint(self.images)


def fingerprint(images: Images) -> str:
    """Identifies a set of images: their number and size, and a checksum of all their bytes."""
    shape = "×".join(map(str, images.images.shape))
    return f"{shape}, checksum {images.checksum:08x}"


def fingerprint_of(folder: Path, input_shape: Shape | None = None) -> str:
    """The fingerprint of the training images in a folder; MNIST's is known without unpacking them.

    Comparing SHA-256s takes 15 ms, unpacking 280 ms. Pictures are scaled to `input_shape`.
    """
    if holds_pictures(folder):
        return fingerprint(dataset.load(folder, "train", input_shape))
    return FINGERPRINT if holds(folder, MNIST, dataset.names("train")) else fingerprint(dataset.load(folder, "train"))


def other_images(trained_on: str, found: str) -> str | None:
    """The problem if the fingerprints of the training images and of the images found differ, else None."""
    return None if trained_on == found else f"it was trained on other images ({trained_on}) than these ({found})"


def check_images(network: Network, images: Images) -> None:
    """Raise CnnbpError unless the shape and the classes of the images fit the network."""
    check_input(network.input_shape, images.input_shape)
    (classes,) = network.output_shape
    if (highest := int(images.labels.max())) >= classes:
        first = int(np.argmax(images.labels >= classes))
        raise CnnbpError(
            f"the network has {classes} outputs, but the data set has labels up to {highest} "
            f"(label {first} is {images.labels[first]})",
            where="layers",
            hint=f"Give the last layer {highest + 1} units.",
        )
