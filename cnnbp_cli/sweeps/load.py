"""Read a sweep from a file or from the command line, and check it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnbp_cli.config.document import Document
from cnnbp_cli.config.files import read_text
from cnnbp_cli.config.modelled import modelled
from cnnbp_cli.config.overrides import SYNTAX
from cnnbp_cli.config.problems import ConfigError, ConfigProblem, KeyPath, SourceLocation, show_value
from cnnbp_cli.config.yaml_reader import read_inline, read_yaml
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.sweeps.file import SweepFile, Variation, sweep_schema
from cnnbp_cli.sweeps.points import count

MAX_POINTS = 100_000

LARGEST = 1e15
"""Of the numbers at the ends of a range; whole ones are exact up to there."""

RANGE = re.compile(r"\s*([^\s.,]\S*?)\.\.(\S+?)(:log)?\s*")
"""`0.001..0.3`, `1e-4..1:log`."""


def load_sweep(path: Path, changes: Mapping[str, Any] | None = None) -> tuple[SweepFile, Document]:
    """The sweep in a YAML file, and where its values stand.

    Parameters
    ----------
    path
        The file.
    changes
        Values from the command line, which replace those of the file.

    Raises
    ------
    ConfigError
        Lists every mistake found, each with its line.
    """
    return _checked(read_yaml(read_text(path), str(path)), changes or {})


def sweep_of_options(config: Path, changes: Mapping[str, Any]) -> tuple[SweepFile, Document]:
    """The sweep that options alone describe. Raises ConfigError as `load_sweep` does."""
    return _checked(Document("the command line", {"config": str(config)}), changes)


def _checked(document: Document, changes: Mapping[str, Any]) -> tuple[SweepFile, Document]:
    if document.data is None and not document.mistakes:
        document.mistake((), "the file is empty; a sweep needs `config` and `parameters`")
    elif not isinstance(document.data, dict):
        document.mistake((), f"a sweep is a mapping (`key: value`), not {show_value(document.data)}")
    else:
        for key, value in changes.items():
            _change(document, key, value)
        file = modelled(document, SweepFile, sweep_schema())
        if file and not document.mistakes:
            _check(file, document)
            if not document.mistakes:
                return file, document
    raise ConfigError(document.mistakes)


def _change(document: Document, key: str, value: Any) -> None:
    """Take a value from the command line; parameters are replaced one by one."""
    changed: list[KeyPath]
    if key == "parameters":
        around = document.data.get(key)
        document.data[key] = {**(around if isinstance(around, dict) else {}), **value}
        changed = [(key, name) for name in value]
    elif key == "set" and isinstance(document.data.get(key), list):
        document.data[key] = [*document.data[key], *value]
        changed = []
    else:
        document.data[key] = value
        changed = [(key,)]
    for path in changed:
        document.places = {old: at for old, at in document.places.items() if old[: len(path)] != path}
        option = f"--vary {path[1]}" if key == "parameters" else f"--{key.replace('_', '-')}"
        document.places[path] = SourceLocation(option)


def _check(file: SweepFile, document: Document) -> None:
    for key, variation in file.parameters.items():
        path: KeyPath = ("parameters", key)
        if not SYNTAX.fullmatch(f"{key}=0"):
            document.mistake(path, "not a config key, such as train.batch_size or layers[0].filters")
        elif key == "train.seed":
            document.mistake(path, "seeds have a key of their own: `seeds: 3`, or --seeds 3")
        elif problem := _misfit(variation, file.method):
            document.mistake(path, problem)
    if not document.mistakes and count(file) > MAX_POINTS:
        document.mistake(("parameters",), f"these are {count(file):,} points; the limit is {MAX_POINTS:,}")
    if file.seed_list and len(set(file.seed_list)) < len(file.seed_list):
        document.mistake(("seeds",), "a seed is listed twice")


def _misfit(variation: Variation, method: str) -> str | None:
    ends = variation.min, variation.max
    if variation.values is not None:
        if any(end is not None for end in ends) or variation.log:
            return "give either `values`, or `min`, `max` and `log`"
        return None
    if variation.min is None or variation.max is None:
        return "expected `values: [...]`, or `min` and `max`"
    if method == "grid":
        return "a grid needs `values`; a range is for `method: random` or `halving`"
    if max(abs(variation.min), abs(variation.max)) > LARGEST:
        return f"a range ends at {LARGEST:g} at most"
    if not variation.min < variation.max:
        return f"min must be below max; got {variation.min} and {variation.max}"
    if variation.log and variation.min <= 0:
        return f"a logarithmic scale needs min above 0; got {variation.min}"
    return None


def parse_vary(options: Sequence[str]) -> dict[str, dict[str, Any]]:
    """`--vary KEY=A,B,C` and `--vary KEY=MIN..MAX[:log]`, as the `parameters` of a sweep.

    Raises
    ------
    ConfigError
        One of them is neither.
    """
    found: dict[str, dict[str, Any]] = {}
    for option in options:
        place = SourceLocation(f"--vary {option}")
        match = SYNTAX.fullmatch(option)
        if not match or not match[2].strip():
            problem = "expected KEY=VALUE,VALUE,… or KEY=MIN..MAX, such as train.optimizer.learning_rate=0.1,0.3"
            raise ConfigError([ConfigProblem(place, (), problem)])
        key, text = match.groups()
        if key in found:
            raise ConfigError([ConfigProblem(place, (), f"{key} is varied twice; give all its values at once")])
        if ends := RANGE.fullmatch(text):
            low, high = (read_inline(end, place).data for end in ends.groups()[:2])
            found[key] = {"min": low, "max": high, "log": bool(ends[3])}
        else:
            document = read_inline(f"[{text}]", place)
            if document.mistakes:
                raise ConfigError(document.mistakes)
            found[key] = {"values": document.data}
    return found


def base_config(file: SweepFile, path: Path | None) -> Path:
    """The path of the base config of a sweep file at `path`; None for one from the command line.

    Raises
    ------
    CnnbpError
        The sweep file names no file.
    """
    given = Path(file.config)
    if path is None:
        return given
    found = next((one for one in (path.parent / given, given) if one.is_file()), None)
    if found is None:
        raise CnnbpError(
            f"there is no config file {printable(str(path.parent / given), 200)}",
            where=str(path),
            hint="`config` is a path, relative to the sweep file or to the current folder.",
        )
    return found
