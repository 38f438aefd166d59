"""A lock on a run folder, so that one process at a time trains in it. The system releases it when the process ends."""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path

from cnnbp_cli.errors import CnnbpError


class FolderLock:
    """An exclusive lock on a folder, held until `release`, or until this object or the process ends.

    On POSIX it is a lock on the folder itself, on Windows a file in it that the system removes when its only handle is
    closed. Neither leaves anything behind. On a file system without locks, every process gets the lock.

    Raises
    ------
    CnnbpError
        Another process, or another lock of this process, holds it.
    """

    def __init__(self, folder: Path) -> None:
        descriptor = _lock(folder)
        self.release = weakref.finalize(self, os.close, descriptor)


if sys.platform == "win32":

    def _lock(folder: Path) -> int:
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY | os.O_NOINHERIT
        try:
            return os.open(folder / ".lock", flags)
        except (FileExistsError, PermissionError):  # PermissionError: while the system removes it
            raise _locked(folder) from None

else:
    import fcntl

    def _lock(folder: Path) -> int:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _locked(folder) from None
        except OSError:  # a file system without locks
            pass
        return descriptor


def _locked(folder: Path) -> CnnbpError:
    return CnnbpError(
        "another process is training in this folder",
        where=str(folder),
        hint="Stop that process or wait until it ends, or train in another folder: --output-dir DIR.",
    )
