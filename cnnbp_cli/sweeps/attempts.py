"""The run folders of a sweep. Each attempt at a run is trained in a folder of its own, which then becomes the run's.

    sweep/runs/003-seed1          the run, once an attempt has got where it should
    sweep/attempts/003-seed1.2    the second attempt at it

So no two processes ever write into one folder, also where file locks do not work or a worker was believed dead. An
attempt begins with the latest state that earlier ones saved.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeAlias

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.training.checkpoint import Checkpoint
from cnnbp_cli.training.generations import load_newest

Files: TypeAlias = Mapping[str, bytes]
"""The files of a folder, by name."""

MARK = ".sweep"
"""The file whose content tells a worker that it sees the right folder."""

PROBLEM = "problem.txt"
"""In a run folder: why training cannot get any further."""

MAX_MARK = 1000
MAX_PROBLEM = 10_000

VISIBLE_SECONDS = 5.0
"""A network file system may show another machine's new folder only after some seconds."""


@dataclass(frozen=True)
class Attempts:
    """The folders under a sweep's.

    Attributes
    ----------
    root
        The folder of the sweep, absolute.
    mark
        The content of its file `MARK`.
    """

    root: str
    mark: str

    @property
    def runs(self) -> Path:
        """Where the run folders are."""
        return Path(self.root) / "runs"

    @property
    def unfinished(self) -> Path:
        """Where the folders of attempts are."""
        return Path(self.root) / "attempts"

    def visible(self) -> bool:
        """Whether this process sees the folder of the sweep, and not another one of the same name."""
        try:
            return read_bounded(Path(self.root) / MARK, MAX_MARK, CnnbpError).decode() == self.mark
        except (CnnbpError, UnicodeDecodeError):
            return False

    def run(self, name: str) -> Path:
        """The folder of a run."""
        return self.runs / name

    def begin(self, name: str) -> Path:
        """A new folder for an attempt."""
        with durable.reported(self.unfinished):
            self.unfinished.mkdir(exist_ok=True, parents=True)
            for number in count(1):
                folder = self.unfinished / f"{name}.{number}"
                with suppress(FileExistsError):
                    folder.mkdir()
                    return folder
        raise AssertionError

    def earlier(self, name: str) -> list[Path]:
        """All folders in which the run has been trained."""
        attempts = sorted(self.unfinished.glob(f"{name}.*")) if self.unfinished.is_dir() else []
        return [path for path in (self.run(name), *attempts) if path.is_dir()]

    def saved(self, name: str) -> list[Checkpoint]:
        """What the attempts have saved, the latest state first."""
        found = []
        for folder in self.earlier(name):
            with suppress(CnnbpError):
                found.append(load_newest(folder)[0])
        return sorted(found, key=lambda saved: (saved.state.epoch, saved.state.batch), reverse=True)

    def adopt(self, name: str, attempt: str) -> None:
        """Make an attempt the run, and remove all others."""
        source, target = self.unfinished / attempt, self.run(name)
        before = self.unfinished / f"{name}.before"
        deadline = time.monotonic() + VISIBLE_SECONDS
        while not source.is_dir() and time.monotonic() < deadline:
            time.sleep(0.05)
        with durable.reported(target):
            target.parent.mkdir(exist_ok=True)
            if target.exists():
                shutil.rmtree(before, ignore_errors=True)
                durable.move(target, before)
            durable.move(source, target)
        for folder in self.earlier(name):
            if folder != target:
                shutil.rmtree(folder, ignore_errors=True)

    def put(self, name: str, files: Files) -> str:
        """Write the files of an attempt that another machine made; returns the name of its folder."""
        folder = self.begin(name)
        for file, data in files.items():
            durable.write(folder / file, data)
        return folder.name

    def files(self, folder: Path) -> Files:
        """The files of a folder."""
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}

    def latest_files(self, name: str) -> Files:
        """The files of the attempt with the latest state; none if nothing was saved."""
        saved = self.saved(name)
        return self.files(saved[0].path.parent) if saved else {}

    def problem(self, name: str) -> str | None:
        """Why the run cannot get any further, if that is known."""
        try:
            return read_bounded(self.run(name) / PROBLEM, MAX_PROBLEM, CnnbpError).decode()
        except (CnnbpError, UnicodeDecodeError):
            return None


def write_problem(attempt: Path, problem: str) -> None:
    """Note in the folder of an attempt why training cannot get any further."""
    durable.write(attempt / PROBLEM, problem.encode())
