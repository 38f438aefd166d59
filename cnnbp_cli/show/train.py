"""What a training run came to: its accuracy, where it was saved, what to type next."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from cnnbp_cli.show.console import printable
from cnnbp_cli.show.documents.train import TrainDocument
from cnnbp_cli.show.health import finding_document, headline
from cnnbp_cli.show.numbers import cost, duration, fraction
from cnnbp_cli.training.events import RunDone
from cnnbp_cli.training.exceptions import Interrupted
from cnnbp_cli.training.findings import Finding
from cnnbp_cli.training.metrics import records
from cnnbp_cli.training.state import State


def show_run(console: Console, done: RunDone, found: Sequence[Finding]) -> None:
    """Print the result of the run, and the warnings among what stands out in it."""
    best = done.run / "best.npz"
    stopped = ", where no epoch had been better for a while" if done.stopped_early else ""
    text = Text()
    for label, value, style in (
        ("test accuracy", fraction(done.test_accuracy), "bold green"),
        ("test loss", cost(done.test_loss), ""),
        ("best epoch", f"{done.best_epoch} of {done.epochs}{stopped}", ""),
        ("validation", fraction(done.validation_accuracy), ""),
        ("time", duration(done.seconds) if done.seconds >= 60 else f"{done.seconds:.1f} s", ""),
        ("saved in", printable(str(done.run)), ""),
        *(("warning", printable(headline(one)), "bold yellow") for one in found if one.severity == "warning"),
    ):
        text.append(f"{label:<15}", style="dim").append(value, style=style).append("\n")
    text.append("\nNext:\n").append(
        to_type(
            ["evaluate", str(best)],
            ["inspect-gradients", "--checkpoint", str(best)],
            ["inspect-gradients", "--run", str(done.run)],
        )
    )
    console.print(text, end="", soft_wrap=True)


def run_document(done: RunDone, state: State, found: Sequence[Finding]) -> TrainDocument:
    """The same for programs, with the metrics of every epoch, those before a resumption too."""
    return {
        "schema": "cnnbp.train/1",
        "run": str(done.run),
        "epochs": done.epochs,
        "best_epoch": done.best_epoch,
        "validation_accuracy": done.validation_accuracy,
        "test_loss": done.test_loss,
        "test_accuracy": done.test_accuracy,
        "seconds": done.seconds,
        "stopped_early": done.stopped_early,
        "metrics": records(state.rows, state.health),
        "findings": [finding_document(one) for one in found],
    }


def show_remarks(console: Console, remarks: Sequence[str]) -> None:
    """Print what is worth knowing, though nothing is wrong."""
    for remark in remarks:
        console.print(Text.assemble(("note:", "bold yellow"), f" {printable(remark)}"), soft_wrap=True)


def show_stop(console: Console, stop: Interrupted) -> None:
    """Print where a training was stopped, and how it goes on: that is no error."""
    console.print(
        Text.assemble((printable(stop.problem), "bold yellow"), f"\n{printable(stop.hint or '')}"), soft_wrap=True
    )


def to_type(*commands: Sequence[str]) -> Text:
    """Commands below each other, each a line as it is typed."""
    return Text.assemble(*((f"  {as_typed(command)}\n", "cyan") for command in commands))


def as_typed(arguments: Sequence[str]) -> str:
    """A `cnnbp` command as a shell takes it."""
    words = ["cnnbp", *arguments]
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
