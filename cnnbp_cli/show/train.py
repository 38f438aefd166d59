"""`cnnbp train`: the result of a run, notes, and where an interrupted run stopped."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import EarlyStopping
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import plural, printable, printable_lines
from cnnbp_cli.show.documents.train import TrainDocument
from cnnbp_cli.show.health import finding_document, headline
from cnnbp_cli.show.next_steps import next_steps
from cnnbp_cli.show.numbers import cost, duration, fraction
from cnnbp_cli.training.events import RunDone
from cnnbp_cli.training.findings import Finding
from cnnbp_cli.training.metrics import records
from cnnbp_cli.training.state import State

GUESSING_HELP = "hardly better than random guesses; cnnbp lr-range, below, suggests a learning rate"


def show_train(
    console: Console,
    done: RunDone,
    found: Sequence[Finding],
    rule: EarlyStopping | None = None,
    *,
    data_dir: Path | None = None,
    guessing: bool = False,
) -> None:
    """Print the result of the run, the warnings among the findings, and the commands to type next.

    `rule` is the one that may have stopped it early, `data_dir` the folder of the images, if the user named it;
    `guessing` says that the network is hardly better than random guesses.
    """
    images = ["--data-dir", str(data_dir)] if data_dir else []
    best = done.run / "best.npz"
    text = Text()
    for label, value, style in (
        ("test accuracy", fraction(done.test_accuracy), "bold green"),
        ("test loss", cost(done.test_loss), ""),
        ("best epoch", f"{done.best_epoch} of {done.epochs}", ""),
        *((("stopped early", _why(rule), ""),) if done.stopped_early and rule else ()),
        ("validation", fraction(done.validation_accuracy), ""),
        ("time", f"{done.seconds:.1f} s" if done.seconds < 60 else duration(done.seconds), ""),
        ("saved in", printable(str(done.run)), ""),
        *((("warning", GUESSING_HELP, "bold yellow"),) if guessing else ()),
        *(("warning", printable(headline(one)), "bold yellow") for one in found if one.severity == "warning"),
    ):
        text.append(f"{label:<15}", style="dim").append(value, style=style).append("\n")
    text.append("\nNext:\n").append(
        next_steps(
            ["evaluate", str(best), *images],
            ["inspect-gradients", "--checkpoint", str(best), *images],
            ["health", str(done.run)],
            *([["lr-range", "--config", str(done.run / "config.yaml"), *images]] if guessing else ()),
        )
    )
    console.print(text, end="", soft_wrap=True)


def _why(rule: EarlyStopping) -> str:
    """What early stopping waited for. The best epoch may be later than its last gain: a lower loss decides ties."""
    gain = f"a gain of more than {100 * rule.min_delta:g} percentage points" if rule.min_delta else "a gain"
    return f"{plural(rule.patience, 'epoch')} without {gain} in validation accuracy"


def train_document(done: RunDone, state: State, found: Sequence[Finding]) -> TrainDocument:
    """The same for programs, with the metrics of every epoch, including those before a resume."""
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


def show_notes(console: Console, notes: Sequence[str]) -> None:
    """Print what is worth knowing though nothing is wrong."""
    for note in notes:
        console.print(Text.assemble(("note:", "bold yellow"), f" {printable(note)}"), soft_wrap=True)


def show_interrupted(console: Console, stop: CnnbpError) -> None:
    """Print where a training, or a sweep, was stopped and how to resume it. An interrupt is no error."""
    console.print(
        Text.assemble((printable(stop.problem), "bold yellow"), f"\n{printable_lines(stop.hint or '')}"),
        soft_wrap=True,
    )
