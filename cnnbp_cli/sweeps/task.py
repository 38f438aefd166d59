"""One run of a sweep, as a worker trains it."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.parallel import WorkerUnfit, stop_requested
from cnnbp_cli.sweeps.attempts import Attempts, Files, write_problem
from cnnbp_cli.sweeps.images import ImagesWanted, MissingImages, PackedImages, held_images
from cnnbp_cli.training import start
from cnnbp_cli.training.checkpoint import Checkpoint
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.events import RunDone
from cnnbp_cli.training.exceptions import Diverged, Interrupted
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.start import Training

Ending: TypeAlias = Literal["trained", "stopped", "diverged", "failed", "unwritable", "lacks images", "lacks files"]

DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO}
"""What a disk says that will not take the next run's files either."""


@dataclass(frozen=True)
class RunTask:
    """What a worker needs to know.

    Attributes
    ----------
    name
        Of the run.
    config
        Its config.
    attempts
        Where the run is trained, if the worker sees the sweep's folder.
    until
        The epoch to train to; None trains to the end and evaluates on the test images.
    images
        Which images.
    begun
        Whether an earlier attempt or rung has saved something.
    sent_images, sent_files
        The images, and what was saved, for a worker that cannot read them.
    """

    name: str
    config: Config
    attempts: Attempts
    until: int | None
    images: ImagesWanted
    begun: bool = False
    sent_images: PackedImages | None = field(default=None, repr=False)
    sent_files: Files | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Outcome:
    """How a task ended.

    Attributes
    ----------
    ending
        `trained` if it got where it should; `lacks …` if it must be repeated with what it lacks.
    rows
        The metrics of all finished epochs.
    attempt
        The folder of the attempt, if the submitting process sees it.
    files
        Else the files that it contains.
    test_loss, test_accuracy
        Of the best weights, if the test images were evaluated.
    problem
        Why it failed.
    """

    ending: Ending
    rows: tuple[EpochMetrics, ...] = ()
    attempt: str | None = None
    files: Files | None = field(default=None, repr=False)
    test_loss: float | None = None
    test_accuracy: float | None = None
    problem: str | None = None


def train_run(task: RunTask) -> Outcome:
    """Train a run, from where an earlier attempt stopped."""
    try:
        images = held_images(task.images, task.sent_images)
    except MissingImages:
        return Outcome("lacks images")
    if task.attempts.visible():
        return _train(task, images, task.attempts)
    if task.begun and task.sent_files is None:
        return Outcome("lacks files")
    return _train_apart(task, images)


def _train_apart(task: RunTask, images: tuple[Images, Images]) -> Outcome:
    """Train where the folder of the sweep is not seen; the outcome carries the files.

    Raises
    ------
    WorkerUnfit
        This worker's disk is full.
    """
    own: Path | None = None
    try:
        with durable.reported(Path(tempfile.gettempdir())):
            own = Path(tempfile.mkdtemp(prefix="cnnbp-sweep-"))
        attempts = Attempts(str(own), "")
        if task.sent_files:
            attempts.put(task.name, task.sent_files)
        outcome = _train(task, images, attempts)
        if outcome.ending == "unwritable":
            raise WorkerUnfit(f"cannot save a run ({outcome.problem})")
        if outcome.attempt is None:
            return outcome
        return replace(outcome, attempt=None, files=attempts.files(attempts.unfinished / outcome.attempt))
    except CnnbpError as error:
        if _is_full(error):
            raise WorkerUnfit(f"cannot save a run ({error.problem})") from None
        raise
    finally:
        if own:
            shutil.rmtree(own, ignore_errors=True)


def _train(task: RunTask, images: tuple[Images, Images], attempts: Attempts) -> Outcome:
    """Train in a new folder, from the latest state that was saved."""
    training: Training | None = None
    done: RunDone | None = None
    try:
        data = Data.of(task.config, *images)
        folder = attempts.begin(task.name)
        training = _begin(task.config, data, attempts.saved(task.name), folder)
        with closing(fit(training, stop_requested, until=task.until)) as events:
            for event in events:
                done = event if isinstance(event, RunDone) else None
        ending: Ending = "trained"
        problem = None
    except Interrupted:
        ending, problem = "stopped", None
    except Diverged as error:
        ending, problem = "diverged", error.problem
        write_problem(folder, problem)
    except CnnbpError as error:
        ending, problem = ("unwritable" if _is_full(error) else "failed"), str(error).replace("\n", " ")
    except MemoryError as error:
        ending, problem = "failed", f"not enough memory {error}".strip()
    return Outcome(
        ending,
        tuple(training.state.rows) if training else (),
        training.run.folder.name if training else None,
        test_loss=done.test_loss if done else None,
        test_accuracy=done.test_accuracy if done else None,
        problem=problem,
    )


def _begin(config: Config, data: Data, saved: Sequence[Checkpoint], folder: Path) -> Training:
    """A training in `folder` that resumes the first of these checkpoints that it can, or a new one."""
    for checkpoint in saved:
        try:
            return start.resume(checkpoint, config, data, folder)
        except CnnbpError as error:
            if _is_full(error):
                raise
    return start.start(config, data, folder)


def _is_full(error: CnnbpError) -> bool:
    return isinstance(error.__cause__, OSError) and error.__cause__.errno in DISK
