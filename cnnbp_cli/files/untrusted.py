"""Files by a name that somebody gave: opened only where there is a regular file, and read only up to a bound."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeAlias

from cnnbp_cli.errors import CnnbpError

Wrong: TypeAlias = Callable[[str], CnnbpError]
"""Makes the error of a problem, with the place and the hint that are right for this kind of file."""

MISSING = "there is no such file"

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0)
# A pipe that takes the file's place between the two looks at it is not waited for.


def not_regular(mode: int) -> str | None:
    """What is wrong with something of this mode (`os.stat_result.st_mode`) in the place of a file."""
    if stat.S_ISREG(mode):
        return None
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is a device or a pipe, not a file"


@contextmanager
def open_regular(path: Path, wrong: Wrong) -> Iterator[IO[bytes]]:
    """The file, open for reading bytes. Folders, devices and pipes are refused unopened; symbolic links are followed.

    Raises
    ------
    CnnbpError
        `wrong` of what is the matter: there is none (`MISSING`), it is no regular file, or it may not be read.
    """
    try:
        if problem := not_regular(path.stat().st_mode):  # opening a device may already do something
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
        As of `open_regular`; or `wrong` of it being larger than `max_bytes`, and no more are read.
    """
    with open_regular(path, wrong) as file:
        try:
            data = file.read(max_bytes + 1)
        except OSError as error:
            raise wrong(f"cannot be read: {error.strerror or error}") from None
    if len(data) > max_bytes:
        raise wrong(f"is larger than {max_bytes:,} bytes, the most that is read")
    return data
