"""Read untrusted YAML into plain data, with the line number of every value."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import yaml
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from cnnbp_cli.config.document import Document
from cnnbp_cli.config.problems import ConfigError, ConfigProblem, KeyPath, SourceLocation, show_value
from cnnbp_cli.config.scalars import Scalar, read_plain
from cnnbp_cli.files.text import printable

MAX_SIZE = 256 * 1024
"""Characters. A config of a few layers has a few hundred."""

MAX_DEPTH = 32
"""Levels of nesting. A config has four; the reader recurses once per level."""

MAX_VALUES = 10_000
"""Keys and values. A config of 200 layers, the most there may be, has fewer than 5,000."""

INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"
"""Characters of no width, which are no white space by Unicode's definition."""


def read_yaml(text: str, source: str) -> Document:
    """The single document in `text`; its data is None if there is none.

    Only what a config needs is accepted: mappings with text keys, lists and scalars. Anchors, aliases, tags, merge
    keys, duplicate keys and second documents become mistakes of the document. Depth and number of values are limited
    on the event stream, before anything is built.

    Raises
    ------
    ConfigError
        `text` is not YAML, or exceeds a limit.
    """
    return _Composer(text, source).document


def read_inline(text: str, place: SourceLocation) -> Document:
    """The document in a text without visible lines, such as an option's value: every location is `place`.

    Raises
    ------
    ConfigError
        As for `read_yaml`.
    """
    try:
        document = read_yaml(text, place.source)
    except ConfigError as error:
        raise ConfigError(replace(mistake, place=place) for mistake in error.mistakes) from None
    document.places = {(): place}
    document.mistakes = [replace(mistake, place=place) for mistake in document.mistakes]
    return document


class _Composer:
    """Builds plain data from PyYAML's events, recursing no deeper than MAX_DEPTH."""

    def __init__(self, text: str, source: str) -> None:
        self.document = Document(source)
        if len(text) > MAX_SIZE:
            raise self._fatal(None, f"longer than {MAX_SIZE:,} characters, which is too long for a config")
        self.text = text
        self._check_indentation()
        self.values = 0
        self.events = self._events()
        next(self.events)  # the stream begins
        if isinstance(next(self.events), StreamEndEvent):
            return
        self.document.data = self._value(next(self.events), ())
        next(self.events)  # the document ends
        if isinstance(event := next(self.events), DocumentStartEvent):
            self._mistake(event, (), "a second document starts here; a config is a single document")

    def _check_indentation(self) -> None:
        """Name a character that looks like a space and is none. YAML would read it as part of a key or value."""
        for number, line in enumerate(self.text.split("\n"), start=1):
            content = line.lstrip(" \t")
            if content[:1] not in ("", "\r") and (content[0].isspace() or content[0] in INVISIBLE):
                name = unicodedata.name(content[0], "unknown").lower()
                problem = f"the indentation contains the character U+{ord(content[0]):04X} ({name}); use spaces"
                raise self._fatal(number, problem)

    def _events(self) -> Iterator[Event]:
        """PyYAML's events, with its errors turned into ConfigError."""
        try:
            yield from yaml.parse(self.text, Loader=yaml.SafeLoader)
        except ReaderError as error:
            line = self.text.count("\n", 0, error.position) + 1
            raise self._fatal(line, f"the character {error.character:#x} is not allowed in YAML") from None
        except yaml.MarkedYAMLError as error:
            what = printable(", ".join(filter(None, [error.context, error.problem])), 200)
            if "'\\t' that cannot start any token" in what:
                what = "a tab is not allowed here; indent with spaces"
            raise self._fatal(_line(error.problem_mark or error.context_mark), f"not valid YAML: {what}") from None
        except (ValueError, OverflowError):
            # PyYAML does not catch these for the escape "\UFFFFFFFF" and for `%YAML 1.` with 5,000 digits.
            raise self._fatal(None, "not valid YAML: an escape or a version number is out of range") from None

    def _value(self, event: Event, path: KeyPath) -> Any:
        self._count(event, path)
        self.document.places.setdefault(path, self._place(event))
        if isinstance(event, NodeEvent):
            self._refuse_properties(event, path)
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        return self._scalar(event, path) if isinstance(event, ScalarEvent) else None

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self._value(event, (*path, "?"))
            if not isinstance(key, str):
                self._mistake(event, (*path, "?"), f"a key must be text, not {show_value(key)}")
                self._value(next(self.events), (*path, "?"))
                continue
            inside = (*path, key)
            if key == "<<":
                self._mistake(event, inside, "merge keys are not supported; write the keys out")
            elif key in mapping:
                self._mistake(event, inside, f"duplicate key, first used on line {self.document.place(inside).line}")
            self.document.places.setdefault(inside, self._place(event))
            mapping.setdefault(key, self._value(next(self.events), inside))
        return mapping

    def _sequence(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _scalar(self, event: ScalarEvent, path: KeyPath) -> Scalar:
        is_plain, _ = event.implicit
        try:
            value = read_plain(event.value) if is_plain else event.value
        except ValueError as error:
            self._mistake(event, path, str(error))
            return None
        if isinstance(value, str) and any(unicodedata.category(c) in ("Cc", "Cs") for c in value):
            self._mistake(event, path, f"control characters in {show_value(value)}")
            return printable(value, len(value))
        return value

    def _refuse_properties(self, event: NodeEvent, path: KeyPath) -> None:
        anchor, tag = event.anchor or "", getattr(event, "tag", None)
        if isinstance(event, AliasEvent):
            self._mistake(event, path, f"aliases (`*{printable(anchor, 40)}`) are not supported; write the value out")
        elif anchor:
            self._mistake(event, path, f"anchors (`&{printable(anchor, 40)}`) are not supported; remove it")
        if tag:
            self._mistake(event, path, f"tags (`{printable(tag, 40)}`) are not supported; remove it")

    def _count(self, event: Event, path: KeyPath) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self._fatal(_line(event.start_mark), f"more than {MAX_VALUES:,} values")
        if len(path) > MAX_DEPTH:
            raise self._fatal(_line(event.start_mark), f"nested deeper than {MAX_DEPTH} levels")

    def _place(self, event: Event) -> SourceLocation:
        return SourceLocation(self.document.source, _line(event.start_mark))

    def _mistake(self, event: Event, path: KeyPath, problem: str) -> None:
        self.document.mistake(path, problem, self._place(event))

    def _fatal(self, line: int | None, problem: str) -> ConfigError:
        return ConfigError([ConfigProblem(SourceLocation(self.document.source, line), (), problem)])


def _line(mark: Any) -> int | None:
    return mark.line + 1 if mark else None
