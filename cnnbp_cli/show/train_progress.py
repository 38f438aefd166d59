"""The progress of a training: a bar for the current epoch, a row for each finished one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

from rich.console import Console
from rich.live import Live
from rich.text import Text

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.columns import COLUMN_GAP, TableColumn, fitting, header, row, total_width
from cnnbp_cli.show.console import can_animate
from cnnbp_cli.show.numbers import cost, duration, fixed, fraction
from cnnbp_cli.training.events import EpochDone, Event, RunStarted, StepDone

View: TypeAlias = Callable[[Event], None]

REFRESH_INTERVAL = 0.1
"""Seconds between two updates of the bar. One update takes about 0.5 ms, a training step can take less."""

EPOCH_COLUMNS = [
    TableColumn("epoch", "epoch", 7),
    TableColumn("train_loss", "train\nloss", 9, rank=2),
    TableColumn("validation_loss", "validation\nloss", 10, rank=3),
    TableColumn("validation_accuracy", "validation\naccuracy", 10),
    TableColumn("learning_rate", "learning\nrate", 9, rank=4),
    TableColumn("seconds", "seconds", 7, rank=1),
    TableColumn("images_per_second", "images\nper second", 10, rank=5),
    TableColumn("best", "", 4, left=True),
]

BAR_COLUMNS = [
    TableColumn("epoch", "", 12, left=True),
    TableColumn("percent", "", 5, rank=4),
    TableColumn("loss", "", 14),
    TableColumn("speed", "", 16, rank=3),
    TableColumn("left", "", 12, rank=2),
]
MIN_BAR_LENGTH = 8

CTRL_C_ECHO = 3
"""Columns left free after the bar for the ^C that a terminal echoes: it would wrap to a line that nothing clears."""


@contextmanager
def training_view(console: Console, *, quiet: bool = False) -> Iterator[View]:
    """Shows the events of a run in the way that suits the console. Leaves the terminal as it found it."""
    if quiet:
        yield lambda event: None
    elif can_animate(console):
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield _Animation(live).show
    else:
        yield TrainingLines(console).show


class TrainingLines:
    """For log files: one line per epoch, which is readable on its own."""

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
    """For a terminal: rows, which stay when the run has ended, above a bar, which disappears."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.console = live.console
        self.due = 0.0
        self.run: RunStarted
        self.columns: list[TableColumn]

    def show(self, event: Event) -> None:
        if isinstance(event, StepDone):  # by far the most frequent event; most of the time, no update is due
            now = monotonic()
            if now >= self.due:
                self.due = now + REFRESH_INTERVAL
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
            "speed": f"{fixed(step.images_per_second, 0)} images/s",
            "left": f"{duration(images / step.images_per_second)} left" if step.images_per_second else "",
        }
        width = self.console.width - CTRL_C_ECHO
        name, *rest = fitting(BAR_COLUMNS, width - MIN_BAR_LENGTH - len(COLUMN_GAP))
        length = max(MIN_BAR_LENGTH, width - total_width([name, *rest]) - len(COLUMN_GAP))
        full = round(done * length)
        return Text.assemble(
            (row([name], cells), "bold"),
            COLUMN_GAP,
            ("━" * full, "green"),
            ("─" * (length - full), "dim"),
            COLUMN_GAP,
            row(rest, cells),
            no_wrap=True,
        )


def opening(run: RunStarted) -> Text:
    """What the run will do, in a line or two."""
    text = Text()
    if run.resumed_from:
        place = "after its last epoch" if run.complete else f"in epoch {run.first_epoch}"
        text.append(f"Resuming {printable(str(run.resumed_from))} {place}.")
    if run.complete:
        return text
    text.append("\n" if text else "")
    text.append("Training ")
    text.append(printable(str(run.run)), style="bold")
    text.append(
        f": {plural(run.epochs, 'epoch')} of {plural(run.batches, 'step')}, "
        f"{plural(run.train_images, 'training image')}, {plural(run.validation_images, 'validation image')}."
    )
    return text


def _epoch_cells(done: EpochDone, epochs: int) -> dict[str, str]:
    return {
        "epoch": f"{done.epoch}/{epochs}",
        "train_loss": cost(done.train_loss),
        "validation_loss": cost(done.validation_loss),
        "validation_accuracy": fraction(done.validation_accuracy),
        "learning_rate": f"{done.learning_rate:.4g}",
        "seconds": fixed(done.seconds, 2),
        "images_per_second": fixed(done.images_per_second, 0),
        "best": "best" if done.best else "",
    }
