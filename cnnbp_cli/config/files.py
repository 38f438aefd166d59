"""Read the text of a config file, up to a maximum size, with a precise message for each way that can fail."""

from __future__ import annotations

import difflib
from pathlib import Path

from cnnbp_cli.config.problems import ConfigError, ConfigProblem, SourceLocation
from cnnbp_cli.config.yaml_reader import MAX_SIZE
from cnnbp_cli.files.untrusted import MISSING, read_bounded


def read_text(path: Path, kind: str = "config") -> str:
    """The UTF-8 text of the file, without a byte order mark; `kind` is what messages call it.

    Raises
    ------
    ConfigError
        The file does not exist, is not a regular file, cannot be read, is larger than MAX_SIZE bytes (no more than
        that is read), or is not UTF-8.
    """
    raw = read_bounded(path, MAX_SIZE, lambda problem: _unusable(path, problem, kind))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = f"not UTF-8 text (the byte {raw[error.start]:#04x})"
        raise _error(path, problem, line=line, hint="Save the file as UTF-8.") from None


def _unusable(path: Path, problem: str, kind: str) -> ConfigError:
    hint = f"A {kind} is a readable YAML file of at most {MAX_SIZE:,} bytes."
    return _error(path, problem, hint=_nearest(path, kind) if problem == MISSING else hint)


def _error(path: Path, problem: str, *, line: int | None = None, hint: str | None = None) -> ConfigError:
    return ConfigError([ConfigProblem(SourceLocation(str(path), line), (), problem)], hint=hint)


def _nearest(path: Path, kind: str) -> str | None:
    """A hint naming the files with the most similar names, in the same folder or, for a config, in configs/."""
    for folder in dict.fromkeys([path.parent, *([Path("configs")] if kind == "config" else [])]):
        files = {file.stem: file for file in sorted(folder.glob("*.y*ml"))}
        if near := difflib.get_close_matches(path.stem, files, n=3):
            return f"Did you mean {' or '.join(str(files[stem]) for stem in near)}?"
    return None
