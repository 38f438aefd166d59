"""Durable writes: a file is there whole or not at all, whatever happens while it is written."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import not_regular

RENAME_PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Seconds between attempts to replace the old file: Windows refuses while another process reads it."""

_TEMPORARY = f".*.{'[0-9a-f]' * 16}.tmp"


def write(path: Path, data: bytes) -> None:
    """Replace the contents of the file at `path` by `data`, in one step.

    The bytes go to a new file in the same folder, are flushed to the disk, read back and compared, and only then does
    that file take the name. If the process is killed or the disk is full, the old file is still whole. A symbolic link
    is written through and stays a link; the permissions of an existing file stay as they are.

    Raises
    ------
    CnnbpError
        The file could not be written, and the old one is unchanged; or its folder could not be flushed to the disk, and
        after a power failure either file is there. Nothing else is left behind.
    """
    target = _target(path)
    unfinished = temporary(target)
    with reported(path):
        try:
            with unfinished.open("xb") as file:
                _keep_permissions(target, file.fileno())
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if unfinished.read_bytes() != data:
                raise OSError(errno.EIO, "what was written reads back otherwise")
            _rename(unfinished, target)
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
        _sync_folder(target.parent)


def move(source: Path, target: Path) -> None:
    """Give a file or folder a new name, which must be free if it is a folder, and flush both names to the disk.

    Raises
    ------
    CnnbpError
        It could not be renamed.
    """
    with reported(target):
        _rename(source, target)
        for folder in dict.fromkeys((target.parent, source.parent)):
            _sync_folder(folder)


def temporary(path: Path) -> Path:
    """A new name next to `path` for a file that is not finished yet; `sweep` removes it if the process is killed."""
    return path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")


def sweep(folder: Path) -> None:
    """Remove what killed writers left in `folder`."""
    for left in folder.glob(_TEMPORARY):
        left.unlink(missing_ok=True)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """Report what the operating system refuses in this block as a CnnbpError about `path`."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise CnnbpError(
            f"cannot be written: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Free some space or get write permission. What was saved before is whole.",
        ) from error


def _target(path: Path) -> Path:
    """The file to replace: what `path` links to, if it is a link. Devices, pipes, folders and loops are refused."""
    target, problem = path, None
    try:
        if path.is_symlink():
            target = Path(os.path.realpath(path))  # also of a file that does not exist yet
            if target.is_symlink():
                problem = "is a link to itself"
        problem = problem or not_regular(path.stat().st_mode)
    except (OSError, ValueError):  # nothing is there, or writing will report what is wrong
        pass
    if problem:
        raise CnnbpError(f"cannot be written: it {problem}", where=str(path), hint="Name another file.")
    return target


def _keep_permissions(path: Path, descriptor: int) -> None:
    """Give a new file the permissions, and where possible the owner, of the file that it will replace."""
    if os.name == "nt":
        return
    try:
        old = path.stat()
    except OSError:
        return
    new = os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        with suppress(OSError):
            os.fchown(descriptor, old.st_uid, old.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(old.st_mode))


def _rename(source: Path, path: Path) -> None:
    for pause in RENAME_PAUSES:
        try:
            source.replace(path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    source.replace(path)


def _sync_folder(folder: Path) -> None:
    """Flush the new name to the disk too, where the system allows it."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems do not support it
            raise
    finally:
        os.close(descriptor)
