"""The views of a training: what is drawn, how often, and what is left when it ends."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from rich.console import Console

from cnnbp_cli.show import train_progress
from cnnbp_cli.show.train_progress import training_view
from cnnbp_cli.training.events import EpochDone, RunStarted, StepDone

STEPS = 50
STARTED = RunStarted(Path("runs/[bold]x"), 2, 1, STEPS, 3200, 100, None)
EPOCHS = [
    EpochDone(1, 0.5, 0.25, 0.9, 0.1, 1.5, 2133.3, best=True),
    EpochDone(2, 1e-7, None, None, 0.01, 1.5, 2133.3, best=False),
]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the view reads: its one item."""
    now = [100.0]
    monkeypatch.setattr(train_progress, "monotonic", lambda: now[0])
    return now


def watch(
    file: io.StringIO, clock: list[float], *, width: int = 100, seconds: float = 0.01, quiet: bool = False
) -> str:
    """What is written to the file while two epochs of steps go by, each step after so many seconds."""
    console = Console(file=file, width=width, force_terminal=file.isatty(), color_system=None, legacy_windows=False)
    with training_view(console, quiet=quiet) as show:
        show(STARTED)
        for epoch in EPOCHS:
            for batch in range(1, STEPS + 1):
                clock[0] += seconds
                show(StepDone(epoch.epoch, batch, 0.5, 2000.0))
            show(epoch)
    return file.getvalue()


def drawn(text: str) -> list[str]:
    return re.findall(r"epoch \d/2 +[━─]+ [^\r\n]*", text)


def test_the_bar_is_drawn_ten_times_a_second_at_most(clock: list[float]) -> None:
    fast, slow = watch(Terminal(), clock, seconds=0.01), watch(Terminal(), clock, seconds=0.2)
    assert 10 <= len(drawn(fast)) <= 15  # in one second of time, and again with each row
    assert len(drawn(slow)) >= 2 * STEPS


@pytest.mark.parametrize("width", [40, 60, 100])
def test_rows_stay_under_one_header_and_fit(clock: list[float], width: int) -> None:
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", watch(Terminal(), clock, width=width))
    lines = re.split(r"[\r\n]+", text)
    rows = [line.split() for line in lines if re.match(r" +[12]/2 ", line)]
    assert [row[0] for row in rows] == ["1/2", "2/2"]
    assert rows[0][-1] == "best"
    assert sum("accuracy" in line for line in lines) == 1
    assert max(map(len, lines)) <= width


def test_the_bar_is_gone_in_the_end(clock: list[float]) -> None:
    assert watch(Terminal(), clock).endswith("\x1b[2K")


def test_a_log_has_a_line_an_epoch(clock: list[float]) -> None:
    assert watch(io.StringIO(), clock).splitlines() == [
        "Training runs/[bold]x: 2 epochs of 50 steps, 3,200 training images, 100 validation images.",
        "epoch 1/2: train loss 0.50000, validation loss 0.25000, validation accuracy 90.00 %, learning rate 0.1, "
        "1.50 s, 2,133 images/s, best",
        "epoch 2/2: train loss 1.000e-07, validation loss –, validation accuracy –, learning rate 0.01, "
        "1.50 s, 2,133 images/s",
    ]


def test_quiet_is_silent(clock: list[float]) -> None:
    assert watch(Terminal(), clock, quiet=True) == ""


def test_a_colored_pipe_is_no_terminal(clock: list[float]) -> None:
    file = io.StringIO()
    console = Console(file=file, width=100, force_terminal=True)  # as FORCE_COLOR makes it
    with training_view(console) as show:
        show(STARTED)
        show(StepDone(1, 1, 0.5, 2000.0))
    assert "\x1b[2K" not in file.getvalue()
    assert not drawn(file.getvalue())
