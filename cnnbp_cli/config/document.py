"""A config as plain data that remembers where each value came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cnnbp_cli.config.problems import ConfigProblem, KeyPath, SourceLocation


@dataclass
class Document:
    """Plain data (dict, list, str, int, float, bool, None), the place of each value, and what was wrong.

    The mistakes are those that leave the rest readable, so that they can be told together with those
    that validation finds.
    """

    source: str
    data: Any = None
    places: dict[KeyPath, SourceLocation] = field(default_factory=dict)
    mistakes: list[ConfigProblem] = field(default_factory=list)

    def place(self, path: KeyPath) -> SourceLocation:
        """The place of the value, or of the nearest thing around it that has one."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, SourceLocation(self.source))

    def mistake(self, path: KeyPath, problem: str, place: SourceLocation | None = None) -> None:
        self.mistakes.append(ConfigProblem(place or self.place(path), path, problem))
