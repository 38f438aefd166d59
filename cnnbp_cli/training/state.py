"""Everything that a training needs to go on: what a checkpoint keeps."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from cnnbp_cli.config import Config
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.training.health import Health, columns
from cnnbp_cli.training.metrics import EpochMetrics


@dataclass
class State:
    """Where a training stands after a step.

    All else follows from the config and this position: the order of an epoch, a step's learning rate and its noise
    are functions of the seed and of the numbers of epoch and step, so there is no generator whose state to keep.

    Attributes
    ----------
    params
        float32: the weights that are evaluated, saved as arrays, and shown.
    raw_params
        Those that the optimizer steps: the same, or where weights are averaged, what `params` is the average of.
    optimizer
        What the optimizer carries from step to step: vectors by name.
    health
        What was measured on the way.
    epoch
        The epoch of the next step, from 1.
    batch
        How many of its steps are done.
    cost
        The sum of the costs of the images that these steps saw.
    seconds
        Of training alone, in this epoch.
    rows
        The metrics of the finished epochs.
    best
        The one of these epochs whose weights are the best so far; 0 before the first has ended.
    """

    params: Parameters
    raw_params: Parameters
    optimizer: dict[str, Array]
    health: Health
    epoch: int = 1
    batch: int = 0
    cost: float = 0.0
    seconds: float = 0.0
    rows: list[EpochMetrics] = field(default_factory=list)
    best: int = 0

    @classmethod
    def new(cls, config: Config, network: Network) -> State:
        """Before the first step: drawn by the config's seed, so the same config begins with the same weights."""
        params = network.init(np.random.default_rng([config.train.seed, RandomStream.INIT]))
        raw_params = params.astype(params.flat.dtype) if config.train.ema else params
        optimizer = config.train.optimizer.state(params.flat.size, params.flat.dtype)
        return cls(params, raw_params, optimizer, Health(columns(network)))
