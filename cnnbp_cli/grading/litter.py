"""What operating systems and tools leave in folders, and the files of a submission without it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.grading.natural import natural

LITTER = {
    "__macosx",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    "$recycle.bin",
    "@eadir",
    "__pycache__",
    "node_modules",
}
"""Names, in lower case, that hold no student's work. Names that begin with a dot or with ~$ hold none either."""

MAX_DEPTH = 8
"""Folders inside each other in one submission."""

MAX_FILES = 1000
"""Files in one submission: a repository has some, and a folder with more is not a submission."""


def is_litter(name: str) -> bool:
    """Whether a name is that of a file or folder that no student wrote."""
    return name.startswith((".", "~$")) or name.casefold() in LITTER


def entries(folder: Path) -> list[Path]:
    """What is in a folder, apart from litter, in the order in which people sort names.

    Raises
    ------
    CnnbpError
        The folder cannot be read.
    """
    try:
        held = [entry for entry in folder.iterdir() if not is_litter(entry.name)]
    except OSError as error:
        raise CnnbpError(f"cannot be read: {error.strerror or error}", where=str(folder)) from None
    return sorted(held, key=lambda entry: (natural(entry.stem), entry.suffix))


def files_below(place: Path) -> Iterator[Path]:
    """The files in a submission's folder and in its folders, or the file itself; links inside are not followed.

    A link that a student packed could name another student's work, or any file of this machine.

    Raises
    ------
    CnnbpError
        It holds too many files, or too many folders inside each other.
    """
    if not place.is_dir():
        yield place
        return
    count = 0
    pending = [(place, 0)]
    while pending:
        folder, depth = pending.pop()
        inside: list[tuple[Path, int]] = []
        for entry in entries(folder):
            if entry.is_symlink():
                continue
            if entry.is_dir():
                inside.append((entry, depth + 1))
            else:
                count += 1
                yield entry
            if count > MAX_FILES or depth > MAX_DEPTH:
                limits = f"{MAX_FILES:,} files or {MAX_DEPTH} folders inside each other"
                raise CnnbpError(f"holds more than {limits}", where=str(place))
        pending.extend(reversed(inside))
