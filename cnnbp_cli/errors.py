"""What can go wrong, said once: the exceptions that become a message and an exit code in `app.py`."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What the shell is told when a command ends."""

    OK = 0
    FAILED = 1  # the work ran and its answer is no: a wrong gradient, a diverged training
    USAGE = 2  # a mistake in the options, the config or a file
    INTERRUPTED = 130  # Ctrl-C, as shells report it: 128 + SIGINT


class CnnbpError(Exception):
    """Something a user can mend; never shown with a traceback.

    Parameters
    ----------
    problem
        What is wrong, in one sentence, with the value that is wrong in it.
    where
        The place: a file, `file:line`, or a path inside a config such as `layers[0].filters`.
    hint
        What to do about it.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, problem: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n{self.hint}" if self.hint else ""
        return f"{place}{self.problem}{hint}"


class ShapeError(CnnbpError):
    """The shapes of two neighbouring layers cannot fit; `index` is the place of the upper one in the config."""

    def __init__(
        self, problem: str, *, where: str | None = None, hint: str | None = None, index: int | None = None
    ) -> None:
        super().__init__(problem, where=where, hint=hint)
        self.index = index


class Failed(CnnbpError):
    """The work was done and its answer is no."""

    exit_code = ExitCode.FAILED
