"""A run read back: its config, its metrics, its health and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import Checkpoint, load_checkpoint
from cnnbp_cli.training.findings import Finding, findings
from cnnbp_cli.training.health import Health
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.runs import Run


@dataclass(frozen=True, eq=False)
class History:
    """The finished epochs of a run, one at least; it may still be going on.

    Attributes
    ----------
    run
        Where it is.
    last
        Its last.npz.
    """

    run: Run
    last: Checkpoint

    @property
    def config(self) -> Config:
        return self.last.config

    @property
    def network(self) -> Network:
        return self.last.network

    @property
    def rows(self) -> list[EpochMetrics]:
        """What each finished epoch came to."""
        return self.last.state.rows

    @property
    def health(self) -> Health:
        """What was measured in each of them."""
        return self.last.state.health

    @property
    def best(self) -> EpochMetrics:
        """The epoch of the best weights."""
        return self.rows[self.last.state.best - 1]

    @property
    def measured(self) -> bool:
        """Whether there is anything in `health`; an older cnnbp did not look at it."""
        return not all(isnan(value) for row in self.health.rows for value in row)

    @cached_property
    def findings(self) -> list[Finding]:
        """What stands out."""
        return findings(self.network, self.rows, self.health)


def read_history(folder: Path) -> History:
    """The history of the run in this folder, as its last.npz has it.

    Raises
    ------
    CnnbpError
        It is no run folder, last.npz cannot be read, or no epoch is finished yet.
    """
    run = Run(folder)
    if not run.config.is_file():
        raise CnnbpError(
            "is no run folder" if folder.exists() else "there is no such folder",
            where=str(folder),
            hint="Name a folder that cnnbp train made, such as runs/seed-001.",
        )
    last = load_checkpoint(run.last) if run.last.exists() else None
    if last is None or not last.state.rows:
        raise CnnbpError(
            "no epoch of this run has ended yet, so there is nothing to show",
            where=str(folder),
            hint="Wait for the first one. If the training diverged before its end: lower the learning rate.",
        )
    return History(run, last)


def read_health(folder: Path) -> History:
    """The same of a run whose health was measured.

    Raises
    ------
    CnnbpError
        As `read_history`; or nothing was measured: an older cnnbp trained it.
    """
    history = read_history(folder)
    if not history.measured:
        raise CnnbpError(
            "an older cnnbp trained this run, and did not measure the health of its layers",
            where=str(folder),
            hint="Train it again: the same config and seed give the same weights.",
        )
    return history
