"""The download: the four files from the first mirror that has them, verified before they appear in the folder."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.files import FILES, gz, locate, missing

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
"""Where the original files are published, in the order in which they are asked."""

TIMEOUT = 10.0
"""Seconds that a mirror may take to accept a connection, and again between two pieces of a file."""

_SLOWEST = 8_000  # bytes a second; a mirror that only drips is left
_PIECE = 1 << 16


class Progress(Protocol):
    """Is told how far the download of a file has come; `received` starts again at 0 with each mirror."""

    def __call__(self, name: str, received: int, total: int) -> None: ...


class _MirrorFailed(Exception):
    """One mirror did not deliver one file; `silent` where it is no use to ask it for the next."""

    def __init__(self, reason: str, *, silent: bool = False) -> None:
        super().__init__(reason)
        self.silent = silent


def download(
    folder: Path, mirrors: Sequence[str] = MIRRORS, *, progress: Progress | None = None, timeout: float = TIMEOUT
) -> None:
    """Brings those of the four files into `folder` that it does not hold.

    A file is received beside its place, compared with its SHA-256 and then moved there in one step, so several
    processes may do this at once, and one that is interrupted leaves nothing.

    Parameters
    ----------
    mirrors
        Addresses to which a file's name is appended. Each is asked for what its predecessors did not deliver.
    progress
        Is called for every piece that arrives.
    timeout
        Seconds; see `TIMEOUT`.

    Raises
    ------
    CnnbpError
        No mirror has delivered a file, or the folder cannot be written.
    """
    failures: dict[tuple[str, str], list[str]] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for mirror in mirrors:
            for name in FILES:
                if locate(folder, name):  # perhaps brought by another process just now
                    continue
                try:
                    _fetch(mirror, name, folder, progress, timeout)
                except _MirrorFailed as failure:
                    failures.setdefault((mirror, str(failure)), []).append(gz(name))
                    if failure.silent:
                        break
    except OSError as error:
        raise CnnbpError(
            f"cannot put the downloaded files here: {error.strerror or error}",
            where=str(folder),
            hint="Make room or give yourself the right to write here, or name a folder that holds the four files "
            f"with --data-dir:\n{_names(FILES)}",
        ) from None
    lacking = missing(folder)
    if lacking:
        tried = "".join(f"\n  {mirror}  {reason} ({', '.join(f)})" for (mirror, reason), f in failures.items())
        raise CnnbpError(f"MNIST could not be downloaded; this was tried:{tried}", hint=by_hand(folder, lacking))


def by_hand(folder: Path, names: Sequence[str]) -> str:
    """What to do where nothing can be downloaded."""
    return (
        f"Put these files into {folder} by hand, or name a folder that holds all four with --data-dir, "
        f"or another mirror with --mirror URL:\n{_names(names)}"
    )


def _names(names: Iterable[str]) -> str:
    return "\n".join(f"  {gz(name)}" for name in names)


def _fetch(mirror: str, name: str, folder: Path, progress: Progress | None, timeout: float) -> None:
    import pooch  # type: ignore[import-untyped]

    pooch.get_logger().setLevel(logging.WARNING)  # it prints each address otherwise
    release = FILES[name]

    def stream(url: str, path: str, _: object) -> None:
        _stream(url, Path(path), gz(name), release.size, progress, timeout)

    url = f"{mirror.rstrip('/')}/{gz(name)}"
    # A folder of its own, because pooch's last step onto an existing file is a slow copy on Windows.
    with TemporaryDirectory(prefix=".download-", dir=folder) as place:
        try:
            path = pooch.retrieve(url, f"sha256:{release.sha256}", gz(name), place, downloader=stream)
        except ValueError:
            raise _MirrorFailed("another file than the original: wrong SHA-256") from None
        target = folder / gz(name)
        try:
            Path(path).replace(target)
        except PermissionError:  # Windows, where another process has brought the same file and is reading it
            if not target.is_file():
                raise


def _stream(url: str, path: Path, name: str, size: int, progress: Progress | None, timeout: float) -> None:
    import requests
    from urllib3.exceptions import HTTPError

    received = 0
    deadline = time.monotonic() + timeout + size / _SLOWEST
    as_it_is = {"Accept-Encoding": "identity"}
    try:
        with (
            path.open("wb") as file,
            requests.Session() as session,
            session.get(url, stream=True, timeout=timeout, headers=as_it_is) as response,
        ):
            response.raise_for_status()
            if progress:
                progress(name, 0, size)
            # read1 gives what has arrived, undecoded: the deadline is looked at however slowly that goes.
            while piece := response.raw.read1(_PIECE, decode_content=False):
                received += len(piece)
                if received > size:
                    raise _MirrorFailed(f"another file than the original: more than its {size:,} bytes")
                if time.monotonic() > deadline:
                    raise _MirrorFailed(f"too slow: {received:,} of {size:,} bytes", silent=True)
                file.write(piece)
                if progress:
                    progress(name, received, size)
            if received < size:
                raise _MirrorFailed(f"cut short: {received:,} of {size:,} bytes")
    except (requests.RequestException, HTTPError, ValueError) as error:
        raise _failure(error) from None


def _failure(error: Exception) -> _MirrorFailed:
    """What a library raised, in few words: of the network's errors behind it, the innermost says most."""
    import requests
    from urllib3.exceptions import TimeoutError as ReadTimeout

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return _MirrorFailed(f"HTTP {error.response.status_code}")
    chain: list[BaseException] = [error]
    while inner := chain[-1].__cause__ or chain[-1].__context__:
        chain.append(inner)
    cause = next((e for e in reversed(chain) if isinstance(e, OSError | HTTPException)), error)
    words = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    printable = "".join(c if c.isprintable() else " " for c in words)[:100]
    return _MirrorFailed(printable, silent=isinstance(error, requests.ConnectionError | requests.Timeout | ReadTimeout))
