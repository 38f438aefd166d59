"""Choose the number of threads for the matrix products of a network."""

from __future__ import annotations

from cnnbp_cli.network import Network
from cnnbp_cli.numerics.threads import usable_cores

MIN_MULTIPLY_ADDS = 100_000_000
"""Multiply-adds in the forward pass of a batch from which several threads pay off. Smaller products gain little on an
idle machine, and on a busy one the threads wait for each other: configs/seed.yaml fell from 70,000 images per second to
less than 200 (benchmarks/parallel.py)."""


def suitable_threads(network: Network, batch: int) -> int:
    """The default number of threads: one, or one per core for a large network."""
    work = batch * sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)
    return usable_cores() if work >= MIN_MULTIPLY_ADDS else 1
