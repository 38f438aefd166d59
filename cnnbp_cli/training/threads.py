"""How many threads a network's matrix products are worth."""

from __future__ import annotations

from cnnbp_cli.network import Network
from cnnbp_cli.numerics.threads import usable_cores

WORTH = 100_000_000
"""Multiply-adds of one forward pass from which a second thread is worth its cost. Below, the products are so short that
threads gain little on an idle machine, and on a busy one they wait for each other: configs/seed.yaml fell from 70,000
images a second to under 200 (benchmarks/parallel.py)."""


def suitable_threads(network: Network, batch: int) -> int:
    """One, or for a large network one a core: the number where the user names none."""
    work = batch * sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)
    return usable_cores() if work >= WORTH else 1
