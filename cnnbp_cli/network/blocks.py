"""How a batch is cut into blocks, which are computed one after the other or on several cores in parallel."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from cnnbp_cli.network.network import Network
from cnnbp_cli.network.parameters import size

MIN_IMAGES = 32
"""Minimum images per block, unless the batch is smaller: with fewer, NumPy's calls cost as much as the work."""

MAX_IMAGES = 128
"""Maximum images per block: with more, its buffers no longer fit in the cache."""

MIN_WORK = 1_500_000
"""Minimum multiply-adds of a block's forward pass for which another process is worthwhile: `configs/seed.yaml` with
batches of 64 takes 0.43 ms in one block and 0.30 ms in two, in two processes."""

DIVISIBLE_WORK = 20_000_000
"""Multiply-adds from which a block is divided further, so that more than two cores have work. On two cores,
`configs/fast99.yaml` takes 2.5 ms in two blocks and 2.7 ms in four, `configs/best.yaml` 25 ms and 26 ms."""

MAX_SUMS = 16
"""Maximum number of separate gradient sums, which are added at the end. More cores than this are not used."""

MAX_SUMMED_NUMBERS = 2**25
"""Maximum numbers in all of these sums, 128 MB; there are always two sums, even if they have more."""


@lru_cache(maxsize=64)
def cut(network: Network, images: int) -> tuple[slice, ...]:
    """The blocks of a batch of `images`, about equally large, and a power of two of them.

    They depend only on the network and the batch, never on the machine, so sums over the batch are added in a fixed
    order, and the same seed gives the same weights on any number of cores.
    """
    total = work(network, images)
    wanted = max(2, -(-images // MAX_IMAGES), total // DIVISIBLE_WORK)
    count = max(1, min(wanted, images // MIN_IMAGES, total // MIN_WORK))
    count = 1 << count.bit_length() - 1
    bounds = [images * block // count for block in range(count + 1)]
    return tuple(slice(start, end) for start, end in pairwise(bounds))


def work(network: Network, images: int) -> int:
    """Multiply-adds of the forward pass over this many images."""
    return images * sum(step.layer.multiply_adds(step.input_shape) for step in network.steps)


@lru_cache(maxsize=64)
def sums(network: Network, blocks: int) -> int:
    """The number of separate gradient sums; block b is added to sum b modulo this number."""
    parameters = size(network.parameter_shapes()) + size(network.state_shapes())
    return min(blocks, MAX_SUMS, max(2, MAX_SUMMED_NUMBERS // max(1, parameters)))
