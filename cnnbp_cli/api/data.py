"""Data sets from Python."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.dataset import PARTS, Images, load
from cnnbp_cli.mnist.source import find, lasting
from cnnbp_cli.numerics.arrays import Shape


class LabelledImages:
    """Images with their labels. Slices and arrays of indices select some of them: `data.test[:10]`.

    Attributes
    ----------
    images
        (N, C, H, W), uint8, from 0 to 255; a view.
    labels
        (N,), from 0 on.
    classes
        The name of each class; empty if the classes have only numbers.
    """

    def __init__(self, held: Images) -> None:
        self.held = held

    @property
    def raw(self) -> NDArray[np.uint8]:
        """As stored: (N, H, W) for one channel."""
        return self.held.images

    @property
    def images(self) -> NDArray[np.uint8]:
        return self.raw[:, None] if self.raw.ndim == 3 else self.raw

    @property
    def labels(self) -> NDArray[np.uint8]:
        return self.held.labels

    @property
    def classes(self) -> tuple[str, ...]:
        return self.held.classes

    @property
    def pixels(self) -> NDArray[np.float64]:
        """(N, C, H, W), the numbers from 0 to 1 that a network gets; a copy."""
        return self.images / 255

    @property
    def shape(self) -> Shape:
        """(C, H, W) of one image."""
        return self.held.input_shape

    def __len__(self) -> int:
        return len(self.held)

    def __getitem__(self, which: int | slice | NDArray[np.integer]) -> LabelledImages:
        """The images at these places; one image is a batch of one."""
        places = np.arange(len(self))[which]
        return LabelledImages(self.held.at(np.atleast_1d(places)))

    def __repr__(self) -> str:
        return f"<{len(self):,} images of {'×'.join(map(str, self.shape))}>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import image_sheet

        return image_sheet(self.held)


@dataclass(frozen=True)
class DataSet:
    """A data set in its two parts; validation images are drawn from `train` when a training begins.

    Attributes
    ----------
    folder
        Where it was found.
    train, test
        The two parts.
    named
        The folder or the published set that was asked for, as a training records it; None for the default.
    """

    folder: Path
    train: LabelledImages
    test: LabelledImages
    named: Path | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each class; empty if the classes have only numbers."""
        return self.train.classes


def load_data(where: str | os.PathLike[str] | None = None, *, offline: bool = False) -> DataSet:
    """Load a data set into memory.

    Parameters
    ----------
    where
        A folder, or the name of a published set, such as `fashion-mnist`, which is downloaded if need be. If left out:
        `./data`, or the MNIST that comes with cnnbp.
    offline
        Do not download.

    Raises
    ------
    CnnbpError
        There is no data set, or it is damaged.

    Examples
    --------
    >>> from cnnbp_cli import load_data
    >>> data = load_data()
    >>> data.test[:2]
    <2 images of 1×28×28>
    >>> data.test[:2].images.shape
    (2, 1, 28, 28)
    >>> data.test[:5].labels.tolist()
    [7, 2, 1, 0, 4]
    """
    named = None if where is None else Path(where)
    folder = find(named, offline=offline)
    train, test = (LabelledImages(load(folder, part)) for part in PARTS)
    return DataSet(folder, train, test, lasting(named) if named else None)
