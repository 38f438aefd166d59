"""Training health: the size of each layer's gradient, weights and updates, and the fraction of units that cannot learn.

| column             | of a                       |                                                                  |
|--------------------|----------------------------|------------------------------------------------------------------|
| NAME.grad_norm     | layer with weights         | ‖∂C/∂W‖, for the mean cost of a batch                            |
| NAME.weight_norm   | layer with weights         | ‖W‖                                                              |
| NAME.update_ratio  | layer with weights         | ‖ΔW‖ / ‖W‖, where ΔW includes momentum and weight decay          |
| NAME.dead          | relu                       | fraction of units that are 0 for every image                     |
| NAME.saturated     | sigmoid, tanh              | fraction of outputs where f is flat                              |

‖·‖ is the Euclidean norm, √Σw², as everywhere in cnnbp, gradient clipping included. Divided by √(number of entries) it
is the root mean square, which compares layers of different sizes (`findings`). Biases are left out: they start at 0,
where the ratio is meaningless.

The first three are means over `PROBES` evenly spaced steps of the epoch, starting with the first, measured at the
training updates themselves. The fractions are measured at the end of the epoch, in a forward pass without noise over
`SAMPLE` training images chosen by the seed. Measuring does not change the training.

Source: Karpathy, CS231n notes, Neural Networks Part 3 (2016), "Ratio of weights:updates"; Glorot, Bengio,
Understanding the difficulty of training deep feedforward neural networks (2010).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.layers.functions import Trouble
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.network import Network, Parameters, Step, Worker
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.numerics.streams import RandomStream
from cnnbp_cli.training.data import Data

PROBES = 32
"""Measured steps per epoch: enough for a mean, and 0.2 % of an epoch's time with configs/seed.yaml."""

SAMPLE = 128
"""Images. A unit that is active for one image in 30 is missed once in 77 such samples, (1 − 1/30)^128."""

Quantity: TypeAlias = Literal["grad_norm", "weight_norm", "update_ratio"] | Trouble
STEP_QUANTITIES: tuple[Quantity, ...] = ("grad_norm", "weight_norm", "update_ratio")


class HealthColumn(NamedTuple):
    """A column of metrics.csv."""

    layer: str
    quantity: Quantity

    def __str__(self) -> str:
        return f"{self.layer}.{self.quantity}"


def columns(network: Network) -> tuple[HealthColumn, ...]:
    """The quantities measured for this network, layer by layer."""
    found: list[HealthColumn] = []
    for step in network.steps:
        if "weight" in step.layer.parameter_shapes(step.input_shape):
            found += [HealthColumn(step.name, quantity) for quantity in STEP_QUANTITIES]
        if step.function and (trouble := step.function.trouble):
            found.append(HealthColumn(step.name, trouble))
    return tuple(found)


def probed(batch: int, batches: int) -> bool:
    """Whether step number `batch`, counted from 0, of an epoch with `batches` steps is measured."""
    return batch * PROBES % batches < PROBES


@dataclass
class Health:
    """The measurements of the finished epochs, and of the current one so far.

    This is part of the training state: a run resumed in the middle of an epoch continues with `sums`.

    Attributes
    ----------
    columns
        The measured quantities.
    rows
        One number per column for each finished epoch; NaN if it was not measured, as in runs of older versions.
    sums
        Sums over the measured steps of the current epoch; 0 for quantities measured at its end.
    """

    columns: tuple[HealthColumn, ...]
    rows: list[list[float]] = field(default_factory=list)
    sums: NDArray[np.float64] = field(init=False)

    def __post_init__(self) -> None:
        self.sums = np.zeros(len(self.columns))

    @contextmanager
    def step(self, params: Parameters, grads: Parameters) -> Iterator[None]:
        """Measure the update made inside the `with` block."""
        layers = [column.layer for column in self.columns if column.quantity == "update_ratio"]
        before = {layer: params.of[layer]["weight"].copy() for layer in layers}
        yield
        measured: dict[HealthColumn, float] = {}
        with np.errstate(all="ignore"):  # divergence is detected by the loss
            for layer, weight in before.items():
                size, change = _norm(weight), _norm(params.of[layer]["weight"] - weight)
                measured[HealthColumn(layer, "grad_norm")] = _norm(grads.of[layer]["weight"])
                measured[HealthColumn(layer, "weight_norm")] = size
                measured[HealthColumn(layer, "update_ratio")] = change / size if size else float(change > 0)
            self.sums += [measured.get(column, 0.0) for column in self.columns]

    def end_epoch(self, network: Network, params: Parameters, data: Data, seed: int, batches: int) -> None:
        """Add the row of an epoch."""
        row = self.sums / sum(probed(batch, batches) for batch in range(batches))
        for column, value in fractions(network, params, _sample(data, network, seed)).items():
            row[self.columns.index(column)] = value
        self.rows.append(row.tolist())
        self.sums[:] = 0

    def named(self) -> list[dict[str, float]]:
        """The rows as dictionaries, keyed by the names of the columns."""
        names = [str(column) for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def series(self, column: HealthColumn) -> list[float]:
        """The values of one column, one per finished epoch."""
        place = self.columns.index(column)
        return [row[place] for row in self.rows]


def fractions(network: Network, params: Parameters, x: Array) -> dict[HealthColumn, float]:
    """The fractions of dead units and saturated outputs of each activation over images `x` (C, H, W, N)."""
    found: dict[HealthColumn, float] = {}
    z = x

    def observe(step: Step, output: Array) -> None:
        nonlocal z
        if step.function and (trouble := step.function.trouble):
            found[HealthColumn(step.name, trouble)] = step.function.troubled(z, output)
        z = output

    Worker(network).forward(params, x, observe)  # without fused steps, which skip activations
    return found


def _sample(data: Data, network: Network, seed: int) -> Array:
    rng = np.random.default_rng([seed, RandomStream.HEALTH])
    count = min(SAMPLE, len(data.train))
    places = data.train[rng.choice(len(data.train), count, replace=False, shuffle=False)]
    return to_input(data.images.images[places], np.empty((*network.input_shape, count), np.float32))


def _norm(array: Array) -> float:
    """The Euclidean norm in float64, where the square of a float32 cannot overflow."""
    return float(np.linalg.norm(array.astype(np.float64)))
