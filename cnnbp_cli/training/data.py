"""The images of a training: those that it learns from, those that choose its best epoch, and the test set."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist import dataset
from cnnbp_cli.mnist.dataset import Images, check_input
from cnnbp_cli.mnist.splits import split
from cnnbp_cli.network import Network


@dataclass(frozen=True, eq=False)
class Data:
    """Both parts of a data set, the first one split.

    Attributes
    ----------
    images
        The part that is split: training and validation images.
    train, validation
        Their places in `images`.
    test
        The part that only the finished network sees.
    """

    images: Images
    train: NDArray[np.int64]
    validation: NDArray[np.int64]
    test: Images

    @classmethod
    def of(cls, config: Config, images: Images, test: Images) -> Data:
        """The data set as the config splits it, with its seed.

        Raises
        ------
        CnnbpError
            The images or their classes do not suit the network, or are too few to split.
        """
        network = Network(config.input, config.layers, config.loss)
        for part in (images, test):
            check_images(network, part)
        return cls(images, *split(len(images), config.data.validation, config.train.seed), test)

    @classmethod
    def read(cls, folder: Path, config: Config) -> Data:
        """The same from the files in a folder; CnnbpError too where one of them cannot be read."""
        return cls.of(config, *(dataset.load(folder, part, config.input) for part in dataset.PARTS))

    def steps(self, batch_size: int) -> int:
        """Steps an epoch, the last of which may see fewer images."""
        return -(-len(self.train) // batch_size)

    @cached_property
    def fingerprint(self) -> str:
        """Of the part that is split."""
        return fingerprint(self.images)


def fingerprint(images: Images) -> str:
    """Tells these images from others: their number and size, and a checksum of all their bytes."""
    shape = "×".join(map(str, images.images.shape))
    checksum = zlib.crc32(images.labels.data, zlib.crc32(images.images.data))
    return f"{shape}, checksum {checksum:08x}"


def other_images(trained_on: str, found: str) -> str | None:
    """What is wrong where a network that was trained on images of one fingerprint is handed those of another."""
    return None if trained_on == found else f"it was trained on other images ({trained_on}) than these ({found})"


def check_images(network: Network, images: Images) -> None:
    """Raises CnnbpError where the images' shape or the number of their classes is not the network's."""
    check_input(network.input_shape, images.input_shape)
    (classes,) = network.output_shape
    if (highest := int(images.labels.max())) >= classes:
        raise CnnbpError(
            f"the network tells {classes} classes apart, but the data set has labels up to {highest}",
            where="layers",
            hint=f"Give the last layer {highest + 1} units.",
        )
