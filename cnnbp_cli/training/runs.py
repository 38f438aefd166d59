"""Run folders: each training run saves its files in a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.training.lock import LOCK, FolderLock

if TYPE_CHECKING:  # shell completion lists runs, and must not wait for pydantic
    from cnnbp_cli.config import Config

RUNS = Path("runs")
"""Default parent of run folders, relative to the current folder."""

BEST, LAST = "best.npz", "last.npz"

_GENERATION = re.compile(r"last\.([1-9][0-9]{0,3})\.npz")


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
    replaces
        Whether the folder has the files of another run, which a new training is to replace.
    """

    folder: Path
    lock: FolderLock | None = field(default=None, compare=False, repr=False)
    replaces: bool = field(default=False, compare=False, repr=False)

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

    def older(self, number: int) -> Path:
        """The save of last.npz that is `number` generations older than the newest."""
        return self.folder / f"last.{number}.npz"

    @property
    def generations(self) -> list[Path]:
        """The older saves of last.npz, newest first."""
        found = (path for path in self.folder.glob("last.*.npz") if _GENERATION.fullmatch(path.name))
        return sorted(found, key=lambda path: int(path.name.split(".")[1]))

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that training saves, without older generations."""
        return self.config, self.metrics, self.summary, self.best, self.last

    @classmethod
    def new(cls, config: Config, folder: Path | None = None, *, force: bool = False, root: Path = RUNS) -> Run:
        """Create the folder for a new run: `folder`, or the next free NAME-NNN under `root`.

        Runs that start at the same time never get the same folder. With `force`, a run in `folder` may be replaced; its
        files stay until the new run has saved (`Saves`).

        Raises
        ------
        CnnbpError
            `folder` is not empty and `force` was not given, it contains other files than those of a run, it cannot be
            created, or another process trains in it.
        """
        if folder is None:
            refuse_file(root, "Move it, or name a run folder: --output-dir DIR")
        with durable.reported(folder or root):
            run = cls(numbered_folder(root, config.name) if folder is None else _named(folder))
            if not force and not run.is_empty():
                raise _taken(run.folder)
            run = run.locked()
            if force and not run.is_empty():
                if not run.is_run():
                    raise _no_run(run.folder)
                durable.sweep(run.folder)
                return replace(run, replaces=True)
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

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the lock cannot keep out, for the user."""
        return (self.lock.caveat,) if self.lock and self.lock.caveat else ()

    def close(self) -> None:
        """Release the lock."""
        if self.lock:
            self.lock.release()

    def is_empty(self) -> bool:
        """Whether the folder has no file but that of a lock."""
        return all(path.name == LOCK for path in self.folder.iterdir())

    def is_run(self) -> bool:
        """Whether cnnbp train wrote these files: a config.yaml, and metrics.csv with its header or a checkpoint.

        A user's own files may have the same names, so the names alone prove nothing.
        """
        from cnnbp_cli.training.checkpoint import load_checkpoint
        from cnnbp_cli.training.metrics import has_header

        if not self.config.is_file():
            return False
        if has_header(self.metrics):
            return True
        for path in (self.last, self.best, *self.generations):
            with suppress(CnnbpError):
                load_checkpoint(path)
                return True
        return False

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
    refuse_file(root, "Move it, or name a checkpoint.")
    with readable(root):
        found = [(path.stat().st_mtime_ns, path.parent) for path in root.glob(f"*/{BEST}")]
    if not found:
        raise CnnbpError(
            "there is no run with a best.npz here yet",
            where=str(root),
            hint="Train a network first: cnnbp train --config FILE (cnnbp init writes a config to start from).",
        )
    return Run(max(found)[1])


def refuse_file(root: Path, hint: str) -> None:
    """Raise CnnbpError if a file is where a folder of runs should be."""
    if root.exists() and not root.is_dir():
        raise CnnbpError("is a file, not a folder of runs", where=str(root), hint=hint)


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


def numbered_folder(root: Path, name: str) -> Path:
    """Create the next free folder NAME-NNN under `root`. Of several processes here, each gets another one."""
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


def _no_run(folder: Path) -> CnnbpError:
    return CnnbpError(
        "is not a run folder, and --force replaces only runs",
        where=str(folder),
        hint="Name a new or empty folder with --output-dir.",
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
