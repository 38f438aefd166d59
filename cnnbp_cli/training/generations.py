"""Find the checkpoint to resume: the newest save of a run that can be read."""

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
    path = find_checkpoint(path, LAST)
    try:
        return load_checkpoint(path), ()
    except NewerFormat:
        raise
    except CnnbpError as error:
        for older in Run(path.parent).generations if path.name == LAST else ():
            with suppress(CnnbpError):
                checkpoint = load_checkpoint(older)
                state = checkpoint.state
                place = f"epoch {state.epoch}, step {state.batch}"
                note = f"{path} is damaged ({error.problem}). Resuming from the save before it, {older.name} ({place})"
                return checkpoint, (note,)
        raise
