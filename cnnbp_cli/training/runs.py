"""Run folders: each training run saves its files in a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.training.lock import FolderLock

if TYPE_CHECKING:  # shell completion asks for runs, and cannot wait for pydantic
    from cnnbp_cli.config import Config

RUNS = Path("runs")
"""Default parent of run folders, relative to the current folder."""

BEST, LAST = "best.npz", "last.npz"


@dataclass(frozen=True)
class Run:
    """A run folder.

    Attributes
    ----------
    config
        config.yaml, with all defaults filled in. A folder with this file is a run folder.
    metrics
        metrics.csv: one row per finished epoch.
    summary, report
        summary.json and report.html, once the training has finished.
    best, last
        The checkpoints of the best epoch and of the last save.
    lock
        Keeps other trainings out until `close`; None if the run is only read.
    """

    folder: Path
    lock: FolderLock | None = field(default=None, compare=False, repr=False)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    @property
    def metrics(self) -> Path:
        return self.folder / "metrics.csv"

    @property
    def summary(self) -> Path:
        return self.folder / "summary.json"

    @property
    def report(self) -> Path:
        return self.folder / "report.html"

    @property
    def best(self) -> Path:
        return self.folder / BEST

    @property
    def last(self) -> Path:
        return self.folder / LAST

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that training saves."""
        return self.config, self.metrics, self.summary, self.best, self.last

    @classmethod
    def new(cls, config: Config, folder: Path | None = None, *, force: bool = False, root: Path = RUNS) -> Run:
        """Create the folder for a new run: `folder`, or the next free NAME-NNN under `root`.

        Runs that start at the same time never get the same folder.

        Raises
        ------
        CnnbpError
            `folder` is not empty and `force` was not given, it cannot be created, or another process trains in it.
        """
        with durable.reported(folder or root):
            run = cls(_numbered(root, config.name) if folder is None else _named(folder))
            if not force and any(run.folder.iterdir()):
                raise _taken(run.folder)
            run = run.locked()
            if force:
                durable.sweep(run.folder)
                for path in (*run.files, run.report):
                    path.unlink(missing_ok=True)
            try:
                run.config.open("x").close()  # of several processes here, one succeeds
            except FileExistsError:
                raise _taken(run.folder) from None
        try:
            run.write_config(config)
        except CnnbpError:
            run.config.unlink(missing_ok=True)
            raise
        return run

    def locked(self) -> Run:
        """The same run, locked. Raises CnnbpError if another process trains in it."""
        with durable.reported(self.folder):
            return replace(self, lock=FolderLock(self.folder))

    def close(self) -> None:
        """Release the lock."""
        if self.lock:
            self.lock.release()

    def reopen(self, config: Config) -> None:
        """Prepare to resume: remove temporary files of a killed process, and the results of an earlier end."""
        with durable.reported(self.folder):
            durable.sweep(self.folder)
            for path in (self.summary, self.report):
                path.unlink(missing_ok=True)
        self.write_config(config)

    def write_config(self, config: Config) -> None:
        from cnnbp_cli.config import dump_config

        durable.write(self.config, dump_config(config).encode())


def newest_run(root: Path = RUNS) -> Run:
    """The run under `root` with the newest best.npz.

    Raises
    ------
    CnnbpError
        There is none.
    """
    with readable(root):
        found = [(path.stat().st_mtime_ns, path.parent) for path in root.glob(f"*/{BEST}")]
    if not found:
        raise CnnbpError(
            "there is no run with a best.npz here yet",
            where=str(root),
            hint="Train a network first: cnnbp train --config FILE (cnnbp init writes a config to start from).",
        )
    return Run(max(found)[1])


def find_checkpoint(path: Path | None, *names: str) -> Path:
    """The checkpoint file that `path` refers to.

    A file is returned as it is. In a folder, the first file that exists among `names` (default best.npz, last.npz) is
    returned. None means the best.npz of the newest run.

    Raises
    ------
    CnnbpError
        The folder has none of these files.
    """
    if path is None:
        return newest_run().best
    names = names or (BEST, LAST)
    with readable(path):
        if not path.is_dir():
            return path
        for name in names:
            if (path / name).exists():
                return path / name
    raise CnnbpError(
        f"there is no {' and no '.join(names)} in this folder",
        where=str(path),
        hint="Name a checkpoint, or a run folder with at least one finished epoch.",
    )


def _numbered(root: Path, name: str) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    pattern = re.compile(rf"{re.escape(name)}-([0-9]{{3,9}})")
    taken = [int(match[1]) for path in root.iterdir() if (match := pattern.fullmatch(path.name))]
    for number in count(max(taken, default=0) + 1):
        folder = root / f"{name}-{number:03d}"
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise AssertionError


def _named(folder: Path) -> Path:
    if folder.exists() and not folder.is_dir():
        raise CnnbpError(
            "is a file, not a folder", where=str(folder), hint="Name a folder for the run with --output-dir."
        )
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _taken(folder: Path) -> CnnbpError:
    return CnnbpError(
        "this folder is not empty",
        where=str(folder),
        hint="Name another folder with --output-dir, or replace the run in it with --force.",
    )


@contextmanager
def readable(folder: Path) -> Iterator[None]:
    """Turn an OSError inside the `with` block into a CnnbpError about `folder`."""
    try:
        yield
    except OSError as error:
        raise CnnbpError(
            f"cannot be read: {error.strerror or error}",
            where=str(folder),
            hint="Make it readable, or name a checkpoint.",
        ) from None
