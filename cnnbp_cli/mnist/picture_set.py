"""A folder of pictures per class as a data set: DIR/train/LABEL/*.png and DIR/test/LABEL/*.png.

The names of the folders are the names of the classes, in the order of their numbers or else of the alphabet. Each
picture is scaled to cover the network's input, with its proportions kept, and what protrudes is cut off evenly.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import quoted
from cnnbp_cli.mnist.picture_file import pictures_in, read_picture
from cnnbp_cli.numerics.arrays import Shape

MAX_BYTES = 1 << 30
"""Of one part in memory, as for IDX files."""

MAX_CLASSES = 256
"""Labels are bytes."""


def holds_pictures(folder: Path) -> bool:
    """Whether the folder has the two parts of such a data set, with a folder of a class in the first."""
    try:
        return (folder / "test").is_dir() and any(path.is_dir() for path in (folder / "train").iterdir())
    except (OSError, ValueError):
        return False


def picture_classes(folder: Path) -> tuple[str, ...]:
    """The names of the classes, which are those of the training part.

    Raises
    ------
    CnnbpError
        There are too many, or the folder cannot be listed.
    """
    names = _folders(folder / "train")
    if len(names) > MAX_CLASSES:
        raise CnnbpError(
            f"holds {len(names):,} classes; at most {MAX_CLASSES} are read",
            where=str(folder / "train"),
            hint="Use a data set of fewer classes.",
        )
    return names


def load_pictures(
    folder: Path, part: Literal["train", "test"], input_shape: Shape | None
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The images of a part, (N, H, W) or (N, 3, H, W), and their labels, (N,).

    Parameters
    ----------
    folder
        The data set.
    part
        The part.
    input_shape
        (C, H, W) to which the pictures are converted, with one channel or three; None for the size of the first
        training picture, and one channel if that is grey.

    Raises
    ------
    CnnbpError
        A picture cannot be read, the test part has a class that the training part does not have, or the pictures take
        too much memory.
    """
    classes = picture_classes(folder)
    if part == "test" and (unknown := sorted({*_folders(folder / part)} - {*classes})):
        raise CnnbpError(
            f"holds {quoted(unknown)}, which the training part does not have",
            where=str(folder / part),
            hint="Put pictures of each class into both parts, in folders of the same name.",
        )
    found = [(path, label) for label, name in enumerate(classes) for path in _pictures(folder / part / name)]
    if not found:
        raise CnnbpError(
            "holds no pictures", where=str(folder / part), hint="Put PNG or JPEG files into one folder per class."
        )
    channels, height, width = shape = input_shape or _shape_of_first(folder, classes)
    if channels not in (1, 3):
        raise CnnbpError(
            f"pictures have 1 or 3 channels, not {channels}",
            where="input",
            hint=f"Write input: [3, {height}, {width}].",
        )
    if (size := len(found) * channels * height * width) > MAX_BYTES:
        raise CnnbpError(
            f"{len(found):,} pictures of {channels}×{height}×{width} are {size:,} bytes, more than the {MAX_BYTES:,} "
            "that are read",
            where=str(folder / part),
            hint="Use smaller images.",
        )
    images = np.stack([fitted(read_picture(path), shape) for path, _ in found])
    return images, np.array([label for _, label in found], np.uint8)


def fitted(picture: NDArray[np.uint8], shape: Shape) -> NDArray[np.uint8]:
    """A picture (H, W, 3) as an image of `shape`: (H, W) for one channel, (3, H, W) for three."""
    from PIL import Image, ImageOps

    channels, height, width = shape
    image = Image.fromarray(picture)
    if channels == 1:
        image = image.convert("L")
    if image.size != (width, height):
        image = ImageOps.fit(image, (width, height), Image.Resampling.BILINEAR)
    array = np.asarray(image)
    return array if channels == 1 else np.ascontiguousarray(array.transpose(2, 0, 1))


def _shape_of_first(folder: Path, classes: tuple[str, ...]) -> Shape:
    for name in classes:
        for path in _pictures(folder / "train" / name):
            picture = read_picture(path)
            grey = bool((picture == picture[..., :1]).all())
            return (1 if grey else 3, *picture.shape[:2])
    raise CnnbpError(
        "holds no pictures", where=str(folder / "train"), hint="Put PNG or JPEG files into one folder per class."
    )


def _folders(folder: Path) -> tuple[str, ...]:
    try:
        names = [path.name for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")]
    except OSError as error:
        raise CnnbpError(
            f"cannot be listed: {error.strerror}", where=str(folder), hint="Get permission to read the folder."
        ) from None
    return tuple(sorted(names, key=_order))


def _order(name: str) -> tuple[int, str]:
    """Numbers by their value, before other names."""
    return (int(name), name) if re.fullmatch(r"[0-9]{1,9}", name) else (10**9, name)


def _pictures(folder: Path) -> list[Path]:
    """The pictures of a class; none if the folder is missing or empty."""
    return pictures_in(folder) if folder.is_dir() and any(folder.iterdir()) else []
