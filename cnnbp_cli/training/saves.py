"""Save a training run in its folder: the latest state, older generations of it, and the best weights.

The files of an earlier run, or of an earlier end of this one, stay as they are until the first save has succeeded. A
training that fails before that changes nothing.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.files.npz import MAX_DIRECTORY
from cnnbp_cli.training.checkpoint import to_bytes
from cnnbp_cli.training.metrics import to_csv
from cnnbp_cli.training.runs import Run
from cnnbp_cli.training.state import State

GENERATIONS = 2
"""Checkpoints of the latest states that are kept: one more than a run needs, in case a disk damages the newest."""


class Earlier(Enum):
    """What the run folder contains before the first save of this training."""

    NOTHING = auto()
    """A new folder, or one that already has the files of this training."""

    SAME_RUN = auto()
    """The state that this training resumes, as last.npz."""

    OLDER_GENERATION = auto()
    """The state that this training resumes, as an older generation; last.npz is damaged."""

    LATER_STATE = auto()
    """A later state of the run, which this training discards (--force)."""

    OTHER_RUN = auto()
    """Another run, which this training replaces (--force)."""


@dataclass
class Saves:
    """Writes the files of one training.

    Attributes
    ----------
    run
        The run folder.
    config
        The config of the training.
    data
        Fingerprint of the training images.
    keep
        Number of generations of last.npz, at least 1: last.npz, last.1.npz, …
    earlier
        What is in the folder.
    resumed, best
        Checkpoints of the resumed state and of its best epoch that the folder does not have yet, as bytes.
    done
        Whether this training has saved anything.
    """

    run: Run
    config: Config
    data: str
    keep: int = GENERATIONS
    earlier: Earlier = Earlier.NOTHING
    resumed: bytes | None = None
    best: bytes | None = None
    done: bool = field(default=False, init=False)
    _end: bytes | None = field(default=None, init=False, repr=False)
    """The end of last.npz as this training wrote it: the archive's directory, with the checksum of each array."""

    def begin(self, state: State) -> None:
        """Before the first step: write what belongs into a folder where nothing can be lost."""
        if self.earlier is Earlier.NOTHING:
            if self.resumed is not None and not self.done:
                self._take_over()
            self.write_metrics(state)

    def write_last(self, state: State) -> bytes:
        """Save the state as last.npz, and return the bytes of the file."""
        data = to_bytes(self.config, state, self.data)
        first = not self.done
        if first:
            self._take_over()
        self._refuse_other_saves()
        if self.done or self.earlier is Earlier.SAME_RUN:
            keep_older(self.run, self.keep)
        durable.write(self.run.last, data)
        self._end = data[-MAX_DIRECTORY:]
        if not self.done:
            self._settle()
        if first and self.earlier is not Earlier.NOTHING:
            self.write_metrics(state)
        return data

    def write_best(self, data: bytes) -> None:
        """Save a checkpoint as best.npz."""
        durable.write(self.run.best, data)

    def write_metrics(self, state: State) -> None:
        """Save the metrics of all finished epochs."""
        durable.write(self.run.metrics, to_csv(state.rows, state.health))

    def finish(self, state: State) -> None:
        """At the end: make the folder complete, also if no step was left to train."""
        if not self.done:
            self._take_over()
            if not self.done:
                self._settle(further=False)
            self.write_metrics(state)

    def _refuse_other_saves(self) -> None:
        """Raise CnnbpError if last.npz is not as this training saved it.

        Where locks are known on one machine only, this is how one of two trainings in the same folder notices.
        """
        if self._end is None:
            return
        try:
            with self.run.last.open("rb") as file:
                file.seek(-len(self._end), os.SEEK_END)
                unchanged = file.read() == self._end
        except FileNotFoundError:
            return
        except OSError:  # it is shorter, or cannot be read
            unchanged = False
        if not unchanged:
            raise CnnbpError(
                "another process has changed this file since this training saved it; this training has stopped",
                where=str(self.run.last),
                hint="Train in one process per folder: --output-dir DIR. Locks of some network drives are known on one "
                "machine only.",
            )

    def _take_over(self) -> None:
        """Write the resumed state, if the folder does not have it as last.npz."""
        if self.resumed is not None:
            durable.write(self.run.last, self.resumed)
            self._settle()
        elif self.best is not None and self.earlier is not Earlier.OTHER_RUN:  # best.npz is an epoch behind
            self.write_best(self.best)
            self.best = None

    def _settle(self, *, further: bool = True) -> None:
        """After the first save: remove what it replaces, and write what belongs to it.

        `further`: the run is past the end that its summary and report describe.
        """
        run = self.run
        with durable.reported(run.folder):
            stale = [run.summary, run.report] if further else []
            stale += [run.best] if self.earlier is Earlier.OTHER_RUN else []
            stale += run.generations if self.earlier in (Earlier.OTHER_RUN, Earlier.LATER_STATE) else []
            for path in stale:
                path.unlink(missing_ok=True)
        if self.best is not None:
            self.write_best(self.best)
        if self.earlier is not Earlier.NOTHING:
            run.write_config(self.config)
        self.done = True


def keep_older(run: Run, keep: int) -> None:
    """Keep the current last.npz as last.1.npz, and up to `keep` − 2 saves before it; remove older ones.

    last.npz itself stays in place, for readers and in case the process is killed.
    """
    with durable.reported(run.folder):
        for path in run.generations[max(keep - 2, 0) :]:
            path.unlink(missing_ok=True)
        if keep < 2 or not run.last.exists():
            return
        for number in range(keep - 2, 0, -1):
            if (path := run.older(number)).exists():
                path.replace(run.older(number + 1))
        temporary = durable.temporary(run.last)
        try:
            _link(run.last, temporary)
            temporary.replace(run.older(1))
        finally:
            temporary.unlink(missing_ok=True)


def _link(source: Path, target: Path) -> None:
    """Give the file a second name, or copy it on file systems without hard links."""
    try:
        os.link(source, target)
    except OSError:
        with suppress(FileExistsError):
            shutil.copyfile(source, target)
