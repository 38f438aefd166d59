"""What a data folder holds: its files, whether they are as published, and how many images of each class."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from cnnbp_cli.mnist.dataset import PARTS, Images, Part, load, names, remarks
from cnnbp_cli.mnist.files import FILES, locate
from cnnbp_cli.mnist.idx import idx_header
from cnnbp_cli.mnist.picture_set import holds_pictures
from cnnbp_cli.mnist.published import MNIST, PublishedSet, is_as_published, recognised

MIN_CLASSES = 10
"""Classes that are listed, even if the last ones have no images."""


@dataclass(frozen=True)
class HeldFile:
    """One of the four files.

    Attributes
    ----------
    size, sha256
        Of the file as it is stored.
    as_published
        Whether it is the file of the published set; None if its authors published no checksum.
    """

    path: Path
    size: int
    sha256: str
    as_published: bool | None


@dataclass(frozen=True)
class Inventory:
    """What a data folder holds.

    Attributes
    ----------
    folder, files
        The folder, and the four files; none for a folder of pictures per class.
    published
        The published set that it holds, or seems to hold; None if it is another.
    classes
        The name of each class; empty if the classes have no names but their numbers.
    shape
        The shape of an image, (channels, height, width).
    counts
        The number of images of each class in each part.
    pixels
        The smallest and the largest pixel value in each part.
    remarks
        What is odd about the data set, in words.
    """

    folder: Path
    files: tuple[HeldFile, ...]
    published: PublishedSet | None
    classes: tuple[str, ...]
    shape: tuple[int, ...]
    counts: dict[Part, list[int]]
    pixels: dict[Part, tuple[int, int]]
    remarks: tuple[str, ...]

    @property
    def as_published(self) -> bool:
        """Whether this is a published set, and no file of it differs from what was published."""
        return self.published is not None and all(file.as_published is not False for file in self.files)

    @property
    def original(self) -> bool:
        """Whether this is MNIST, byte for byte."""
        return self.published is MNIST and self.as_published


def take_inventory(folder: Path) -> Inventory:
    """The inventory of a folder that holds all four files, or pictures per class.

    Raises
    ------
    CnnbpError
        As for `load`: a file is damaged, or does not match the others.
    """
    train = load(folder, "train")
    pictures = holds_pictures(folder)
    parts: dict[Part, Images] = {"train": train, "test": load(folder, "test", train.input_shape if pictures else None)}
    files = [] if pictures else [file for part in PARTS for file in _files(folder, part, parts[part])]
    highest = max(int(images.labels.max()) for images in parts.values())
    classes = len(train.classes) if pictures else max(MIN_CLASSES, 1 + highest)
    published = recognised(folder) or (MNIST if any(file.as_published for file in files) else None)
    return Inventory(
        folder,
        tuple(files),
        published,
        parts["train"].classes,
        parts["train"].input_shape,
        {part: np.bincount(images.labels, minlength=classes).tolist() for part, images in parts.items()},
        {part: (int(images.images.min()), int(images.images.max())) for part, images in parts.items()},
        remarks(parts["train"], parts["test"]),
    )


def _files(folder: Path, part: Part, images: Images) -> list[HeldFile]:
    published = recognised(folder)
    files = []
    for name, array in zip(names(part), (images.images, images.labels), strict=True):
        path = locate(folder, name)
        assert path, "load has read it"
        packed = path.read_bytes()
        original: bool | None = None
        if published is None or published is MNIST:  # whose content is known, however it was compressed
            original = sha256(idx_header(array.shape) + array.tobytes()).hexdigest() == FILES[name].content
        elif published.releases:
            original = is_as_published(path, published.releases[name])
        files.append(HeldFile(path, len(packed), sha256(packed).hexdigest(), original))
    return files
