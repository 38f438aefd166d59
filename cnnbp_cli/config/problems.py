"""Config errors that can be acted on: all mistakes in one message, each with its location."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable

KeyPath: TypeAlias = tuple[str | int, ...]
"""The path of a value in the config: ("layers", 0, "filters") is written `layers[0].filters`."""

MAX_LISTED = 20
"""Mistakes listed in one message; a file of the wrong kind can have thousands."""


class SourceLocation(NamedTuple):
    """A line of a file, or a command-line option, which has no line."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        source = printable(self.source, 200)
        return source if self.line is None else f"{source}:{self.line}"


@dataclass(frozen=True)
class ConfigProblem:
    """One mistake: its location in the file, its path in the config, and a description."""

    place: SourceLocation
    path: KeyPath
    problem: str

    def __str__(self) -> str:
        return f"{self.place}: {self.described}"

    @property
    def described(self) -> str:
        return f"{show_path(self.path)}: {self.problem}" if self.path else self.problem


class ConfigError(CnnbpError):
    """A config that cannot be used, with all its mistakes in the order of the file.

    Parameters
    ----------
    mistakes
        At least one.
    hint
        How to fix it, if there is one answer.
    kind
        What the file is called.
    """

    def __init__(self, mistakes: Iterable[ConfigProblem], *, hint: str | None = None, kind: str = "config") -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.place.line is None, m.place.line or 0)))
        first = self.mistakes[0]
        if len(self.mistakes) == 1:
            super().__init__(first.described, where=str(first.place), hint=hint)
            return
        lines = [f"  {mistake}" for mistake in self.mistakes[:MAX_LISTED]]
        if len(self.mistakes) > MAX_LISTED:
            lines.append(f"  … and {len(self.mistakes) - MAX_LISTED} more")
        super().__init__("\n".join([f"{len(self.mistakes)} mistakes in the {kind}:", *lines]), hint=hint)


def show_path(path: KeyPath) -> str:
    """`layers[0].filters` for ("layers", 0, "filters")."""
    parts = [f"[{key}]" if isinstance(key, int) else f".{printable(key, 40)}" for key in path]
    return "".join(parts).removeprefix(".")


def show_value(value: Any) -> str:
    """A value as YAML writes it, shortened and without control characters."""
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
    """Join the phrases as in a sentence: a, b or c."""
    *most, final = phrases
    return f"{', '.join(most)} {last} {final}" if most else final


def one_of(options: Iterable[str], last: str = "or") -> str:
    """Join the options, each marked as code: `a`, `b` or `c`."""
    return either([f"`{option}`" for option in options], last)


def did_you_mean(word: str, options: Iterable[str]) -> str | None:
    """The option most similar to `word`, if any is similar enough."""
    folded = {option.casefold(): option for option in options}
    near = difflib.get_close_matches(word[:100].casefold(), folded, n=1)
    return folded[near[0]] if near else None
