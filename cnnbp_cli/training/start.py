"""A training about to begin: a new one, or one that goes on from a checkpoint."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import cnnbp_cli
from cnnbp_cli.config import Config, to_values
from cnnbp_cli.config.problems import show_value
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import Checkpoint, load_checkpoint, to_bytes
from cnnbp_cli.training.data import Data, other_images
from cnnbp_cli.training.runs import RUNS, Run
from cnnbp_cli.training.state import State

FREE = {"name", "train.epochs", "data.dir"}
"""What of a config may change when a training goes on."""


@dataclass(frozen=True, eq=False)
class Training:
    """What `fit` needs.

    Attributes
    ----------
    config, network, data
        What is trained on what.
    state
        Where it stands; `fit` changes it.
    run
        Where it is saved.
    resumed_from
        The checkpoint that it goes on from.
    remarks
        What the user should know before it begins.
    """

    config: Config
    network: Network
    data: Data
    state: State
    run: Run
    resumed_from: Path | None = None
    remarks: tuple[str, ...] = ()

    @property
    def batches(self) -> int:
        """Steps an epoch."""
        return self.data.steps(self.config.train.batch_size)


def start(
    config: Config, data: Data, folder: Path | None = None, *, force: bool = False, root: Path = RUNS
) -> Training:
    """A new training, in a new run folder: see `Run.new`."""
    network = Network(config.input, config.layers, config.loss)
    return Training(config, network, data, State.new(config, network), Run.new(config, folder, force=force, root=root))


def resume(
    checkpoint: Checkpoint, config: Config, data: Data, folder: Path | None = None, *, force: bool = False
) -> Training:
    """A training that goes on exactly as if it had not stopped.

    It goes on in the checkpoint's own run folder, or in the new one that `folder` names. `train.epochs` may have
    changed: from the next step on, the learning rate follows the schedule over the new number of epochs. Where a
    schedule does not look at the end (constant, step), that is, bit for bit, what a training of that many epochs
    would have done; cosine and one_cycle change over to another curve.

    Parameters
    ----------
    force
        Go back to this checkpoint though its run has come further; replace a run that is in `folder`.

    Raises
    ------
    CnnbpError
        The config or the data set is another one, the checkpoint is beyond `train.epochs`, its folder is no run
        folder, another process trains in it, its run has come further, or the best weights so far are lost.
    """
    state = checkpoint.state
    _refuse_other(checkpoint, config, data)
    own = Run(checkpoint.path.parent)
    in_place = folder is None or folder.resolve() == own.folder.resolve()
    if in_place:
        if not own.config.exists():
            raise _refused(checkpoint, "it is in no run folder", "Name a folder to go on in: --output-dir DIR.")
        own = own.locked()
        if not force:
            _refuse_going_back(checkpoint, own)
    if state.epoch - (state.batch == 0) > config.train.epochs:
        raise _refused(
            checkpoint,
            f"it stands in epoch {state.epoch}, and the training is to end after epoch {config.train.epochs}",
            "Ask for more epochs: --epochs N.",
        )
    best = _best_file(checkpoint, own)
    held = best.read_bytes() if best else None
    if in_place:
        run = own
        run.reopen(config)
    else:
        run = Run.new(config, folder, force=force)
    durable.write(run.last, to_bytes(config, state, data.fingerprint))
    if held is not None and best != run.best:  # after last.npz, as in `fit`
        durable.write(run.best, held)
    return Training(config, checkpoint.network, data, state, run, checkpoint.path, tuple(_other_versions(checkpoint)))


def _refuse_other(checkpoint: Checkpoint, config: Config, data: Data) -> None:
    before, now = to_values(checkpoint.config), to_values(config)
    differing = [
        f"{name}: {show_value(before.get(name))} in the checkpoint, {show_value(now.get(name))} in the config"
        for name in {**before, **now}
        if before.get(name) != now.get(name) and name not in FREE
    ]
    if differing:
        raise _refused(
            checkpoint,
            "\n  ".join(["it was trained with another config:", *differing]),
            "Go on with its own config, by leaving --config and --set out; or start anew, without --resume.",
        )
    if problem := other_images(checkpoint.data, data.fingerprint):
        raise _refused(checkpoint, problem, "Name the folder of the data set that it was trained on: --data-dir DIR.")
    if checkpoint.state.batch > data.steps(config.train.batch_size):
        raise _refused(checkpoint, "it has done more steps of an epoch than there are", "Take another checkpoint.")


def _refuse_going_back(checkpoint: Checkpoint, run: Run) -> None:
    """Resuming an older checkpoint would overwrite what came after it."""
    if run.last == checkpoint.path or not run.last.exists():
        return
    try:
        last = load_checkpoint(run.last).state
    except CnnbpError:  # then there is nothing to lose
        return
    if (last.epoch, last.batch) > (checkpoint.state.epoch, checkpoint.state.batch):
        raise _refused(
            checkpoint,
            f"its run has come further, to epoch {last.epoch}, step {last.batch}",
            f"Resume {run.last}; or go another way in a new folder with --output-dir DIR; or go back with --force.",
        )


def _best_file(checkpoint: Checkpoint, own: Run) -> Path | None:
    """The checkpoint of the best epoch so far; None before the first epoch has ended.

    That is this checkpoint itself, right after that epoch: best.npz may be one behind where a process was killed
    between the two.
    """
    state = checkpoint.state
    if not state.best:
        return None
    if state.best == state.epoch - 1 and not state.batch:
        return checkpoint.path
    if own.best.exists() and load_checkpoint(own.best).state.rows == state.rows[: state.best]:
        return own.best
    raise _refused(
        checkpoint,
        f"the best weights so far, of epoch {state.best} of this run, are not in {own.best}",
        "Put that best.npz back beside it, or start anew, without --resume.",
    )


def _other_versions(checkpoint: Checkpoint) -> Iterator[str]:
    for name, then, now in (
        ("cnnbp", checkpoint.cnnbp, cnnbp_cli.__version__),
        ("NumPy", checkpoint.numpy, np.__version__),
    ):
        if then != now:
            yield f"{name} {then} wrote {checkpoint.path}, this is {now}: the last bits of the weights may differ"


def _refused(checkpoint: Checkpoint, problem: str, hint: str) -> CnnbpError:
    return CnnbpError(f"cannot be resumed: {problem}", where=str(checkpoint.path), hint=hint)
