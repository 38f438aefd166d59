"""`cnnbp runs`: the runs of a folder."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config.problems import show_value
from cnnbp_cli.files.text import printable
from cnnbp_cli.show.columns import TableColumn, short_names, show_rows
from cnnbp_cli.show.documents.runs import RunDocument, RunsDocument
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.numbers import fraction, local_time
from cnnbp_cli.training.comparison import differences
from cnnbp_cli.training.listing import ListedRun

_Column: TypeAlias = Literal[
    "run", "state", "saved", "epochs", "planned", "best_epoch", "validation_accuracy", "test_accuracy"
]

VALUE_WIDTH = 24
"""Characters of a config value."""


def show_runs(console: Console, folder: Path, runs: Sequence[ListedRun]) -> None:
    """Print one line per run, and below the table why runs are broken."""
    if not runs:
        line = f"No runs in {printable(str(folder))} yet. Train a network first:\n"
        console.print(
            Text.assemble(line, next_steps(["init"], ["train", "--config", "seed.yaml"])), end="", soft_wrap=True
        )
        return
    differing = _differing(runs)
    names = short_names(list(differing))
    rows = [
        _cells(run) | {key: _value(values[place]) for key, values in differing.items()}
        for place, run in enumerate(runs)
    ]
    styles = {"finished": "", "untested": "", "unfinished": "yellow", "broken": "red"}
    show_rows(
        console,
        [
            TableColumn("run", "run", max(3, *(len(cells["run"]) for cells in rows)), left=True),
            TableColumn("test", "test\naccuracy", 8),
            TableColumn("validation", "validation\naccuracy", 10, rank=1),
            TableColumn("epochs", "epochs", max(6, *(len(cells["epochs"]) for cells in rows)), rank=len(differing) + 3),
            TableColumn("saved", "saved", 16, rank=len(differing) + 2, left=True),
            TableColumn("state", "", 10, left=True),
            *(
                TableColumn(key, names[key], max(len(names[key]), *(len(cells[key]) for cells in rows)), rank=2 + place)
                for place, key in enumerate(differing)
            ),
        ],
        rows,
        [styles[run.state] for run in runs],
    )
    for run in runs:
        if run.problem:
            console.print(Text(f"{printable(run.folder.name)}: {printable(run.problem)}", style="red"), soft_wrap=True)


def _cells(run: ListedRun) -> dict[str, str]:
    return {
        "run": printable(run.folder.name),
        "test": fraction(run.test_accuracy),
        "validation": fraction(run.validation_accuracy),
        "epochs": "–" if run.planned is None else f"{run.epochs} of {run.planned}",
        "saved": local_time(run.saved),
        "state": "" if run.state == "finished" else run.state,
    }


def runs_csv(runs: Sequence[ListedRun]) -> str:
    """The same as CSV: one line per run, with the config values in which they differ, in full precision."""
    differing = _differing(runs)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*CSV_COLUMNS, *differing, "problem"])
    for place, run in enumerate(runs):
        record = _record(run)
        values = [values[place] for values in differing.values()]
        writer.writerow(
            "" if cell is None else cell for cell in (*(record[name] for name in CSV_COLUMNS), *values, run.problem)
        )
    return text.getvalue()


CSV_COLUMNS: tuple[_Column, ...] = get_args(_Column)


def _differing(runs: Sequence[ListedRun]) -> dict[str, list[Any]]:
    """The config values in which the runs differ, those of the training first: one per run."""
    known = [run.config for run in runs if run.config]
    found = differences(known)
    order = sorted(found, key=lambda key: not key.startswith("train."))
    each = {key: iter(found[key]) for key in order if key != "name"}
    return {key: [next(values) if run.config else None for run in runs] for key, values in each.items()}


def _value(value: Any) -> str:
    return "–" if value is None else printable(show_value(value), VALUE_WIDTH)


def runs_document(folder: Path, runs: Sequence[ListedRun]) -> RunsDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.runs/1",
        "folder": str(folder),
        "runs": [_record(run) for run in runs],
        "differences": _differing(runs),
    }


def _record(run: ListedRun) -> RunDocument:
    return {
        "run": str(run.folder),
        "state": run.state,
        "saved": run.saved.isoformat(timespec="seconds"),
        "epochs": run.epochs,
        "planned": run.planned,
        "best_epoch": run.best_epoch,
        "validation_accuracy": run.validation_accuracy,
        "test_accuracy": run.test_accuracy,
        "problem": run.problem,
    }
