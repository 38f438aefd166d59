"""Untrusted files: only regular files are opened, and they are read only up to a limit."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

from cnnbp_cli.errors import CnnbpError

Wrong: TypeAlias = Callable[[str], CnnbpError]
"""Makes the error for a problem, with the place and the hint that fit this kind of file."""

MISSING = "there is no such file"

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
# O_NONBLOCK: a pipe that is put in the file's place between the two checks must not block.


def not_regular(mode: int) -> str | None:
    """What is wrong if a path has this mode (`os.stat_result.st_mode`); None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is a device or a pipe, not a file"


@contextmanager
def open_regular(path: Path, wrong: Wrong) -> Iterator[IO[bytes]]:
    """Open a regular file for reading bytes. Folders, devices and pipes are rejected; symbolic links are followed.

    Raises
    ------
    CnnbpError
        Made by `wrong`: there is no such file (`MISSING`), it is not a regular file, or it cannot be read.
    """
    try:
        if problem := not_regular(path.stat().st_mode):  # opening a device may have side effects
            raise wrong(problem)
        file = os.fdopen(os.open(path, _FLAGS), "rb")
    except (FileNotFoundError, NotADirectoryError):
        raise wrong(MISSING) from None
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise wrong(f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
    with file:
        if problem := not_regular(os.fstat(file.fileno()).st_mode):
            raise wrong(problem)
        yield file


def read_bounded(path: Path, max_bytes: int, wrong: Wrong) -> bytes:
    """All bytes of the file.

    Raises
    ------
    CnnbpError
        As for `open_regular`; or the file is larger than `max_bytes`, of which no more is read.
    """
    with open_regular(path, wrong) as file:
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            raise wrong(f"cannot be read: {error.strerror or error}") from None
    if len(data) > max_bytes:
        raise wrong(f"is larger than {max_bytes:,} bytes, the most that is read")
    return data
