"""The images of a sweep's runs: read once per process; on a cluster found on the worker, or sent to it."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import numpy as np

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist import dataset
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.mnist.source import find_held
from cnnbp_cli.numerics.arrays import Shape
from cnnbp_cli.training.data import fingerprint

LEVEL = 1
"""Of zlib: 55 MB of MNIST become 14 MB in a second; the best level takes ten times as long for 2 MB less."""


@dataclass(frozen=True)
class ImagesWanted:
    """Which images a run needs.

    Attributes
    ----------
    folder
        Where the submitting process found them.
    identity
        Identifies both parts by number, size and checksum.
    shape
        The config's `input`, to which pictures are scaled.
    """

    folder: str
    identity: str
    shape: Shape


class MissingImages(Exception):
    """This worker has not these images: they must be sent."""


@dataclass(frozen=True)
class PackedImages:
    """Both parts of a data set, compressed: shape and bytes of images and labels."""

    parts: tuple[tuple[tuple[int, ...], bytes, bytes], ...]

    @classmethod
    def of(cls, parts: tuple[Images, Images]) -> PackedImages:
        return cls(
            tuple(
                (
                    one.images.shape,
                    zlib.compress(one.images.tobytes(), LEVEL),
                    zlib.compress(one.labels.tobytes(), LEVEL),
                )
                for one in parts
            )
        )

    def unpacked(self) -> tuple[Images, Images]:
        """The images again."""
        train, test = (
            Images(
                np.frombuffer(zlib.decompress(images), np.uint8).reshape(shape),
                np.frombuffer(zlib.decompress(labels), np.uint8),
            )
            for shape, images, labels in self.parts
        )
        return train, test


def read(folder: Path, shape: Shape) -> tuple[Images, Images]:
    """Training and test part of the data set in a folder, for networks with this input.

    Raises CnnbpError as `dataset.load` does.
    """
    train, test = (dataset.load(folder, part, shape) for part in dataset.PARTS)
    return train, test


def identity(parts: tuple[Images, Images]) -> str:
    """Identifies a data set by the content of both parts."""
    return " | ".join(map(fingerprint, parts))


_lock = Lock()
_held: dict[str, tuple[Images, Images]] = {}
"""The images of this process, by identity: those of the latest run."""


def held_images(wanted: ImagesWanted, sent: PackedImages | None = None) -> tuple[Images, Images]:
    """The images, from this process, its disk, or what was sent.

    Raises
    ------
    MissingImages
        None of these has them.
    """
    with _lock:  # the threads of a worker must not read them several times
        if wanted.identity not in _held:
            found = sent.unpacked() if sent else _on_disk(wanted)
            if found is None or identity(found) != wanted.identity:
                raise MissingImages
            _held.clear()
            _held[wanted.identity] = found
        return _held[wanted.identity]


def _on_disk(wanted: ImagesWanted) -> tuple[Images, Images] | None:
    """The data set in the folder of the submitting process, in ./data or in the cache, if it is the right one."""
    for named in (Path(wanted.folder), None):
        try:
            folder = find_held(named, None)
            found = read(folder, wanted.shape) if folder else None
        except (CnnbpError, OSError):
            continue
        if found and identity(found) == wanted.identity:
            return found
    return None
