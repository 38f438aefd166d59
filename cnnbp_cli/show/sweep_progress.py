"""The progress of a sweep: the best points so far and what is left, or a line per run for log files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TypeAlias

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.show.columns import fitting, header, row
from cnnbp_cli.show.console import can_animate
from cnnbp_cli.show.numbers import duration, fraction
from cnnbp_cli.show.sweep import cells, columns
from cnnbp_cli.sweeps.events import ChoiceMade, RunEnded, SweepEvent, SweepStarted
from cnnbp_cli.sweeps.sweep import Sweep

SweepView: TypeAlias = Callable[[SweepEvent], None]

BEST = 5
"""Points in the table."""

REFRESH_SECONDS = 0.25
"""Between two tables: ranking ten thousand points takes some 0.05 s."""


@contextmanager
def sweep_view(console: Console, sweep: Sweep, *, quiet: bool = False) -> Iterator[SweepView]:
    """Shows the events of a sweep in the way that suits the console. Leaves the terminal as it found it."""
    if quiet:
        yield lambda event: None
    elif can_animate(console):
        with Live(console=console, auto_refresh=False, transient=True) as live:
            yield _Table(live, sweep).show
    else:
        yield _Lines(console, sweep).show


class _Lines:
    """For log files: one line per run, which is readable on its own."""

    def __init__(self, console: Console, sweep: Sweep) -> None:
        self.console, self.sweep = console, sweep

    def show(self, event: SweepEvent) -> None:
        if isinstance(event, SweepStarted):
            self.console.print(opening(event), soft_wrap=True)
        elif isinstance(event, RunEnded):
            self.console.print(Text(f"{self._ended(event)}; {left(event)}"), soft_wrap=True)
        elif isinstance(event, ChoiceMade):
            self.console.print(Text(choice(self.sweep, event)), soft_wrap=True)

    def _ended(self, event: RunEnded) -> str:
        run = event.run
        point = self.sweep.results[run.name.point - 1].point
        name = f"run {run.name} ({printable(str(point))})"
        if run.state == "failed":
            return f"{name}: failed: {printable(run.problem or '', 300)}"
        if event.tested:
            return f"{name}: test accuracy {fraction(run.test_accuracy)}"
        best = run.best
        return f"{name}: validation accuracy {fraction(best.validation_accuracy if best else None)}"


class _Table:
    """For a terminal: a table that is replaced as runs end, and disappears at the end."""

    def __init__(self, live: Live, sweep: Sweep) -> None:
        self.live, self.sweep = live, sweep
        self.due = 0.0
        self.failed: set[str] = set()

    def show(self, event: SweepEvent) -> None:
        console = self.live.console
        if isinstance(event, SweepStarted):
            console.print(opening(event))
            self.live.update(Text("0 runs have ended", style="dim"), refresh=True)
        elif isinstance(event, RunEnded):
            if event.run.state == "failed":
                problem = printable(event.run.problem or "", 300)
                console.print(Text(f"run {event.run.name} failed: {problem}", style="red"))
            if monotonic() >= self.due or not event.left:
                self.due = monotonic() + REFRESH_SECONDS
                self.live.update(self._table(event), refresh=True)
        elif isinstance(event, ChoiceMade):
            console.print(Text(choice(self.sweep, event)))
        else:
            console.print()

    def _table(self, event: RunEnded) -> Group:
        best = self.sweep.ranking[:BEST]
        if not best:
            return Group(Text(left(event)))
        rows = [cells(one) for one in best]
        shown = fitting(columns(rows, best), self.live.console.width)
        lines = [Text(line, style="bold", no_wrap=True) for line in header(shown)]
        lines += [Text(row(shown, each), no_wrap=True, style="" if n else "green") for n, each in enumerate(rows)]
        return Group(*lines, Text(left(event), style="dim"))


def opening(event: SweepStarted) -> Text:
    """What the sweep will do."""
    text = Text("Sweep ").append(printable(str(event.folder)), style="bold")
    seeds = f" with {plural(event.seeds, 'seed')} each" if event.seeds > 1 else ""
    text.append(f": {plural(event.points, 'point')}{seeds}, {plural(event.left, 'run')} to train")
    if event.done:
        text.append(f" ({event.done:,} are done)")
    return text.append(f", on {event.workers}.")


def left(event: RunEnded) -> str:
    """How many runs are left, and for how long."""
    time = f", about {duration(event.seconds_left)} left" if event.seconds_left is not None and event.left else ""
    return f"{plural(event.left, 'run')} left{time}"


def choice(sweep: Sweep, event: ChoiceMade) -> str:
    """Which point is evaluated on the test images."""
    point = sweep.results[event.point - 1].point
    return f"Best: {printable(str(point))}. Evaluating it on the test images."
