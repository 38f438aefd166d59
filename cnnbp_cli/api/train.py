"""Training from Python."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cnnbp_cli.api.data import DataSet, load_data
from cnnbp_cli.api.network import NetworkWithWeights, load_checkpoint
from cnnbp_cli.config import Config, config_from_data, load_config, to_data, with_data_dir
from cnnbp_cli.numerics.threads import usable_cores
from cnnbp_cli.training import start
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.events import EpochDone, RunDone
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.metrics import records


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """A finished training. In a notebook it is the report of the run.

    Attributes
    ----------
    run
        The run folder, as `cnnbp train` writes it.
    network
        The network with the best weights.
    test_accuracy, test_loss
        On the test images, which are used once, at the end.
    best_epoch
        The epoch of these weights, by validation accuracy.
    metrics
        One mapping per epoch: the columns of metrics.csv.
    """

    run: Path
    network: NetworkWithWeights
    test_accuracy: float
    test_loss: float
    best_epoch: int
    metrics: list[Mapping[str, Any]]
    data: Data = field(repr=False)

    def page(self) -> str:
        """The report of the run, as HTML."""
        from cnnbp_cli.show.report.run.page import run_page
        from cnnbp_cli.training.history import read_history
        from cnnbp_cli.training.report import make_report

        return run_page(make_report(read_history(self.run), self.data, threads=usable_cores()))

    def html(self, path: str | os.PathLike[str]) -> None:
        """Write the report to a file; an existing file is replaced."""
        from cnnbp_cli.files.durable import write

        write(Path(path), self.page().encode())

    def __repr__(self) -> str:
        return f"<test accuracy {self.test_accuracy:.2%}, best epoch {self.best_epoch}, saved in {self.run}>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import framed_page

        return framed_page(self.page())


def train(
    config: Config | str | os.PathLike[str],
    data: DataSet | None = None,
    *,
    epochs: int | None = None,
    seed: int | None = None,
    folder: str | os.PathLike[str] | None = None,
    threads: int | None = None,
    on_epoch: Callable[[EpochDone], None] | None = None,
) -> TrainingResult:
    """Train a network. The run folder and the weights are those that `cnnbp train` makes, bit for bit.

    Parameters
    ----------
    config
        A config, or its file.
    data
        A data set; if left out, that of the config, or MNIST.
    epochs, seed
        Instead of the config's.
    folder
        The run folder; if left out, the next free runs/NAME-NNN.
    threads
        Number of threads; they change only the speed. Default: all usable cores.
    on_epoch
        Called after each epoch.

    Raises
    ------
    CnnbpError
        The config, the data set or the folder is not what it should be, or the training diverged.
    """
    wanted = config if isinstance(config, Config) else load_config(Path(config))
    overrides = [f"train.{key}={value}" for key, value in (("epochs", epochs), ("seed", seed)) if value is not None]
    if overrides:
        wanted = config_from_data(to_data(wanted), "config", overrides)
    if data is None:
        data = load_data(wanted.data.dir)
    elif data.named:
        wanted = with_data_dir(wanted, data.named)
    images = Data.of(wanted, data.train.held, data.test.held)
    training = start.start(wanted, images, Path(folder) if folder is not None else None)
    with closing(fit(training, threads=threads or usable_cores())) as events:
        for event in events:
            if on_epoch and isinstance(event, EpochDone):
                on_epoch(event)
    assert isinstance(event, RunDone), "the last event of fit"
    return TrainingResult(
        event.run,
        load_checkpoint(event.run),
        event.test_accuracy,
        event.test_loss,
        event.best_epoch,
        list(records(training.state.rows, training.state.health)),
        images,
    )
