"""The download: a data set from the first mirrors that have its files, verified before they appear in the folder."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from hashlib import new
from pathlib import Path, PurePosixPath
from typing import IO, Protocol
from zipfile import BadZipFile, ZipFile

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.files import missing
from cnnbp_cli.mnist.http import TransferFailed, receive, without_password
from cnnbp_cli.mnist.published import MNIST, Download, PublishedSet

MIRRORS = MNIST.mirrors

TIMEOUT = 10.0
"""Seconds that a mirror may take to accept a connection, and between two pieces of a file."""

MIN_RATE = 8_000
"""Bytes per second: a mirror that is slower over a whole file is given up."""

STALE_FOLDER = 3600.0
"""Seconds after which a temporary folder that an earlier version left behind is removed."""

MAX_MEMBER = 1 << 28
"""Bytes of a member of a zip file; the largest one of EMNIST has 161 MB."""

_PIECE = 1 << 16
_PREFIX = ".download-"


class Progress(Protocol):
    """Called with the progress of a file's download; `received` starts at 0 again with each mirror."""

    def __call__(self, name: str, received: int, total: int) -> None: ...


def download(
    folder: Path,
    mirrors: Sequence[str] | None = None,
    *,
    published: PublishedSet = MNIST,
    progress: Progress | None = None,
    timeout: float = TIMEOUT,
) -> None:
    """Download those files of a published data set that `folder` does not hold.

    Each file is received under a temporary name, compared with its checksum and then renamed in one step, so several
    processes may download at the same time. What a killed download left behind is removed by the next one.

    Parameters
    ----------
    mirrors
        Addresses to which a file's name is appended, instead of those of the set. Each is tried for the files that the
        ones before did not deliver.
    progress
        Called for every piece that arrives.
    timeout
        Seconds; see `TIMEOUT`.

    Raises
    ------
    CnnbpError
        No mirror has delivered a file, or the folder cannot be written to.
    """
    failures: dict[tuple[str, str], list[str]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _sweep(folder)
        for mirror in published.mirrors if mirrors is None else mirrors:
            for file in published.downloads:
                if not missing(folder, file.holds):  # another process may have downloaded it meanwhile
                    continue
                try:
                    _fetch(mirror, file, folder, progress, timeout)
                except TransferFailed as failure:
                    failures.setdefault((mirror, str(failure)), []).append(file.name)
                    if failure.unreachable:
                        break
    except OSError as error:
        raise CnnbpError(
            f"cannot write the downloaded files: {error.strerror or error}",
            where=str(folder),
            hint="Free some space or get write permission, or name a folder that holds the four files "
            f"with --data-dir:\n{_names(published.file_names)}",
        ) from None
    if missing(folder):
        tried = "".join(
            f"\n  {without_password(mirror)}  {reason} ({', '.join(names)})"
            for (mirror, reason), names in failures.items()
        )
        raise CnnbpError(f"{published.title} could not be downloaded. Tried:{tried}", hint=by_hand(folder, published))


def by_hand(folder: Path, published: PublishedSet = MNIST) -> str:
    """What to do if nothing can be downloaded."""
    lacking = [name for name in published.file_names if not (folder / name).exists()]
    return (
        f"Put these files into {folder} yourself, or name a folder that holds all four with --data-dir, "
        f"or another mirror with --mirror URL:\n{_names(lacking)}"
    )


def _names(names: Iterable[str]) -> str:
    return "\n".join(f"  {name}" for name in names)


def _fetch(mirror: str, file: Download, folder: Path, progress: Progress | None, timeout: float) -> None:
    """Download one file from one mirror; TransferFailed if it does not arrive as published."""
    release, (algorithm, checksum) = file.release, file.release.checksum
    pieces = receive(
        f"{mirror.rstrip('/')}/{file.name}", release.size, timeout=timeout, seconds=timeout + release.size / MIN_RATE
    )
    with _temporary(folder) as (opened, path):
        digest, received = new(algorithm, usedforsecurity=False), 0
        for piece in pieces:
            if progress and not received:
                progress(file.name, 0, release.size)
            opened.write(piece)
            digest.update(piece)
            received += len(piece)
            if progress:
                progress(file.name, received, release.size)
        if digest.hexdigest() != checksum:
            shown = {"sha256": "SHA-256", "md5": "MD5"}[algorithm]
            raise TransferFailed(f"another file than the original: wrong {shown}")
        if file.archived:
            opened.flush()
            _unpack(path, file.archived, folder)
        else:
            _keep(opened, path, folder / file.name)


def _unpack(archive: Path, members: Sequence[str], folder: Path) -> None:
    """Put members of a zip file into `folder`, under their own names; TransferFailed if they are not there."""
    try:
        with ZipFile(archive) as opened:
            for member in members:
                with opened.open(member) as member_file, _temporary(folder) as (file, path):
                    left = MAX_MEMBER
                    while piece := member_file.read(min(_PIECE, left)):
                        file.write(piece)
                        left -= len(piece)
                    if not left:
                        raise TransferFailed(f"another file than the original: {member} is too long")
                    _keep(file, path, folder / PurePosixPath(member).name)
    except (BadZipFile, KeyError, NotImplementedError, RuntimeError, zlib.error) as error:
        raise TransferFailed(f"another file than the original: {' '.join(str(error).split())[:100]}") from None


def _keep(file: IO[bytes], path: Path, target: Path) -> None:
    """Give the temporary file its name, once its bytes are on the disk."""
    file.flush()
    os.fsync(file.fileno())
    if os.name == "nt":  # an open file cannot be renamed there
        file.close()
    try:
        path.replace(target)
    except PermissionError:  # Windows, while another process reads the same file that it has downloaded
        if not target.is_file():
            raise


@contextmanager
def _temporary(folder: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A new file with the permissions that the umask gives, locked while in use, removed unless it was renamed."""
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}"
        file = path.open("xb")
        _lock(file)
        if path.exists():  # else another process's sweep came between the two lines above
            break
        file.close()
    with file:
        try:
            yield file, path
        finally:
            if os.name == "nt":
                file.close()
            with suppress(OSError):
                path.unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Remove what downloads that were killed have left, and nothing that another process still writes."""
    for path in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if path.is_dir():
                if time.time() - path.stat().st_mtime > STALE_FOLDER:
                    shutil.rmtree(path)
                continue
            with path.open("r+b") as file:
                if _is_locked(file):
                    continue
                if os.name != "nt":  # while this process has the lock
                    path.unlink()
            path.unlink(missing_ok=True)


if sys.platform == "win32":  # where no file that is open elsewhere can be removed

    def _lock(file: IO[bytes]) -> None: ...

    def _is_locked(file: IO[bytes]) -> bool:
        return False

else:
    import fcntl

    def _lock(file: IO[bytes]) -> None:
        """Lock the file until it is closed, where the file system has locks."""
        with suppress(OSError):
            fcntl.flock(file.fileno(), fcntl.LOCK_EX)

    def _is_locked(file: IO[bytes]) -> bool:
        """Whether another process has locked the file, or may have; otherwise this one does until it is closed."""
        try:
            fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
