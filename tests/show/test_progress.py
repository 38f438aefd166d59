"""The progress bar of commands that do the same for many students."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from cnnbp_cli.show.grade.progress import progress_bar


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("width", [20, 40, 80])
def test_a_terminal_shows_how_far_it_is(width: int) -> None:
    file = Terminal()
    with progress_bar(Console(file=file, width=width, force_terminal=True), "submissions") as advance:
        for done in range(1, 401):
            advance(done, 400)
    shown = file.getvalue()
    assert "1 of 400 submissions" in shown or width < 30
    assert shown.endswith(("\x1b[2K", "\x1b[?25h", "\x1b[1A\x1b[2K"))  # nothing is left behind


def test_a_pipe_gets_nothing() -> None:
    file = StringIO()
    with progress_bar(Console(file=file), "submissions") as advance:
        advance(1, 2)
    assert file.getvalue() == ""
