"""The kernels of a network before and after training."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.config import Config
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.state import State


@dataclass(frozen=True, eq=False)
class Kernels:
    """The kernels of one convolution.

    Attributes
    ----------
    layer
        Name of the layer.
    before, after
        (K, C, M, M): initial and current kernels.
    """

    layer: str
    before: Array
    after: Array

    @property
    def changes(self) -> NDArray[np.float64]:
        """(K,): ‖after − before‖ / ‖before‖ of each map's kernels; NaN if they were initialised to zero."""
        before, after = (array.reshape(len(array), -1).astype(np.float64) for array in (self.before, self.after))
        sizes = np.linalg.norm(before, axis=1)
        lengths = np.linalg.norm(after - before, axis=1)
        return np.divide(lengths, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)


def kernels(config: Config, network: Network, params: Parameters) -> Iterator[Kernels]:
    """The kernels of each layer that learns any. The initial ones are computed again from the seed of the config."""
    before = State.new(config, network).params
    for step in network.steps:
        if step.layer.learns_kernels:
            yield Kernels(step.name, before.of[step.name]["weight"], params.of[step.name]["weight"])
