"""A config as plain data, with the source location of each value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cnnbp_cli.config.problems import ConfigProblem, KeyPath, SourceLocation


@dataclass
class Document:
    """Plain data (dict, list, str, int, float, bool, None), the location of each value, and the mistakes found so far.

    These mistakes leave the rest of the file readable, so they are reported together with those that validation finds.
    """

    source: str
    data: Any = None
    places: dict[KeyPath, SourceLocation] = field(default_factory=dict)
    mistakes: list[ConfigProblem] = field(default_factory=list)

    def place(self, path: KeyPath) -> SourceLocation:
        """The location of the value, or of the innermost container around it whose location is known."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, SourceLocation(self.source))

    def mistake(self, path: KeyPath, problem: str, place: SourceLocation | None = None) -> None:
        self.mistakes.append(ConfigProblem(place or self.place(path), path, problem))
