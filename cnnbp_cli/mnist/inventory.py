"""What a data folder holds: its files, whether they are MNIST's, and how many images of each class."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from cnnbp_cli.mnist.dataset import CLASSES, PARTS, Part, load, names, remarks
from cnnbp_cli.mnist.files import FILES, locate
from cnnbp_cli.mnist.idx import idx_header


@dataclass(frozen=True)
class HeldFile:
    """One of the four files.

    Attributes
    ----------
    size, sha256
        Of the file as it is stored.
    original
        Whether its decompressed content is that of the original MNIST file.
    """

    path: Path
    size: int
    sha256: str
    original: bool


@dataclass(frozen=True)
class Inventory:
    """What a data folder holds.

    Attributes
    ----------
    folder, files
        The folder, and the four files.
    counts
        The number of images of each class in each part.
    pixels
        The smallest and the largest pixel value in each part.
    remarks
        What is odd about the data set, in words.
    """

    folder: Path
    files: tuple[HeldFile, ...]
    counts: dict[Part, list[int]]
    pixels: dict[Part, tuple[int, int]]
    remarks: tuple[str, ...]

    @property
    def original(self) -> bool:
        """Whether this is MNIST, byte for byte."""
        return all(file.original for file in self.files)


def take_inventory(folder: Path) -> Inventory:
    """The inventory of a folder that holds all four files.

    Raises
    ------
    CnnbpError
        As for `load`: a file is damaged, or does not match the others.
    """
    files: list[HeldFile] = []
    counts: dict[Part, list[int]] = {}
    parts = {part: load(folder, part) for part in PARTS}
    for part, images in parts.items():
        counts[part] = np.bincount(images.labels, minlength=CLASSES).tolist()
        for name, array in zip(names(part), (images.images, images.labels), strict=True):
            path = locate(folder, name)
            assert path, "load has read it"
            packed = path.read_bytes()
            content = sha256(idx_header(array.shape) + array.tobytes()).hexdigest()
            files.append(HeldFile(path, len(packed), sha256(packed).hexdigest(), content == FILES[name].content))
    pixels = {part: (int(images.images.min()), int(images.images.max())) for part, images in parts.items()}
    return Inventory(folder, tuple(files), counts, pixels, remarks(parts["train"], parts["test"]))
