"""A run read back: its config, its metrics, its health and what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import isnan
from pathlib import Path

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.findings import Finding, findings
from cnnbp_cli.training.health import Health
from cnnbp_cli.training.metrics import Row
from cnnbp_cli.training.runs import Run


@dataclass(frozen=True)
class History:
    """The finished epochs of a run, which may still be going on.

    Attributes
    ----------
    run, config, network
        Where it is, and what is trained.
    rows, health
        What each finished epoch came to, and what was measured in it.
    """

    run: Run
    config: Config
    network: Network
    rows: list[Row]
    health: Health

    @cached_property
    def findings(self) -> list[Finding]:
        """What stands out."""
        return findings(self.network, self.rows, self.health)


def read_history(folder: Path) -> History:
    """The history of the run in this folder, as its last.npz has it.

    Raises
    ------
    CnnbpError
        It is no run folder, last.npz cannot be read, no epoch is finished yet, or nothing was measured: an older
        cnnbp trained it.
    """
    run = Run(folder)
    if not run.config.is_file():
        raise CnnbpError(
            "is no run folder" if folder.exists() else "there is no such folder",
            where=str(folder),
            hint="Name a folder that cnnbp train made, such as runs/seed-001.",
        )
    state = None
    if run.last.exists():
        checkpoint = load_checkpoint(run.last)
        state = checkpoint.state
    if state is None or not state.rows:
        raise CnnbpError(
            "no epoch of this run has ended yet, so there is nothing to show",
            where=str(folder),
            hint="Wait for the first one. If the training diverged before its end: lower the learning rate.",
        )
    if all(isnan(value) for row in state.health.rows for value in row):
        raise CnnbpError(
            "an older cnnbp trained this run, and did not measure the health of its layers",
            where=str(folder),
            hint="Train it again: the same config and seed give the same weights.",
        )
    return History(run, checkpoint.config, checkpoint.network, state.rows, state.health)
