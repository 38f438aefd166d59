"""The exceptions that end a training early."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError, ExitCode, Failed
from cnnbp_cli.files.text import command_line, printable
from cnnbp_cli.optimizers.schedules import WarmedUp
from cnnbp_cli.training.suspects import suspects


class Diverged(Failed):
    """The loss, a gradient or a weight is NaN or infinite."""

    def __init__(self, what: str, epoch: int, step: int, config: Config, kept: str | None = None) -> None:
        advice = [*suspects(config)] or [*_smaller_steps(config)]
        hint = "\n".join([*advice, kept] if kept else advice)
        super().__init__(f"the training diverged: {what} in epoch {epoch}, step {step}", hint=hint)
        self.epoch = epoch
        self.step = step


def _smaller_steps(config: Config) -> Iterator[str]:
    train = config.train
    yield f"Lower the learning rate: --set train.optimizer.learning_rate={train.optimizer.learning_rate / 10:g}"
    if isinstance(train.schedule, WarmedUp) and not train.schedule.warmup_epochs:
        kind = f"--set train.schedule.type={train.schedule.type} "
        yield f"Or add a warm-up: {kind}--set train.schedule.warmup_epochs=1"


class Interrupted(CnnbpError):
    """The training was asked to stop; everything up to this step is saved in `checkpoint`."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, epoch: int, step: int, checkpoint: Path) -> None:
        resume = command_line(["cnnbp", "train", "--resume", checkpoint.as_posix()])
        super().__init__(
            f"stopped in epoch {epoch} after step {step}; saved in {printable(str(checkpoint))}",
            hint=f"To continue: {resume}",
        )
        self.checkpoint = checkpoint
