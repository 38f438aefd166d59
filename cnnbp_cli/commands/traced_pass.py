"""The pass that `inspect-gradients` traces: which network, with which weights, on which images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cnnbp_cli.commands.images import ImageSource, Split, load_split
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.config import Config
    from cnnbp_cli.network import Network, Parameters
    from cnnbp_cli.numerics.arrays import Array
    from cnnbp_cli.show.inspect_gradients import Subject
    from cnnbp_cli.training.checkpoint import Checkpoint


@dataclass(frozen=True)
class TracedPass:
    """The options that say which pass is traced. CnnbpError if they contradict each other."""

    config: Path | None
    checkpoint: Path | None
    overrides: tuple[str, ...]
    split: Split
    index: int | None
    batch: int | None

    def __post_init__(self) -> None:
        if bool(self.config) == bool(self.checkpoint):
            raise CnnbpError(
                "give either --config or --checkpoint",
                hint="Example: cnnbp inspect-gradients --config FILE. Create a FILE with cnnbp init.",
            )
        if self.checkpoint and self.overrides:
            raise CnnbpError("--set needs --config: a checkpoint has its own config", hint="Leave --set out.")
        if self.index is not None and self.batch is not None:
            raise CnnbpError("--index and --batch exclude each other", hint="Leave one of them out.")

    def trace(self, images: ImageSource, console: Console) -> Subject:
        """Run the pass. Progress of a download, and notes, are shown on `console`."""
        from cnnbp_cli.gradients.trace import trace
        from cnnbp_cli.show.inspect_gradients import Subject
        from cnnbp_cli.show.train import show_notes

        weighted = self._network()
        notes: list[str] = []
        if weighted.checkpoint:
            folder, notes = images.find_trained_on(weighted.checkpoint, self.split, console)
        else:
            folder = images.find(weighted.config, console)
        x, labels, classes = self._images(folder, weighted)
        traced = trace(weighted.network, weighted.params, x, labels)
        show_notes(console, notes)
        return Subject(
            weighted.source, weighted.config, self.checkpoint is not None, self.split, self.index or 0, traced, classes
        )

    def _network(self) -> WeightedNetwork:
        from cnnbp_cli.config import load_config
        from cnnbp_cli.network import Network
        from cnnbp_cli.training.checkpoint import load_checkpoint
        from cnnbp_cli.training.runs import find_checkpoint
        from cnnbp_cli.training.state import State

        if self.config:
            loaded = load_config(self.config, self.overrides)
            network = Network(loaded.input, loaded.layers, loaded.loss)
            return WeightedNetwork(self.config, loaded, network, State.new(loaded, network).params, None)
        saved = load_checkpoint(find_checkpoint(self.checkpoint))
        return WeightedNetwork(saved.path, saved.config, saved.network, saved.state.params, saved)

    def _images(self, folder: Path, weighted: WeightedNetwork) -> tuple[Array, Array, tuple[str, ...]]:
        """The images, (C, H, W, N), their labels, and the names of the classes."""
        import numpy as np

        from cnnbp_cli.config.limits import too_large
        from cnnbp_cli.mnist.batches import to_input

        first, count = self.index or 0, self.batch or 1
        images, places = load_split(folder, weighted.config, self.split)
        places = np.arange(len(images)) if places is None else places
        if first + count > len(places):
            raise CnnbpError(
                f"the {self.split} images are 0 to {len(places) - 1:,}",
                where=f"--index {first}" if count == 1 else f"--batch {count}",
            )
        for _, problem in too_large(weighted.network, 2 * count):  # float64 takes twice the memory of float32
            raise CnnbpError(problem, where=f"--batch {count}", hint="Use fewer images.")
        some = places[first : first + count]
        x = np.empty((*weighted.network.input_shape, count), np.float64)
        return to_input(images.images[some], x), images.labels[some].astype(np.intp), images.classes


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
