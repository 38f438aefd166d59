"""The file that a program saved its answers to: the one that changed while it ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from cnnbp_cli.diagnosis.array_file import SUFFIXES
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import quoted

State: TypeAlias = tuple[int, int, int]
"""When a file was written, its size, and which file it is."""

USUAL = "mine"
"""The name, without its end, that is preferred where a program saves several files."""

MAX_FILES = 10_000
"""Of a folder; more are not looked at."""


def state_of(path: Path) -> State | None:
    """What changes when a file is written or replaced; None without one."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def states(folders: Iterable[Path], exercise: Path) -> dict[Path, State]:
    """The files in these folders that could hold answers, by their whole paths."""
    found: dict[Path, State] = {}
    for folder in {folder.resolve() for folder in folders if folder.is_dir()}:
        for path in islice(folder.iterdir(), MAX_FILES):
            if path.suffix.lower() in SUFFIXES and path != exercise.resolve() and (state := state_of(path)):
                found[path] = state
    return found


def saved_file(before: Mapping[Path, State], after: Mapping[Path, State], named: Path | None) -> Path:
    """The file with the answers; `named` is the one that the user names.

    Raises
    ------
    CnnbpError
        Nothing was saved, or more than one file that could be it.
    """
    changed = [path for path, state in after.items() if before.get(path) != state]
    if named is not None:
        if state_of(named) is None:
            raise CnnbpError("was not written by the program", where=str(named), hint="Check the name in your program.")
        if named.resolve() in after and named.resolve() not in changed:
            raise CnnbpError("is older than this run: the program did not write it", where=str(named))
        return named
    usual = [path for path in changed if path.stem == USUAL]
    options = usual if len(usual) == 1 else changed
    if not options:
        hint = (
            'Save your deltas and gradients, as in np.savez("mine.npz", **answers), or name the file with --mine FILE.'
        )
        raise CnnbpError("the program saved no answers in this folder", hint=hint)
    if len(options) > 1:
        names = quoted([str(_shown(path)) for path in sorted(options)])
        raise CnnbpError(f"the program saved several files: {names}", hint="Name the right one with --mine FILE.")
    return _shown(options[0])


def _shown(path: Path) -> Path:
    """The path from the current folder, if the file is in it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
