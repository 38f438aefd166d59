"""Limits on the size of a network, checked in Python integers, which cannot overflow, before anything is allocated."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from math import prod

from cnnbp_cli.config.problems import KeyPath
from cnnbp_cli.network import Network, Step

MAX_PARAMETERS = 50_000_000
"""Training also stores a gradient and up to two optimizer values for each: 800 MB in float32 at this limit."""

MAX_ACTIVATION_BYTES = 4 * 2**30
"""Bytes of activations and deltas of one batch: what a machine with 8 GB of memory can give."""

BYTES, EXACT_BYTES = 4, 8  # float32, float64


def too_large(
    network: Network, batch_size: int, most: int = MAX_ACTIVATION_BYTES, number_bytes: int = BYTES
) -> Iterator[tuple[KeyPath, str]]:
    """Each limit that is exceeded, at the layer with the largest share; `most` is the limit on activations in bytes."""
    parameters = parameter_counts(network)
    if (total := parameters.total()) > MAX_PARAMETERS:
        [(largest, count)] = parameters.most_common(1)
        problem = (
            f"the network has {total:,} parameters, {count:,} of them in {largest}; the limit is {MAX_PARAMETERS:,}"
        )
        yield ("layers", network.names.index(largest)), problem
    numbers = activation_counts(network)
    if (needed := number_bytes * batch_size * numbers.total()) > most:
        [(largest, count)] = numbers.most_common(1)
        problem = (
            f"a batch of {batch_size:,} needs {_size(needed)} for activations and deltas, "
            f"{count / numbers.total():.0%} of it in {largest}; the limit is {_size(most)}"
        )
        yield ("layers", network.names.index(largest)), problem


def most_images(network: Network, most: int) -> int:
    """The largest batch whose activations and deltas fit into `most` bytes; at least 1."""
    return max(1, most // (BYTES * activation_counts(network).total()))


def parameter_counts(network: Network) -> Counter[str]:
    """The number of parameters of each layer, by name."""
    counts: Counter[str] = Counter()
    for full_name, shape in network.parameter_shapes().items():
        counts[full_name.rpartition(".")[0]] += prod(shape)
    return counts


def activation_counts(network: Network) -> Counter[str]:
    """The most numbers that each layer stores per image: z, a, their δ, and the windows under the kernels."""
    counts: Counter[str] = Counter()
    for step in network.steps:
        counts[step.name] += 2 * (prod(step.output_shape) + _windows(step))
    return counts


def _size(number: int) -> str:
    unit, name = (2**30, "GiB") if number >= 2**30 else (2**20, "MiB")
    return f"{number / unit:.4g} {name}"


def _windows(step: Step) -> int:
    """The most numbers copied for the matrix product of a convolution: one per product of one output map."""
    weight = step.layer.parameter_shapes(step.input_shape).get("weight")
    return step.layer.multiply_adds(step.input_shape) // weight[0] if weight else 0
