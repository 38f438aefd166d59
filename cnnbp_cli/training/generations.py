"""Find the newest save of a run that can be read."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.training.checkpoint import Checkpoint, NewerFormat, load_checkpoint
from cnnbp_cli.training.runs import LAST, Run, find_checkpoint


def load_newest(path: Path) -> tuple[Checkpoint, tuple[str, ...]]:
    """The checkpoint at `path`, or the last.npz of the run folder `path`; an older generation if that is damaged.

    Also returns notes for the user, which name the damage.

    Raises
    ------
    CnnbpError
        No checkpoint can be read. It is about the newest one.
    """
    older = Run(path if path.is_dir() else path.parent).generations if path.is_dir() or path.name == LAST else []
    try:
        return load_checkpoint(find_checkpoint(path, LAST)), ()
    except NewerFormat:
        raise
    except CnnbpError as error:
        for save in older:
            with suppress(CnnbpError):
                checkpoint = load_checkpoint(save)
                return checkpoint, (_note(error, checkpoint),)
        raise


def _note(error: CnnbpError, used: Checkpoint) -> str:
    last = used.path.with_name(LAST)
    state = "damaged" if last.exists() else "missing"
    place = f"epoch {used.state.epoch}, step {used.state.batch}"
    return f"{last} is {state} ({error.problem}). Using the save before it, {used.path.name} ({place})"
