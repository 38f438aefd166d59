"""The folder of a sweep: its file, its base config, its runs and its results."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import yaml
from annotated_types import MaxLen
from pydantic import BaseModel, ConfigDict, ValidationError

from cnnbp_cli import __version__
from cnnbp_cli.config.files import read_text
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.files.untrusted import read_bounded
from cnnbp_cli.sweeps.attempts import MARK, MAX_MARK, Attempts
from cnnbp_cli.sweeps.load import load_sweep
from cnnbp_cli.sweeps.plan import SweepPlan
from cnnbp_cli.training.lock import FolderLock
from cnnbp_cli.training.metrics import EpochMetrics, from_csv
from cnnbp_cli.training.runs import Run, numbered_folder

SWEEPS = Path("sweeps")
"""Default parent of sweep folders, relative to the current folder."""

BASE = "config.yaml"


class Origin(BaseModel):
    """What a sweep must not change between two sessions: the content of the file `MARK`."""

    model_config = ConfigDict(strict=True, frozen=True)

    id: Annotated[str, MaxLen(64)]
    """Random: tells this folder from others of the same name."""
    images: Annotated[str, MaxLen(400)]
    """Identifies the data set."""
    cnnbp: Annotated[str, MaxLen(64)]
    """The version that started the sweep."""


@dataclass(frozen=True)
class SweepFolder:
    """A sweep's folder.

    Attributes
    ----------
    folder
        As the user names it.
    plan
        What is trained.
    origin
        Images and version.
    mark
        The text of `origin`.
    """

    folder: Path
    plan: SweepPlan
    origin: Origin
    mark: str = field(repr=False)
    lock: FolderLock | None = field(default=None, compare=False, repr=False)

    @property
    def attempts(self) -> Attempts:
        """Its run folders."""
        return Attempts(str(self.folder.absolute()), self.mark)

    @property
    def results(self) -> Path:
        """results.csv: one row per run."""
        return self.folder / "results.csv"

    @property
    def summary(self) -> Path:
        """summary.json: what `--json` prints."""
        return self.folder / "summary.json"

    @property
    def report(self) -> Path:
        """report.html."""
        return self.folder / "report.html"

    @classmethod
    def create(cls, plan: SweepPlan, images: str, folder: Path | None = None, root: Path = SWEEPS) -> SweepFolder:
        """A new folder: `folder`, or the next free NAME-NNN under `root`. sweep.yaml is written last.

        Raises
        ------
        CnnbpError
            `folder` is not empty, or nothing can be written.
        """
        with durable.reported(folder or root):
            if folder is None:
                folder = numbered_folder(root, plan.name)
            else:
                folder.mkdir(parents=True, exist_ok=True)
                if any(folder.iterdir()):
                    raise CnnbpError(
                        "this folder is not empty",
                        where=str(folder),
                        hint="Name another one with --output-dir, or continue the sweep in it with --resume.",
                    )
        lock = FolderLock(folder)
        origin = Origin(id=secrets.token_hex(8), images=images, cnnbp=__version__)
        mark = origin.model_dump_json()
        durable.write(folder / MARK, mark.encode())
        durable.write(folder / BASE, read_text(plan.base).encode())
        file = plan.file.model_copy(update={"config": BASE, "name": plan.name})
        data = json.loads(file.model_dump_json(exclude_defaults=True))
        text = yaml.safe_dump(data, sort_keys=False, default_flow_style=None, allow_unicode=True, width=110)
        durable.write(folder / "sweep.yaml", text.encode())
        return cls(folder, SweepPlan(file, folder / BASE), origin, mark, lock)

    @classmethod
    def open(cls, folder: Path) -> SweepFolder:
        """The folder of a sweep that was begun.

        Raises
        ------
        CnnbpError
            It is none, one of its files is damaged, or another process is at it.
        """
        path = folder / "sweep.yaml"
        if not path.is_file():
            raise CnnbpError(
                "is not the folder of a sweep" if folder.exists() else "there is no such folder",
                where=str(folder),
                hint="Name a folder that cnnbp sweep created, such as sweeps/seed-001.",
            )
        with durable.reported(folder):
            lock = FolderLock(folder)
        file, _ = load_sweep(path)

        def wrong(problem: str) -> CnnbpError:
            return CnnbpError(problem, where=str(folder / MARK), hint="Start the sweep again, in a new folder.")

        text = read_bounded(folder / MARK, MAX_MARK, wrong)
        try:
            origin = Origin.model_validate_json(text)
        except ValidationError:
            raise wrong("is damaged") from None
        return cls(folder, SweepPlan(file, folder / BASE), origin, text.decode(), lock)

    def close(self) -> None:
        """Release the lock."""
        if self.lock:
            self.lock.release()

    def rows(self, name: str) -> list[EpochMetrics]:
        """The metrics of a run, as far as it was trained; empty if it was not, or its folder is damaged."""
        run = Run(self.attempts.run(name))
        try:
            return from_csv(run.metrics) if run.last.exists() else []
        except CnnbpError:
            return []
