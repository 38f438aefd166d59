"""The history of a run: its config, metrics, health and findings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import Checkpoint
from cnnbp_cli.training.findings import Finding, findings
from cnnbp_cli.training.generations import load_newest
from cnnbp_cli.training.health import Health
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.runs import Run


@dataclass(frozen=True, eq=False)
class History:
    """The finished epochs of a run, at least one. The run may still be training.

    Attributes
    ----------
    run
        Its folder.
    last
        Its last.npz, or the newest older save that can be read.
    notes
        What the user should know about it, such as that an older save was used.
    """

    run: Run
    last: Checkpoint
    notes: tuple[str, ...] = ()

    @property
    def config(self) -> Config:
        return self.last.config

    @property
    def network(self) -> Network:
        return self.last.network

    @property
    def rows(self) -> list[EpochMetrics]:
        """The metrics of each finished epoch."""
        return self.last.state.rows

    @property
    def health(self) -> Health:
        """The health measured in each finished epoch."""
        return self.last.state.health

    @property
    def best(self) -> EpochMetrics:
        """The metrics of the best epoch."""
        return self.rows[self.last.state.best - 1]

    @property
    def measured(self) -> bool:
        """Whether `health` has any values; older versions of cnnbp did not measure it."""
        return not all(isnan(value) for row in self.health.rows for value in row)

    @cached_property
    def findings(self) -> list[Finding]:
        """The problems that its health shows."""
        return findings(self.config, self.network, self.rows, self.health)


def read_history(folder: Path) -> History:
    """Load the history of a run from its last.npz, or from an older save if that is damaged.

    Raises
    ------
    CnnbpError
        The folder is not a run folder, no save can be read, or no epoch is finished yet.
    """
    run = Run(folder)
    if not run.config.is_file():
        raise CnnbpError(
            "is not a run folder" if folder.exists() else "there is no such folder",
            where=str(folder),
            hint="Name a folder that cnnbp train created, such as runs/seed-001.",
        )
    last, notes = load_newest(folder) if run.last.exists() or run.generations else (None, ())
    if last is None or not last.state.rows:
        raise CnnbpError(
            "no epoch of this run has finished yet, so there is nothing to show",
            where=str(folder),
            hint="Wait for the first epoch. If the training diverged in it, lower the learning rate.",
        )
    return History(run, last, notes)


def read_health(folder: Path) -> History:
    """Load the history of a run whose health was measured.

    Raises
    ------
    CnnbpError
        As for `read_history`, or an older version of cnnbp trained the run and measured nothing.
    """
    history = read_history(folder)
    if not history.measured:
        raise CnnbpError(
            "this run was trained by an older version of cnnbp, which did not measure the health of layers",
            where=str(folder),
            hint="Train it again; the same config and seed give the same weights.",
        )
    return history
