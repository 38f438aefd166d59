"""The complete state of a training: everything needed to resume it exactly."""

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
    """The state of a training after a step.

    Everything else follows from the config and the position: image order, learning rate and noise are functions of the
    seed and of the numbers of epoch and step, so there is no random generator whose state must be saved.

    Attributes
    ----------
    params
        The weights that are evaluated, saved as arrays, and shown (float32).
    raw_params
        The weights that the optimizer updates. The same object as `params`, unless `params` is their moving average.
    optimizer
        The optimizer's vectors, by name.
    health
        Measurements of the training so far.
    epoch
        The epoch of the next step, from 1.
    batch
        The number of its steps already done.
    cost
        The sum of the costs of the images in these steps.
    seconds
        Training time in this epoch, without evaluation and saving.
    rows
        Metrics of the finished epochs.
    best
        The best epoch so far; 0 before the first is finished.
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
        """The state before the first step. The seed determines the initial weights."""
        params = network.init(np.random.default_rng([config.train.seed, RandomStream.INIT]))
        raw_params = params.astype(params.flat.dtype) if config.train.ema else params
        optimizer = config.train.optimizer.state(params.flat.size, params.flat.dtype)
        return cls(params, raw_params, optimizer, Health(columns(network)))
