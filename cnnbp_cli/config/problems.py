"""What is wrong in a config, said so that it can be mended: every mistake at once, each with its place."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable

KeyPath: TypeAlias = tuple[str | int, ...]
"""Where a value stands in the config: ("layers", 0, "filters") is written `layers[0].filters`."""

SHOWN = 20
"""Mistakes that a message lists; a file of the wrong kind can hold thousands."""


class SourceLocation(NamedTuple):
    """A line of a file, or an option of the command line (which has no line)."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        source = printable(self.source, 200)
        return source if self.line is None else f"{source}:{self.line}"


@dataclass(frozen=True)
class ConfigProblem:
    """One thing wrong: where in the file, where in the config, what, in plain words."""

    place: SourceLocation
    path: KeyPath
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.described}"

    @property
    def described(self) -> str:
        return f"{show_path(self.path)}: {self.problem}" if self.path else self.problem


class ConfigError(CnnbpError):
    """A config that cannot be used, with all its mistakes, in the order of the file.

    Parameters
    ----------
    mistakes
        At least one.
    hint
        What to do about it, where one thing can be said.
    """

    def __init__(self, mistakes: Iterable[ConfigProblem], *, hint: str | None = None) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.place.line is None, m.place.line or 0)))
        first = self.mistakes[0]
        if len(self.mistakes) == 1:
            super().__init__(first.described, where=str(first.place), hint=hint)
            return
        lines = [f"  {mistake}" for mistake in self.mistakes[:SHOWN]]
        if len(self.mistakes) > SHOWN:
            lines.append(f"  … and {len(self.mistakes) - SHOWN} more")
        super().__init__("\n".join([f"{len(self.mistakes)} mistakes in the config:", *lines]), hint=hint)


def show_path(path: KeyPath) -> str:
    """`layers[0].filters` for ("layers", 0, "filters")."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{printable(key, 40)}" for key in path]
    return "".join(parts).removeprefix(".")


def show_value(value: Any) -> str:
    """A value as the YAML file has it, short and without control characters."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case dict():
            return "a mapping"
        case list() if any(isinstance(item, dict | list) for item in value) or len(value) > 4:
            return f"a list of {len(value)}"
        case list():
            return f"[{', '.join(show_value(item) for item in value)}]"
        case str():
            return f"'{printable(value, 60)}'"
        case _:
            return str(value)


def either(phrases: Sequence[str], last: str = "or") -> str:
    """The phrases as a sentence has them: a, b or c."""
    *most, final = phrases
    return f"{', '.join(most)} {last} {final}" if most else final


def one_of(options: Iterable[str], last: str = "or") -> str:
    """The options, marked as what is to be written: `a`, `b` or `c`."""
    return either([f"`{option}`" for option in options], last)


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """The option that `word` was most likely meant to be, if any is near."""
    folded = {option.casefold(): option for option in options}
    near = difflib.get_close_matches(word[:100].casefold(), folded, n=1)
    return folded[near[0]] if near else None
