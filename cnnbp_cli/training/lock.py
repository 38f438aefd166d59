"""A lock on a run folder, so that one process at a time trains in it. The system releases it when the process ends."""

from __future__ import annotations

import os
import sys
import weakref
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.mounts import Mount, mount_of

LOCK = ".lock"
"""The file that is locked where a folder cannot be: on Windows and on network drives."""

_LOCAL = {"nolock", "local_lock=all", "local_lock=flock", "nobrl", "localflock"}
"""Options of NFS, CIFS and Lustre with which a lock is known on this machine only."""


class FolderLock:
    """An exclusive lock on a folder, held until `release`, or until this object or the process ends.

    On POSIX it is a lock on the folder itself. Network drives know the lock of a folder on one machine only, so there
    it is a lock on a file in it, which the server knows too; a killed process leaves that file, which locks nothing
    then. On Windows it is a file that the system removes when its only handle is closed.

    Attributes
    ----------
    caveat
        Why another process may get the lock, too; None if none can.

    Raises
    ------
    CnnbpError
        Another process, or another lock of this process, holds it.
    """

    def __init__(self, folder: Path) -> None:
        self.caveat: str | None = None
        mount = mount_of(folder)
        file = folder / LOCK if mount and mount.is_network else None
        descriptor, locked = _lock(folder, file)
        if not locked:
            self.caveat = f"the file system of {folder} has no locks: nothing keeps another training out of this folder"
        elif mount and mount.is_network:
            self.caveat = _local_only(folder, mount)
        self.release = weakref.finalize(self, _release, descriptor, file)


def _local_only(folder: Path, mount: Mount) -> str | None:
    options = sorted(_LOCAL & mount.options)
    if not options:
        return None
    return (
        f"{folder} is on a network drive ({mount.kind}, {', '.join(options)}) whose locks are known on this machine "
        "only: do not train in this folder on two machines"
    )


def _release(descriptor: int, file: Path | None) -> None:
    try:
        if file:
            file.unlink(missing_ok=True)  # still locked, so it is ours
    except OSError:
        pass  # the folder is gone, or the network is
    finally:
        os.close(descriptor)


if sys.platform == "win32":

    def _lock(folder: Path, _: Path | None) -> tuple[int, bool]:
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_TEMPORARY | os.O_NOINHERIT
        try:
            return os.open(folder / LOCK, flags), True
        except (FileExistsError, PermissionError):  # PermissionError: while the system removes it
            raise _locked(folder) from None

else:
    import fcntl

    def _lock(folder: Path, file: Path | None) -> tuple[int, bool]:
        """A descriptor of the folder, or of the file, and whether it is locked."""
        while True:
            # For an exclusive lock, NFS needs a file that is open for writing.
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o666) if file else os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
                raise _locked(folder) from None
            except OSError:  # a file system without locks
                return descriptor, False
            if not file or _is_still(file, descriptor):
                return descriptor, True
            os.close(descriptor)  # its holder removed it while we waited for the lock

    def _is_still(file: Path, descriptor: int) -> bool:
        try:
            return os.path.samestat(file.stat(), os.fstat(descriptor))
        except FileNotFoundError:
            return False


def _locked(folder: Path) -> CnnbpError:
    return CnnbpError(
        "another process is training in this folder",
        where=str(folder),
        hint="Stop that process or wait until it ends, or train in another folder: --output-dir DIR.",
    )
