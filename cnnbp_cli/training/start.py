"""Start a new training run, or resume one from a checkpoint."""

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

CHANGEABLE_KEYS = {"name", "train.epochs", "data.dir"}
"""Config keys that may change when a run is resumed."""


@dataclass(frozen=True, eq=False)
class Training:
    """Everything that `fit` needs.

    Attributes
    ----------
    config, network, data
        The config, the network it describes, and the images.
    state
        The current state, which `fit` updates.
    run
        The folder it is saved in.
    resumed_from
        The checkpoint that the run resumes.
    remarks
        Notes for the user, to be shown before training starts.
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
        """Steps per epoch."""
        return self.data.steps(self.config.train.batch_size)


def start(
    config: Config, data: Data, folder: Path | None = None, *, force: bool = False, root: Path = RUNS
) -> Training:
    """Start a new training in a new run folder; see `Run.new`."""
    network = Network(config.input, config.layers, config.loss)
    run = Run.new(config, folder, force=force, root=root)
    return Training(config, network, data, State.new(config, network), run, remarks=data.remarks)


def resume(
    checkpoint: Checkpoint, config: Config, data: Data, folder: Path | None = None, *, force: bool = False
) -> Training:
    """Resume a training exactly where the checkpoint left it.

    The run continues in the folder of the checkpoint, or in the new run folder `folder`. `train.epochs` may change:
    from the next step on, the learning rate follows the schedule over the new number of epochs. With schedules that do
    not depend on the last epoch (constant, step), the result is bit for bit that of a run with the new number of
    epochs; cosine and one_cycle switch to another curve.

    Parameters
    ----------
    force
        Return to this checkpoint even if its run is further along; replace a run that is in `folder`.

    Raises
    ------
    CnnbpError
        The config or the data set is different, the checkpoint is past `train.epochs`, its folder is not a run folder,
        another process trains in it, its run is further along, or the best weights so far are missing.
    """
    state = checkpoint.state
    _refuse_other(checkpoint, config, data)
    own = Run(checkpoint.path.parent)
    in_place = folder is None or folder.resolve() == own.folder.resolve()
    if in_place:
        if not own.config.exists():
            raise _refused(checkpoint, "it is not in a run folder", "Name a folder for the run: --output-dir DIR.")
        own = own.locked()
        if not force:
            _refuse_going_back(checkpoint, own)
    if state.epoch - (state.batch == 0) > config.train.epochs:
        raise _refused(
            checkpoint,
            f"it is in epoch {state.epoch}, but train.epochs is {config.train.epochs}",
            "Set more epochs: --epochs N.",
        )
    best = _best_file(checkpoint, own)
    best_bytes = best.read_bytes() if best else None
    if in_place:
        run = own
        run.reopen(config)
    else:
        run = Run.new(config, folder, force=force)
    durable.write(run.last, to_bytes(config, state, data.fingerprint))
    if best_bytes is not None and best != run.best:  # after last.npz, as in `fit`
        durable.write(run.best, best_bytes)
    return Training(
        config, checkpoint.network, data, state, run, checkpoint.path, (*data.remarks, *_other_versions(checkpoint))
    )


def _refuse_other(checkpoint: Checkpoint, config: Config, data: Data) -> None:
    before, now = to_values(checkpoint.config), to_values(config)
    differing = [
        f"{name}: {show_value(before.get(name))} in the checkpoint, {show_value(now.get(name))} in the config"
        for name in {**before, **now}
        if before.get(name) != now.get(name) and name not in CHANGEABLE_KEYS
    ]
    if differing:
        raise _refused(
            checkpoint,
            "\n  ".join(["it was trained with a different config:", *differing]),
            "Leave out --config and --set to resume with its own config, or start a new run without --resume.",
        )
    if problem := other_images(checkpoint.data, data.fingerprint):
        raise _refused(checkpoint, problem, "Name the folder of the data set it was trained on: --data-dir DIR.")
    if checkpoint.state.batch > data.steps(config.train.batch_size):
        raise _refused(checkpoint, "it has more steps in an epoch than an epoch has", "Use another checkpoint.")


def _refuse_going_back(checkpoint: Checkpoint, run: Run) -> None:
    """Refuse an older checkpoint of a run: resuming it would overwrite later epochs."""
    if run.last == checkpoint.path or not run.last.exists():
        return
    try:
        last = load_checkpoint(run.last).state
    except CnnbpError:  # nothing to lose
        return
    if (last.epoch, last.batch) > (checkpoint.state.epoch, checkpoint.state.batch):
        raise _refused(
            checkpoint,
            f"its run is already in epoch {last.epoch}, step {last.batch}",
            f"Resume {run.last}, continue in a new folder with --output-dir DIR, or discard later steps with --force.",
        )


def _best_file(checkpoint: Checkpoint, own: Run) -> Path | None:
    """The checkpoint of the best epoch so far; None before the first epoch is finished.

    Right after its best epoch, that is the checkpoint itself: best.npz may be one epoch behind if the process was
    killed between the two saves.
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
        f"the best weights so far, those of epoch {state.best} of this run, are not in {own.best}",
        "Put that best.npz back next to it, or start a new run without --resume.",
    )


def _other_versions(checkpoint: Checkpoint) -> Iterator[str]:
    for name, then, now in (
        ("cnnbp", checkpoint.cnnbp, cnnbp_cli.__version__),
        ("NumPy", checkpoint.numpy, np.__version__),
    ):
        if then != now:
            yield f"{checkpoint.path} was saved with {name} {then}, this is {now}: the last bits of weights may differ"


def _refused(checkpoint: Checkpoint, problem: str, hint: str) -> CnnbpError:
    return CnnbpError(f"cannot be resumed: {problem}", where=str(checkpoint.path), hint=hint)
