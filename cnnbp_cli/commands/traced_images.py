"""The images of a traced pass: some of a split of the data set, or a picture of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnbp_cli.commands.images import ImageSource, Split, load_split
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.console import Console

    from cnnbp_cli.config import Config
    from cnnbp_cli.network import Network, Parameters
    from cnnbp_cli.numerics.arrays import Array
    from cnnbp_cli.show.inspect_gradients import ImageOrigin
    from cnnbp_cli.training.checkpoint import Checkpoint


class WeightedNetwork(NamedTuple):
    """A network with its weights.

    Attributes
    ----------
    source
        Its config file or checkpoint.
    config, network, params
        Its config, its layers and their parameters.
    checkpoint
        The checkpoint; None if the network is untrained.
    """

    source: Path
    config: Config
    network: Network
    params: Parameters
    checkpoint: Checkpoint | None


class TracedImages(NamedTuple):
    """The images (C, H, W, N) in float64, their labels (N,), the names of the classes if known, and notes to show."""

    x: Array
    labels: NDArray[np.intp]
    classes: tuple[str, ...]
    notes: list[str]


@dataclass(frozen=True)
class ChosenImages:
    """The options that say which images are traced. CnnbpError if they contradict each other."""

    split: Split
    index: int | None
    batch: int | None
    picture: Path | None = None
    label: int | None = None

    def __post_init__(self) -> None:
        if self.index is not None and self.batch is not None:
            raise CnnbpError("--index and --batch exclude each other", hint="Leave one of them out.")
        if self.picture and (self.index is not None or self.batch is not None):
            raise CnnbpError("--image excludes --index and --batch", hint="Leave --image or the others out.")
        if self.picture and self.label is None:
            raise CnnbpError(
                "--image needs --label: the cost compares the output with the right class",
                hint="Say which class the picture shows, such as --label 7.",
            )
        if self.label is not None and not self.picture:
            raise CnnbpError("--label needs --image", hint="The images of the data set have their labels.")

    @property
    def origin(self) -> ImageOrigin:
        """Where the images are from."""
        from cnnbp_cli.show.inspect_gradients import ImageOrigin

        return ImageOrigin(None, None, self.picture) if self.picture else ImageOrigin(self.split, self.index or 0)

    def load(self, weighted: WeightedNetwork, source: ImageSource, console: Console) -> TracedImages:
        """Read them. Progress of a download is shown on `console`."""
        if self.picture and self.label is not None:
            return _from_picture(self.picture, self.label, weighted)
        notes: list[str] = []
        if weighted.checkpoint:
            folder, notes = source.find_trained_on(weighted.checkpoint, self.split, console)
        else:
            folder = source.find(weighted.config, console)
        return self._from_split(folder, weighted, notes)

    def _from_split(self, folder: Path, weighted: WeightedNetwork, notes: list[str]) -> TracedImages:
        import numpy as np

        from cnnbp_cli.config.limits import EXACT_BYTES, too_large

        first, count = self.index or 0, self.batch or 1
        images, places = load_split(folder, weighted.config, self.split)
        places = np.arange(len(images)) if places is None else places
        if first + count > len(places):
            raise CnnbpError(
                f"the {self.split} images are 0 to {len(places) - 1:,}",
                where=f"--index {first}" if count == 1 else f"--batch {count}",
            )
        for _, problem in too_large(weighted.network, count, number_bytes=EXACT_BYTES):
            raise CnnbpError(problem, where=f"--batch {count}", hint="Use fewer images.")
        some = places[first : first + count]
        x = _as_input(weighted.network, images.images[some])
        return TracedImages(x, images.labels[some].astype(np.intp), images.classes, notes)


def _from_picture(picture: Path, label: int, weighted: WeightedNetwork) -> TracedImages:
    import numpy as np

    from cnnbp_cli.files.text import printable
    from cnnbp_cli.mnist.photograph import SIDE, see
    from cnnbp_cli.mnist.picture_file import read_picture
    from cnnbp_cli.training.predict import check_form

    check_form(weighted.network, (1, SIDE, SIDE))
    (classes,) = weighted.network.output_shape
    if label >= classes:
        raise CnnbpError(f"the classes are 0 to {classes - 1}", where=f"--label {label}")
    seen = see(read_picture(picture))
    if seen.image is None:
        raise CnnbpError("; ".join(seen.doubts), where=str(picture), hint="Use a picture of one digit.")
    doubts = [f"{printable(str(picture))}: {doubt}" for doubt in seen.doubts]
    return TracedImages(_as_input(weighted.network, seen.image[None]), np.array([label]), (), doubts)


def _as_input(network: Network, images: NDArray[np.uint8]) -> Array:
    import numpy as np

    from cnnbp_cli.mnist.batches import to_input

    return to_input(images, np.empty((*network.input_shape, len(images)), np.float64))
