"""`cnnbp runs`: the runs of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import printable
from cnnbp_cli.show.columns import TableColumn, show_rows
from cnnbp_cli.show.documents.runs import RunsDocument
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.numbers import fraction, local_time
from cnnbp_cli.training.listing import ListedRun


def show_runs(console: Console, folder: Path, runs: Sequence[ListedRun]) -> None:
    """Print one line per run, and below the table why runs are broken."""
    if not runs:
        line = f"No runs in {printable(str(folder))} yet. Train a network first:\n"
        console.print(
            Text.assemble(line, next_steps(["init"], ["train", "--config", "seed.yaml"])), end="", soft_wrap=True
        )
        return
    rows = [_cells(run) for run in runs]
    styles = {"finished": "", "unfinished": "yellow", "broken": "red"}
    show_rows(
        console,
        [
            TableColumn("run", "run", max(3, *(len(cells["run"]) for cells in rows)), left=True),
            TableColumn("test", "test\naccuracy", 8),
            TableColumn("validation", "validation\naccuracy", 10, rank=2),
            TableColumn("epochs", "epochs", max(6, *(len(cells["epochs"]) for cells in rows)), rank=3),
            TableColumn("saved", "saved", 16, rank=1, left=True),
            TableColumn("state", "", 10, left=True),
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


def runs_document(folder: Path, runs: Sequence[ListedRun]) -> RunsDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.runs/1",
        "folder": str(folder),
        "runs": [
            {
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
            for run in runs
        ],
    }
