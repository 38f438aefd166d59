"""Long matrix products, cut into blocks if the BLAS kernel in use multiplies small matrices faster.

A convolution's products are long: a few rows, a small inner dimension, and one column per position and image. For
such shapes BLAS spends much of its time packing the matrices into its own layout. OpenBLAS has kernels for small
products (rows · inner · columns up to 10⁶) that read the matrices where they are. NumPy reaches them when a long
product is written as a stack of short ones, as views of the same memory:

    C = A · B          C[:, block] = A · B[:, block]                      many columns
    C = A · Bᵀ         C = Σ over blocks of A[:, block] · B[:, block]ᵀ    large inner dimension

Blocks depend only on the shapes and the kernel, so on one machine the order of summation is the same for any number of
threads.

Source: Goto, van de Geijn, Anatomy of high-performance matrix multiplication, ACM Trans. Math. Softw. 34 (2008).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from threadpoolctl import threadpool_info

from cnnbp_cli.numerics.arrays import Array

SMALL = 1_000_000
"""The largest rows · inner · columns for which OpenBLAS's AVX-512 kernels skip the packing."""

SMALL_KERNELS = ("SkylakeX", "Cooperlake", "SapphireRapids")
"""OpenBLAS's kernels with small products, by the name that threadpoolctl reports. With the others (Haswell, Zen), a
whole product is as fast as its blocks, or up to 15 % faster."""

MIN_BLOCK, MAX_BLOCK = 256, 512
"""Lengths of a block. With shorter blocks the calls cost as much as the packing; longer ones leave the first-level
cache. Measured with SkylakeX on one core, a product of 24×36 with 12,544 columns took 133 µs whole and 97 µs in blocks,
its gradient 239 µs whole and 121 µs in blocks."""


def product(a: Array, b: Array, out: Array) -> Array:
    """`out` = a · b for matrices a (…, rows, inner), b (…, inner, columns), or stacks of them, in blocks if faster."""
    rows, inner, columns = a.shape[-2], a.shape[-1], b.shape[-1]
    if columns >= inner:
        size = block_size(rows * inner)
        whole = columns - columns % size if size else 0
        if not whole:
            return np.matmul(a, b, out=out)
        _columns(a, b[..., :whole], out[..., :whole], size)
        if whole < columns:
            np.matmul(a, b[..., whole:], out=out[..., whole:])
        return out
    size = block_size(rows * columns)
    whole = inner - inner % size if size else 0
    if not whole:
        return np.matmul(a, b, out=out)
    _inner(a[..., :whole], b[..., :whole, :], out, size)
    if whole < inner:
        np.add(out, np.matmul(a[..., whole:], b[..., whole:, :]), out=out)
    return out


def block_size(area: int) -> int:
    """The length of the blocks if the other two dimensions multiply to `area`; 0 if the whole product is fastest."""
    if not has_small_kernels():
        return 0
    fitting = min(MAX_BLOCK, SMALL // area // 64 * 64)
    return fitting if fitting >= MIN_BLOCK else 0


@cache
def has_small_kernels() -> bool:
    """Whether NumPy's BLAS has kernels for small products."""
    return any(blas.get("architecture") in SMALL_KERNELS for blas in threadpool_info() if blas["user_api"] == "blas")


def _columns(a: Array, b: Array, out: Array, size: int) -> None:
    blocks = (
        matrix.reshape(*matrix.shape[:-1], -1, size).swapaxes(-3, -2) for matrix in (b, out)
    )  # (…, blocks, inner or rows, size), views
    b_blocks, out_blocks = blocks
    np.matmul(a[..., None, :, :], b_blocks, out=out_blocks)


def _inner(a: Array, b: Array, out: Array, size: int) -> None:
    a_blocks = a.reshape(*a.shape[:-1], -1, size).swapaxes(-3, -2)  # (…, blocks, rows, size)
    b_blocks = b.reshape(*b.shape[:-2], -1, size, b.shape[-1])  # (…, blocks, size, columns)
    np.add.reduce(np.matmul(a_blocks, b_blocks), axis=-3, out=out)
