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
    from cnnbp_cli.training.checkpoint import Checkpoint

Split: TypeAlias = Literal["test", "validation", "train"]


@dataclass(frozen=True)
class ImageSource:
    """Where the images come from: the options `--data-dir`, `--mirror` and `--offline`."""

    data_dir: Path | None
    mirror: str | None
    offline: bool

    def find(self, config: Config | None, console: Console) -> Path:
        """The folder of the data set. A download, if one is needed, shows its progress on `console`."""
        return self._find(config.data.dir if config else None, console)

    def find_trained_on(self, trained: Checkpoint, split: Split | None, console: Console) -> tuple[Path, list[str]]:
        """The folder of the images that a network was trained on, recognised by their fingerprint, and notes to show.

        Without --data-dir, it is the folder that the run recorded, or the first of the other places if that has no data
        set any more. The test images of another data set are used if --data-dir names them, with a note.
        `split` is None for a command that needs all images of the run.

        Raises
        ------
        CnnbpError
            The folder has other images; or as for `find`.
        """
        from cnnbp_cli.mnist.source import holds_set
        from cnnbp_cli.training.data import fingerprint_of, other_images

        recorded = trained.config.data.dir
        folder = self._find(recorded if recorded and holds_set(recorded) else None, console)
        problem = other_images(trained.data, fingerprint_of(folder, trained.config.input))
        if not problem:
            return folder, []
        if self.data_dir and split == "test":
            return folder, [f"{trained.path}: {problem} in {folder}"]
        was_in = f", which was {recorded}" if recorded else ""
        or_test = ", or use --split test" if self.data_dir and split else ""
        raise CnnbpError(
            f"{trained.path}: {problem}",
            where=str(folder),
            hint=f"Name the folder of the data set it was trained on{was_in}: --data-dir DIR{or_test}.",
        )

    def _find(self, config_dir: Path | None, console: Console) -> Path:
        from cnnbp_cli.mnist.source import find
        from cnnbp_cli.show.download import download_view

        with download_view(console) as progress:
            return find(self.data_dir, config_dir, mirror=self.mirror, offline=self.offline, progress=progress)


def load_split(folder: Path, config: Config, split: Split) -> tuple[Images, NDArray[np.int64] | None]:
    """The images of a split and their places among those, None for all; they fit the config's network."""
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.data import check_images

    images, places = split_images(folder, split, config.data.validation, config.train.seed, config.input)
    check_images(Network(config.input, config.layers, config.loss), images)
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
