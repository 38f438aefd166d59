"""One process at a time trains in a folder: a lock that the system drops with the process, however that ended."""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path

from cnnbp_cli.errors import CnnbpError


class FolderLock:
    """The right to write in a folder, held until `release`, the end of this object, or that of the process.

    On POSIX it is a lock on the folder itself; on Windows a file in it that the system removes when its only handle is
    closed. Neither leaves anything behind. A file system without locks gives the lock to everybody.

    Raises
    ------
    CnnbpError
        Another process, or another lock of this one, holds it.
    """

    def __init__(self, folder: Path) -> None:
        descriptor = _lock(folder)
        self.release = weakref.finalize(self, os.close, descriptor)


if sys.platform == "win32":

    def _lock(folder: Path) -> int:
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY | os.O_NOINHERIT
        try:
            return os.open(folder / ".lock", flags)
        except (FileExistsError, PermissionError):  # the second, while the system removes it
            raise _taken(folder) from None

else:
    import fcntl

    def _lock(folder: Path) -> int:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _taken(folder) from None
        except OSError:  # no locks here
            pass
        return descriptor


def _taken(folder: Path) -> CnnbpError:
    return CnnbpError(
        "another process is training in this folder",
        where=str(folder),
        hint="Stop it, or wait for its end; or train in another folder: --output-dir DIR.",
    )
