"""List the runs in a folder with their results, unfinished and damaged runs included."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from cnnbp_cli.config import Config, load_config, to_values
from cnnbp_cli.config.problems import did_you_mean, either
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.training.metrics import EpochMetrics, from_csv, rank, stopped_early
from cnnbp_cli.training.runs import RUNS, Run, readable, refuse_file
from cnnbp_cli.training.summary import Reached, read_summary


@dataclass(frozen=True)
class ListedRun:
    """One run folder.

    Attributes
    ----------
    state
        `finished` if it has a summary; `untested` if all its epochs are trained, but the test images were not
        evaluated, as in a sweep.
    saved
        Modification time of its newest file.
    epochs, planned
        Number of finished epochs, and of epochs in the config.
    test_accuracy, validation_accuracy, best_epoch
        Of the best weights; None before the first epoch is finished. The test set is evaluated only at the end.
    problem
        Why it is broken.
    config
        Its config; None if that cannot be read.
    """

    folder: Path
    state: Literal["finished", "untested", "unfinished", "broken"]
    saved: datetime
    epochs: int = 0
    planned: int | None = None
    best_epoch: int | None = None
    validation_accuracy: float | None = None
    test_accuracy: float | None = None
    problem: str | None = None
    config: Config | None = field(default=None, repr=False)


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


SORTS = ("saved", "test", "validation", "epochs", "name")
"""What runs are sorted by, besides the config values in which they differ."""


def sort_runs(runs: Sequence[ListedRun], by: str) -> list[ListedRun]:
    """The runs in another order: the newest, the best or the longest first, by name, or by a config value from low to
    high. Runs without that value come last.

    Raises
    ------
    CnnbpError
        `by` is none of `SORTS`, and no config has such a key.
    """
    keys: dict[str, Callable[[ListedRun], Any]] = {
        "saved": lambda run: -run.saved.timestamp(),
        "test": lambda run: None if run.test_accuracy is None else -run.test_accuracy,
        "validation": lambda run: None if run.validation_accuracy is None else -run.validation_accuracy,
        "epochs": lambda run: -run.epochs,
        "name": lambda run: run.folder.name,
    }
    values = {run.folder: to_values(run.config) for run in runs if run.config}
    if by not in keys and runs and not any(by in each for each in values.values()):
        options = {*SORTS, *(key for each in values.values() for key in each)}
        near = did_you_mean(by, options)
        raise CnnbpError(
            f"cannot sort by {printable(by, 60)}: no run has such a config key",
            where="--sort",
            hint=f"Did you mean {near}?" if near else f"Use {either(SORTS)}, or a config key such as train.batch_size.",
        )

    def place(run: ListedRun) -> tuple[bool, bool, Any]:
        value = keys[by](run) if by in keys else values.get(run.folder, {}).get(by)
        return value is None, isinstance(value, str), 0 if value is None else value

    return sorted(runs, key=place)


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
    config: Config | None = None
    try:
        if not run.config.exists():
            raise CnnbpError("has no config.yaml")
        config = load_config(run.config)
        planned = config.train.epochs
        summary = _reached(run)
        rows = from_csv(run.metrics) if run.metrics.exists() else None
        if summary and (rows is None or len(rows) == summary.epochs):  # else the run was resumed after it had finished
            if not run.best.exists():
                raise CnnbpError("has no best.npz")
            return ListedRun(run.folder, "finished", saved, planned=planned, config=config, **summary.model_dump())
        rows = rows or []
    except CnnbpError as error:
        return ListedRun(run.folder, "broken", saved, problem=error.problem, config=config)
    best: EpochMetrics | None = min(rows, key=rank, default=None)
    complete = len(rows) >= planned or stopped_early(config.train.early_stopping, rows)
    return ListedRun(
        run.folder,
        "untested" if complete else "unfinished",
        saved,
        len(rows),
        planned,
        best.epoch if best else None,
        best.validation_accuracy if best else None,
        config=config,
    )


def _reached(run: Run) -> Reached | None:
    try:
        return read_summary(run, Reached)
    except CnnbpError as error:
        raise CnnbpError(f"its {run.summary.name} {error.problem}") from None
