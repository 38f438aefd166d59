"""The exceptions that `app.py` turns into a message and an exit code."""

from __future__ import annotations

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """The exit codes of a command."""

    OK = 0
    FAILED = 1  # the command ran and the result is negative: a wrong gradient, a diverged training
    USAGE = 2  # a mistake in the options, the config or a file
    PARTIAL = 3  # the command ran and showed its results, but some of its many files could not be read
    PIPE = 141  # the reader of the results is gone, as shells report it: 128 + SIGPIPE
    INTERRUPTED = 130  # Ctrl-C, as shells report it: 128 + SIGINT


class CnnbpError(Exception):
    """Something a user can fix; never shown with a traceback.

    Parameters
    ----------
    problem
        What is wrong, in one sentence, including the wrong value.
    where
        A file, `file:line`, or a path inside a config such as `layers[0].filters`.
    hint
        What to do about it.
    """

    exit_code = ExitCode.USAGE

    def __init__(self, problem: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.hint = hint

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickles without calling the constructor, whose arguments differ from class to class."""
        return _restored, (type(self), self.args, self.__dict__)

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n{self.hint}" if self.hint else ""
        return f"{place}{self.problem}{hint}"


def _restored(kind: type[CnnbpError], args: tuple[Any, ...], facts: dict[str, Any]) -> CnnbpError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(facts)
    return error


class ShapeError(CnnbpError):
    """The shapes of two adjacent layers do not match; `index` is the position of the second one in the config."""

    def __init__(
        self, problem: str, *, where: str | None = None, hint: str | None = None, index: int | None = None
    ) -> None:
        super().__init__(problem, where=where, hint=hint)
        self.index = index


class Failed(CnnbpError):
    """The command ran, and the result is negative."""

    exit_code = ExitCode.FAILED
