"""The two consoles: results go to stdout, progress and errors to stderr. Created here, passed to whatever shows."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import IO, cast

from rich.console import Console

from cnnbp_cli.show.streams import ProgressStream


@dataclass(frozen=True)
class Consoles:
    """Where a command shows things.

    Attributes
    ----------
    out
        stdout: the result and nothing else, so that it can be piped.
    err
        stderr: progress, notes, errors.
    """

    out: Console
    err: Console

    @classmethod
    def of_process(cls) -> Consoles:
        """On the process's own streams. Rich respects NO_COLOR, TERM=dumb and COLUMNS, and uses no colour in a pipe."""
        return cls(_console(stderr=False), _console(stderr=True))


class _ResultConsole(Console):
    """Rich ends the process with 1 if the reader is gone; here, app.py decides on the exit code."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def _console(stderr: bool) -> Console:
    # No markup, emoji codes or guessed highlights: the output contains names and paths that a user chose.
    file = cast("IO[str]", ProgressStream(sys.stderr)) if stderr and sys.stderr else None
    return _ResultConsole(file=file, stderr=stderr, markup=False, emoji=False, highlight=False)


def can_animate(console: Console) -> bool:
    """Whether output can be overwritten. FORCE_COLOR makes Rich take a pipe for a terminal; this does not."""
    return console.is_interactive and console.file.isatty()
