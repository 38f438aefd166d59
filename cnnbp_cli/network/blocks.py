"""How a batch is cut into blocks, which are computed one after the other or on several cores at once."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from cnnbp_cli.network.network import Network
from cnnbp_cli.network.parameters import size

SMALLEST = 32
"""Images in a block, unless the batch is smaller: with fewer, the calls of NumPy cost as much as the work."""

LARGEST = 128
"""Images in a block: with more, its buffers leave the cache."""

LEAST_WORK = 4_000_000
"""Multiply-adds of a block's forward pass from which waking another thread can pay."""

ENOUGH_WORK = 20_000_000
"""Multiply-adds from which a block is worth cutting again, so that more than two cores have one. On two cores, LeNet-5
with batches of 128 takes 3.1 ms in two blocks and 4.3 ms in four; `configs/best.yaml` 24 ms and 25 ms."""

MOST_SUMS = 16
"""Gradients that are added up by themselves before they are added to each other: at most so many cores are of use."""

MOST_NUMBERS = 2**25
"""Numbers in all of these gradients, 128 MB, unless two of them have more."""


def cut(network: Network, images: int) -> list[slice]:
    """The blocks of a batch of `images`, about equally large, and a power of two of them.

    They depend on the network and the batch alone, never on the machine: so sums over the batch are added in one order,
    and the same seed gives the same weights on any number of threads.
    """
    work = images * _work(network)
    wanted = max(2, -(-images // LARGEST), work // ENOUGH_WORK)
    count = max(1, min(wanted, images // SMALLEST, work // LEAST_WORK))
    count = 1 << count.bit_length() - 1
    bounds = [images * block // count for block in range(count + 1)]
    return [slice(start, end) for start, end in pairwise(bounds)]


def sums(network: Network, blocks: int) -> int:
    """How many gradients the blocks are added up in: block b goes into number b modulo this."""
    parameters = size(network.parameter_shapes()) + size(network.state_shapes())
    return min(blocks, MOST_SUMS, max(2, MOST_NUMBERS // max(1, parameters)))


@lru_cache(maxsize=64)
def _work(network: Network) -> int:
    """Multiply-adds of one image's forward pass."""
    return sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)
