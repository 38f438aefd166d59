"""Start a new training run, or resume one from a checkpoint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnbp_cli.config import Config, to_values
from cnnbp_cli.config.problems import show_value
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import Checkpoint, load_checkpoint, to_bytes
from cnnbp_cli.training.data import Data, other_images
from cnnbp_cli.training.differences import differences
from cnnbp_cli.training.runs import RUNS, Run
from cnnbp_cli.training.saves import GENERATIONS, Earlier, Saves
from cnnbp_cli.training.state import State

CHANGEABLE_KEYS = {
    "name",
    "train.epochs",
    "train.early_stopping.patience",
    "train.early_stopping.min_delta",
    "data.dir",
}
"""Config keys that may change when a run is resumed: none of them changes a step."""


@dataclass(frozen=True, eq=False)
class Training:
    """Everything that `fit` needs.

    Attributes
    ----------
    config, network, data
        The config, the network it describes, and the images.
    state
        The current state, which `fit` updates.
    saves
        Writes the files of the run.
    resumed_from
        The checkpoint that the run resumes.
    remarks
        Notes for the user, to be shown before training starts.
    """

    config: Config
    network: Network
    data: Data
    state: State
    saves: Saves
    resumed_from: Path | None = None
    remarks: tuple[str, ...] = ()

    @property
    def run(self) -> Run:
        """The run folder."""
        return self.saves.run

    @property
    def batches(self) -> int:
        """Steps per epoch."""
        return self.data.steps(self.config.train.batch_size)


def start(
    config: Config,
    data: Data,
    folder: Path | None = None,
    *,
    force: bool = False,
    root: Path = RUNS,
    keep: int = GENERATIONS,
) -> Training:
    """Start a new training in a new run folder; see `Run.new`. `keep` is the number of generations of last.npz."""
    network = Network(config.input, config.layers, config.loss)
    run = Run.new(config, folder, force=force, root=root)
    earlier = Earlier.OTHER_RUN if run.replaces else Earlier.NOTHING
    saves = Saves(run, config, data.fingerprint, keep, earlier)
    return Training(config, network, data, State.new(config, network), saves, remarks=(*data.remarks, *run.caveats))


def resume(
    checkpoint: Checkpoint,
    config: Config,
    data: Data,
    folder: Path | None = None,
    *,
    force: bool = False,
    keep: int = GENERATIONS,
    remarks: Sequence[str] = (),
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
    keep
        Number of generations of last.npz.
    remarks
        Notes to show before those found here.

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
    earlier = Earlier.SAME_RUN
    if in_place:
        if not own.config.exists():
            raise _refused(checkpoint, "it is not in a run folder", "Name a folder for the run: --output-dir DIR.")
        own = own.locked()
        earlier = _earlier(checkpoint, own, force=force)
    if state.epoch - (state.batch == 0) > config.train.epochs:
        raise _refused(
            checkpoint,
            f"it is in epoch {state.epoch}, but train.epochs is {config.train.epochs}",
            "Set more epochs: --epochs N.",
        )
    best = _best_file(checkpoint, own, config.train.epochs)
    best_bytes = best.read_bytes() if best and not (in_place and best == own.best) else None
    if in_place:
        run = own
        with durable.reported(run.folder):
            durable.sweep(run.folder)
    else:
        run = Run.new(config, folder, force=force)
        earlier = Earlier.OTHER_RUN if run.replaces else Earlier.NOTHING
    complete = earlier in (Earlier.SAME_RUN, Earlier.OLDER_GENERATION)
    resumed = None if complete else to_bytes(config, state, data.fingerprint)
    saves = Saves(run, config, data.fingerprint, keep, earlier, resumed, best_bytes)
    saves.begin(state)
    remarks = (*remarks, *data.remarks, *run.caveats, *differences(checkpoint, config, data))
    return Training(config, checkpoint.network, data, state, saves, checkpoint.path, remarks)


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


def _earlier(checkpoint: Checkpoint, run: Run, *, force: bool) -> Earlier:
    """What the run has besides this checkpoint. Without `force`, a state that would discard later epochs is refused."""
    if run.last == checkpoint.path:
        return Earlier.SAME_RUN
    try:
        last = load_checkpoint(run.last).state
    except CnnbpError:  # nothing to lose
        return Earlier.OLDER_GENERATION if checkpoint.path in run.generations else Earlier.LATER_STATE
    if not force and (last.epoch, last.batch) > (checkpoint.state.epoch, checkpoint.state.batch):
        raise _refused(
            checkpoint,
            f"its run is already in epoch {last.epoch}, step {last.batch}",
            f"Resume {run.last}, continue in a new folder with --output-dir DIR, or discard later steps with --force.",
        )
    return Earlier.LATER_STATE


def _best_file(checkpoint: Checkpoint, own: Run, epochs: int) -> Path | None:
    """The checkpoint of the best epoch so far; None before the first epoch is finished.

    Right after its best epoch, that is the checkpoint itself: best.npz may be one epoch behind if the process was
    killed between the two saves.
    """
    state = checkpoint.state
    if not state.best:
        return None
    if state.best == state.epoch - 1 and not state.batch:
        return checkpoint.path
    if own.best.exists():
        rows = load_checkpoint(own.best).state.rows
        if rows == state.rows[: state.best]:
            return own.best
        if len(state.rows) < len(rows) <= epochs and rows[: len(state.rows)] == state.rows:
            return own.best  # of a later epoch of this run, which is about to be trained again
    raise _refused(
        checkpoint,
        f"the best weights so far, those of epoch {state.best} of this run, are not in {own.best}",
        "Put that best.npz back next to it, or start a new run without --resume.",
    )


def _refused(checkpoint: Checkpoint, problem: str, hint: str) -> CnnbpError:
    return CnnbpError(f"cannot be resumed: {problem}", where=str(checkpoint.path), hint=hint)
