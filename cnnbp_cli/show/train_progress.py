"""A training run, as a person watches it: a bar for the epoch that runs, a row for each one behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnbp_cli.show.columns import GAP, TableColumn, fitting, header, row, total_width
from cnnbp_cli.show.console import can_animate, printable
from cnnbp_cli.show.numbers import cost, duration, fraction
from cnnbp_cli.training.events import EpochDone, Event, RunStarted, StepDone

View: TypeAlias = Callable[[Event], None]

INTERVAL = 0.1
"""Seconds between two drawings of the bar. One takes about 0.5 ms, a training step can take less."""

EPOCH_COLUMNS = [
    TableColumn("epoch", "epoch", 7),
    TableColumn("train_loss", "train\nloss", 9, rank=2),
    TableColumn("validation_loss", "validation\nloss", 10, rank=3),
    TableColumn("validation_accuracy", "validation\naccuracy", 10),
    TableColumn("learning_rate", "learning\nrate", 9, rank=4),
    TableColumn("seconds", "seconds", 7, rank=1),
    TableColumn("images_per_second", "images\na second", 8, rank=5),
    TableColumn("best", "", 4, left=True),
]

BAR_COLUMNS = [
    TableColumn("epoch", "", 12, left=True),
    TableColumn("percent", "", 5, rank=4),
    TableColumn("loss", "", 14),
    TableColumn("speed", "", 16, rank=3),
    TableColumn("left", "", 12, rank=2),
]
LEAST_BAR = 8

ECHO = 3
"""Columns left free behind the bar for the ^C that a terminal echoes: it would begin a line that nobody wipes."""


@contextmanager
def training_view(console: Console, *, quiet: bool = False) -> Iterator[View]:
    """What shows the events of a run, in the way that suits the console; it leaves the terminal as it found it."""
    if quiet:
        yield lambda event: None
    elif can_animate(console):
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield _Animation(live).show
    else:
        yield TrainingLines(console).show


class TrainingLines:
    """For log files: one line an epoch, which can be read by itself."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.epochs = 0

    def show(self, event: Event) -> None:
        if isinstance(event, RunStarted):
            self.epochs = event.epochs
            self.console.print(opening(event), soft_wrap=True)
        elif isinstance(event, EpochDone):
            line = (
                "epoch {epoch}: train loss {train_loss}, validation loss {validation_loss}, validation accuracy "
                "{validation_accuracy}, learning rate {learning_rate}, {seconds} s, {images_per_second} images/s"
            )
            cells = _epoch_cells(event, self.epochs)
            self.console.print(line.format_map(cells) + (", best" if event.best else ""), soft_wrap=True)


class _Animation:
    """For a terminal: rows, which stay when the run has ended, above a bar, which does not."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.console = live.console
        self.due = 0.0
        self.run: RunStarted
        self.columns: list[TableColumn]

    def show(self, event: Event) -> None:
        if isinstance(event, StepDone):  # nearly always, and nearly always nothing is due
            now = monotonic()
            if now >= self.due:
                self.due = now + INTERVAL
                self.live.update(self._bar(event), refresh=True)
        elif isinstance(event, EpochDone):
            style = "" if event.best else "dim"
            self.console.print(Text(row(self.columns, _epoch_cells(event, self.run.epochs)), style=style))
        elif isinstance(event, RunStarted):
            self.run = event
            self.columns = fitting(EPOCH_COLUMNS, self.console.width)
            self.console.print(opening(event))
            self.console.print(Text("\n".join(header(self.columns)), style="bold"))
        else:  # the result follows, on stdout
            self.console.print()

    def _bar(self, step: StepDone) -> Text:
        run = self.run
        done = step.batch / run.batches
        images = run.train_images * (run.epochs - step.epoch + 1 - done)
        cells = {
            "epoch": f"epoch {step.epoch}/{run.epochs}",
            "percent": f"{done:.0%}",
            "loss": f"loss {cost(step.loss)}",
            "speed": f"{step.images_per_second:,.0f} images/s",
            "left": f"{duration(images / step.images_per_second)} left" if step.images_per_second else "",
        }
        width = self.console.width - ECHO
        name, *rest = fitting(BAR_COLUMNS, width - LEAST_BAR - len(GAP))
        length = max(LEAST_BAR, width - total_width([name, *rest]) - len(GAP))
        full = round(done * length)
        return Text.assemble(
            (row([name], cells), "bold"),
            GAP,
            ("━" * full, "green"),
            ("─" * (length - full), "dim"),
            GAP,
            row(rest, cells),
            no_wrap=True,
        )


def opening(run: RunStarted) -> Text:
    """What will be done, in a line or two."""
    text = Text()
    if run.resumed_from:
        place = f"in epoch {run.first_epoch}" if run.first_epoch <= run.epochs else "at its end"
        text.append(f"Going on from {printable(str(run.resumed_from))}, {place}.\n")
    text.append("Training ")
    text.append(printable(str(run.run)), style="bold")
    text.append(
        f" on {run.train_images:,} images, {run.validation_images:,} held out to validate: "
        f"{run.epochs} epochs of {run.batches:,} steps."
    )
    return text


def _epoch_cells(done: EpochDone, epochs: int) -> dict[str, str]:
    return {
        "epoch": f"{done.epoch}/{epochs}",
        "train_loss": cost(done.train_loss),
        "validation_loss": cost(done.validation_loss),
        "validation_accuracy": fraction(done.validation_accuracy),
        "learning_rate": f"{done.learning_rate:.4g}",
        "seconds": f"{done.seconds:.2f}",
        "images_per_second": f"{done.images_per_second:,.0f}",
        "best": "best" if done.best else "",
    }
