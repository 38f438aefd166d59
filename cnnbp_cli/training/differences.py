"""What a user should know about a resumed training: how it differs from the process and the plan it continues."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cnnbp_cli import __version__
from cnnbp_cli.config import Config
from cnnbp_cli.files.text import plural
from cnnbp_cli.numerics.arithmetic import arithmetic
from cnnbp_cli.training.checkpoint import Checkpoint
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.metrics import stopped_early


def differences(checkpoint: Checkpoint, config: Config, data: Data) -> Iterator[str]:
    """Notes on resuming `checkpoint` with `config` on `data`."""
    yield from _other_bits(checkpoint)
    yield from _other_end(checkpoint, config, data)


def _other_bits(checkpoint: Checkpoint) -> Iterator[str]:
    """What differs from the process that saved the checkpoint and may change the last bits of results."""
    for name, then, now in (
        ("cnnbp", checkpoint.cnnbp, __version__),
        ("NumPy", checkpoint.numpy, np.__version__),
    ):
        if then != now:
            yield f"{checkpoint.path} was saved with {name} {then}, this is {now}: the last bits of weights may differ"
    if checkpoint.arithmetic not in (None, arithmetic()):
        yield (
            f"{checkpoint.path} was computed with {checkpoint.arithmetic}; this process computes with {arithmetic()}: "
            "the last bits of weights may differ"
        )


def _other_end(checkpoint: Checkpoint, config: Config, data: Data) -> Iterator[str]:
    """How the rest of the training differs from what the checkpoint's config planned."""
    state, train, planned = checkpoint.state, config.train, checkpoint.config.train
    if stopped_early(train.early_stopping, state.rows) and train.early_stopping:
        patience = train.early_stopping.patience
        yield (
            f"this run has stopped early, after {plural(patience, 'epoch')} without an improvement; nothing is left "
            f"to train. To continue: --set train.early_stopping.patience={2 * patience}, or "
            "--set train.early_stopping=null"
        )
        return
    if state.epoch > train.epochs:
        yield (
            f"this run is finished, after {plural(train.epochs, 'epoch')}; nothing is left to train. "
            f"To train longer: --epochs {2 * train.epochs}"
        )
        return
    if train.epochs != planned.epochs:
        steps = data.steps(train.batch_size)
        number = (state.epoch - 1) * steps + state.batch + 1
        before, now = (
            train.schedule.factor(n, steps, epochs) * train.optimizer.learning_rate
            for n, epochs in ((max(number - 1, 1), planned.epochs), (number, train.epochs))
        )
        expected = train.schedule.factor(number, steps, planned.epochs) * train.optimizer.learning_rate
        if now != expected:
            yield (
                f"the schedule {train.schedule.type} now ends after {plural(train.epochs, 'epoch')} instead of "
                f"{planned.epochs}: the learning rate goes from {before:.3g} to {now:.3g} at the next step"
            )
