"""A command's images: where they come from, and which of them are meant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from cnnbp_cli.config import Config
    from cnnbp_cli.mnist.dataset import Images

Split: TypeAlias = Literal["test", "validation", "train"]


def find_images(config: Config, console: Console, *, data_dir: Path | None, mirror: str | None, offline: bool) -> Path:
    """The folder of the data set, as the options of `options.py` and the config name it; a download is shown."""
    from cnnbp_cli.mnist.source import find
    from cnnbp_cli.show.download import download_view

    with download_view(console) as progress:
        return find(data_dir, config.data.dir, mirror=mirror, offline=offline, progress=progress)


def load_split(folder: Path, config: Config, split: Split) -> tuple[Images, NDArray[np.int64] | None]:
    """The images of a split and their places among those, None for all; they suit the config's network."""
    from cnnbp_cli.mnist import dataset, splits
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.data import check_images

    images = dataset.load(folder, "test" if split == "test" else "train", config.input)
    check_images(Network(config.input, config.layers, config.loss), images)
    if split == "test":
        return images, None
    train, validation = splits.split(len(images), config.data.validation, config.train.seed)
    return images, validation if split == "validation" else train
