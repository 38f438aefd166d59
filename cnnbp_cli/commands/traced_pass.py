"""The pass that `inspect-gradients` traces: which network, with which weights, on which images."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.traced_images import ChosenImages, WeightedNetwork
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from rich.console import Console

    from cnnbp_cli.show.inspect_gradients import Subject


@dataclass(frozen=True)
class TracedPass:
    """The options that say which pass is traced. CnnbpError if they contradict each other."""

    config: Path | None
    checkpoint: Path | None
    overrides: tuple[str, ...]
    images: ChosenImages

    def __post_init__(self) -> None:
        if bool(self.config) == bool(self.checkpoint):
            raise CnnbpError(
                "give either --config or --checkpoint",
                hint="Example: cnnbp inspect-gradients --config FILE. Create a FILE with cnnbp init.",
            )
        if self.checkpoint and self.overrides:
            raise CnnbpError("--set needs --config: a checkpoint has its own config", hint="Leave --set out.")

    def trace(self, source: ImageSource, console: Console) -> Subject:
        """Run the pass. Progress of a download, and notes, are shown on `console`."""
        from cnnbp_cli.gradients.trace import trace
        from cnnbp_cli.show.inspect_gradients import Subject
        from cnnbp_cli.show.train import show_notes

        weighted = self._network()
        images = self.images.load(weighted, source, console)
        traced = trace(weighted.network, weighted.params, images.x, images.labels)
        show_notes(console, images.notes)
        trained = self.checkpoint is not None
        return Subject(weighted.source, weighted.config, trained, self.images.origin, traced, images.classes)

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
