"""List the runs in a folder with their results, unfinished and damaged runs included."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from cnnbp_cli.config import load_config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.training.metrics import EpochMetrics, from_csv, rank
from cnnbp_cli.training.runs import RUNS, Run, readable, refuse_file
from cnnbp_cli.training.summary import Reached, read_summary


@dataclass(frozen=True)
class ListedRun:
    """One run folder.

    Attributes
    ----------
    state
        `finished` if it has a summary.
    saved
        Modification time of its newest file.
    epochs, planned
        Number of finished epochs, and of epochs in the config.
    test_accuracy, validation_accuracy, best_epoch
        Of the best weights; None before the first epoch is finished. The test set is evaluated only at the end.
    problem
        Why it is broken.
    """

    folder: Path
    state: Literal["finished", "unfinished", "broken"]
    saved: datetime
    epochs: int = 0
    planned: int | None = None
    best_epoch: int | None = None
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    problem: str | None = None


def list_runs(root: Path = RUNS) -> list[ListedRun]:
    """The runs under `root`, most recently saved first. Folders without any file of a run are skipped.

    Raises
    ------
    CnnbpError
        `root` cannot be read.
    """
    refuse_file(root, "Move it, or give another folder: cnnbp runs DIR")
    with readable(root):
        runs = [Run(folder) for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
        held = [(run, [path for path in run.files if path.exists()]) for run in runs]
        found = [(max(path.stat().st_mtime for path in paths), run) for run, paths in held if paths]
    return [_listed(run, _date(saved)) for saved, run in sorted(found, key=_newest_first)]


def _date(seconds: float) -> datetime:
    """The time of a file. A file system may have times that `datetime` has not: the nearest one is used."""
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return (datetime.max if seconds > 0 else datetime.min).replace(tzinfo=UTC, microsecond=0)


def _newest_first(found: tuple[float, Run]) -> tuple[float, str]:
    saved, run = found
    return -saved, run.folder.name


def _listed(run: Run, saved: datetime) -> ListedRun:
    try:
        if not run.config.exists():
            raise CnnbpError("has no config.yaml")
        planned = load_config(run.config).train.epochs
        summary = _reached(run)
        rows = from_csv(run.metrics) if run.metrics.exists() else None
        if summary and (rows is None or len(rows) == summary.epochs):  # else the run was resumed after it had finished
            if not run.best.exists():
                raise CnnbpError("has no best.npz")
            return ListedRun(run.folder, "finished", saved, planned=planned, **summary.model_dump())
        rows = rows or []
    except CnnbpError as error:
        return ListedRun(run.folder, "broken", saved, problem=error.problem)
    best: EpochMetrics | None = min(rows, key=rank, default=None)
    return ListedRun(
        run.folder,
        "unfinished",
        saved,
        len(rows),
        planned,
        best.epoch if best else None,
        best.validation_accuracy if best else None,
    )


def _reached(run: Run) -> Reached | None:
    try:
        return read_summary(run, Reached)
    except CnnbpError as error:
        raise CnnbpError(f"its {run.summary.name} {error.problem}") from None
