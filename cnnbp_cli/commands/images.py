"""A command's images: where they come from, and which of them it uses."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from cnnbp_cli.config import Config
    from cnnbp_cli.mnist.dataset import Images
    from cnnbp_cli.numerics.arrays import Shape

Split: TypeAlias = Literal["test", "validation", "train"]


@dataclass(frozen=True)
class ImageSource:
    """Where the images come from: the options `--data-dir`, `--mirror` and `--offline`."""

    data_dir: Path | None
    mirror: str | None
    offline: bool

    def find(self, config: Config | None, console: Console) -> Path:
        """The folder of the data set. A download, if one is needed, shows its progress on `console`."""
        from cnnbp_cli.mnist.source import find
        from cnnbp_cli.show.download import download_view

        config_dir = config.data.dir if config else None
        with download_view(console) as progress:
            return find(self.data_dir, config_dir, mirror=self.mirror, offline=self.offline, progress=progress)


def load_split(
    folder: Path, config: Config, split: Split, trained_on: str | None = None
) -> tuple[Images, NDArray[np.int64] | None]:
    """The images of a split and their places among those, None for all; they fit the config's network.

    Training and validation images are those of the run whose images have the fingerprint `trained_on`: CnnbpError
    if the folder holds others.
    """
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.data import check_images, fingerprint, other_images

    images, places = split_images(folder, split, config.data.validation, config.train.seed, config.input)
    check_images(Network(config.input, config.layers, config.loss), images)
    if split != "test" and trained_on and (problem := other_images(trained_on, fingerprint(images))):
        raise CnnbpError(
            f"the {split} images of this network are unknown: {problem}",
            where=str(folder),
            hint="Give the data set that it was trained on with --data-dir DIR, or use --split test.",
        )
    return images, places


def split_images(
    folder: Path, split: Split, validation: int, seed: int, input_shape: Shape | None = None
) -> tuple[Images, NDArray[np.int64] | None]:
    """The images of a split and their places among those; of any shape if `input_shape` is None."""
    from cnnbp_cli.mnist import dataset, splits

    images = dataset.load(folder, "test" if split == "test" else "train", input_shape)
    if split == "test":
        return images, None
    train, held_out = splits.split(len(images), validation, seed)
    return images, held_out if split == "validation" else train
