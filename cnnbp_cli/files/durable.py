"""Files that are there whole or not at all, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import not_regular

PAUSES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Seconds between attempts to take the old file's place: Windows refuses while somebody reads it."""

_TEMPORARY = f".*.{'[0-9a-f]' * 16}.tmp"


def write(path: Path, data: bytes) -> None:
    """Puts `data` in the place of the file at `path`, in one step.

    The bytes go to a new file in the same folder, down to the disk, and are read back and compared, before that
    file takes the name. Killed at any moment, or out of space, the old file is still there whole.

    Raises
    ------
    CnnbpError
        It could not be written, and the old file is as it was; or the folder could not be brought down to the disk,
        and either file is there after a power cut. Nothing else is left behind.
    """
    if (problem := _no_place(path)) is not None:
        raise CnnbpError(f"cannot be written: it {problem}", where=str(path), hint="Name another file.")
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    with reported(path):
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if temporary.read_bytes() != data:
                raise OSError(errno.EIO, "what was written reads back otherwise")
            _rename(temporary, path)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
        _sync_folder(path.parent)


def _no_place(path: Path) -> str | None:
    """What is in the place of the file and must not be replaced; a rename would put a file over a device."""
    try:
        return not_regular(path.stat().st_mode)
    except (OSError, ValueError):  # nothing is there, or what follows tells what is the matter
        return None


def sweep(folder: Path) -> None:
    """Removes what killed writers left in `folder`."""
    for left in folder.glob(_TEMPORARY):
        left.unlink(missing_ok=True)


@contextmanager
def reported(path: Path) -> Iterator[None]:
    """What the system refuses in here is told as a CnnbpError about `path`."""
    try:
        yield
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it
        raise CnnbpError(
            f"cannot be written: {getattr(error, 'strerror', None) or error}",
            where=str(path),
            hint="Make room, or give yourself the right to write there. What was saved before is whole.",
        ) from error


def _rename(temporary: Path, path: Path) -> None:
    for pause in PAUSES:
        try:
            temporary.replace(path)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    temporary.replace(path)


def _sync_folder(folder: Path) -> None:
    """The new name down to the disk too, where the system can be told so."""
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems know no such thing
            raise
    finally:
        os.close(descriptor)
