"""Exercises from Python."""

from __future__ import annotations

import os
from pathlib import Path

from cnnbp_cli.config import Config, load_config
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.exercise import default_config
from cnnbp_cli.diagnosis.exercise import make_exercise as make


def make_exercise(config: Config | str | os.PathLike[str] | None = None, seed: int = 0) -> Exercise:
    """An exercise in back-propagation: a batch, a network, and its deltas and gradients.

    Parameters
    ----------
    config
        A config, or its file. If left out: a small network in which every known mistake gives other numbers.
    seed
        Random seed of the images and the weights.

    Returns
    -------
    The exercise. `exercise.questions` has what it gives, by name and in PyTorch's layouts: `input` (N, C, H, W),
    `labels`, `target`, `conv1.weight`, `conv1.z`, …

    Examples
    --------
    >>> from cnnbp_cli import make_exercise
    >>> exercise = make_exercise()
    >>> exercise.questions["input"].shape[1:]
    (2, 17, 15)
    """
    if config is None:
        return make(default_config(), seed)
    return make(config if isinstance(config, Config) else load_config(Path(config)), seed)
