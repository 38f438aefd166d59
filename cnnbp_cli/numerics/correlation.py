"""The valid cross-correlation of a batch of images with a bank of kernels, as products of matrices over tiles.

    z_k[i, j] = Σ_c Σ_m Σ_n w_k[c, m, n] · x_c[i·s₀ + m, j·s₁ + n]

The outputs are cut into *tiles*; the outputs of a tile share one window of the image. All methods have the same
form, linear in the window and linear in the kernel:

    tile = Aᵀ [ (kernel's matrix) · (Bᵀ · window) ]

*im2col.* A tile is one output, A and B are identities: the windows under the kernel are the columns of one matrix, the
kernels the rows of another. kh·kw multiply-adds per output and channel; each pixel is copied up to kh·kw times,
and the kernels' matrix has only K rows.

*Toeplitz.* A tile is several outputs, A and B are still identities, and the kernel's matrix contains the kernel shifted
to the position of each output, and zeros elsewhere (`toeplitz.py`). Fewer copies and a taller matrix, but more
multiplications, by zeros.

*Minimal filtering.* A and B are transforms: after them, a tile needs no sum over the kernel's positions, only over the
channels (`minimal_filtering.py`, Winograd's convolution). Fewer multiplications: 4 instead of 25 per output
for a 5×5 kernel in tiles of 4×4, 2.25 instead of 9 for 3×3. It is faster if there are enough channels to make up for
the transforms.

All three have the same adjoints: for any method of the form y = A (u ⊙ v), the gradients of u and v follow by
transposing the matrices. `plan.py` in this folder estimates which method is fastest.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any, NamedTuple

from cnnbp_cli.numerics.arrays import Array, Pair


class Problem(NamedTuple):
    """One correlation at one size of image.

    Attributes
    ----------
    channels, maps
        C of the images and K of the kernels.
    kernel, stride
        Sides of a kernel; step between outputs.
    output
        (Ho, Wo), the sides of z.
    group
        The outputs of a tile are stored by their position in a group of this size. If the group is a pooling window,
        each cell of the pooling window is a separate array.
    """

    channels: int
    maps: int
    kernel: Pair
    stride: Pair
    output: Pair
    group: Pair = (1, 1)


class Correlation(ABC):
    """One method to compute a correlation: its buffers for one batch size, and the products over them.

    Parameters
    ----------
    problem
        What is computed.
    tile
        The sides of a tile, a multiple of the group.
    batch
        N, the number of images.
    dtype
        float32 or float64.

    Attributes
    ----------
    window
        The sides of the window that a tile sees.
    step
        Vertical and horizontal distance to the next window.
    count
        The number of tiles, vertically and horizontally. They cover the output; the last ones may extend beyond it.
    needed
        The minimum sides of the images, so that every window is inside. Where tiles extend beyond the output, this is
        more than the images have; the caller pads them with zeros.
    tiles
        z of the last `forward`, as (g₀, g₁, K, th/g₀, tw/g₁, ty, tx, N), in any memory order.
    """

    tiles: Array

    def __init__(self, problem: Problem, tile: Pair, batch: int, dtype: Any) -> None:
        self.problem, self.tile, self.batch, self.dtype = problem, tile, batch, dtype
        self.window = window_of(tile, problem.kernel, problem.stride)
        self.step = (tile[0] * problem.stride[0], tile[1] * problem.stride[1])
        self.count = tiles_over(problem.output, tile)
        self.needed = (
            self.step[0] * (self.count[0] - 1) + self.window[0],
            self.step[1] * (self.count[1] - 1) + self.window[1],
        )

    @abstractmethod
    def forward(self, x: Array, weight: Array) -> Array:
        """z of `x` (C, H, W, N) and `weight` (K, C, kh, kw), as `tiles`; stores what the gradient needs of x."""

    @abstractmethod
    def add_kernel_gradient(self, delta_tiles: Array, grad_weight: Array) -> None:
        """∂C/∂w_k[c,m,n] += Σ_i Σ_j δ_k[i,j] · x_c[i·s₀+m, j·s₁+n], with the x of the last `forward`.

        δ is laid out as `tiles`, made by `np.empty_like(tiles)`, with zeros where the tiles extend beyond the output.
        """

    @abstractmethod
    def input_delta(self, delta_tiles: Array, out: Array) -> None:
        """`out` (C, H, W, N) = ∂C/∂x_c[p,q] = Σ_k Σ_m Σ_n δ_k[i,j] · w_k[c,m,n] over i·s₀+m = p, j·s₁+n = q.

        The backward pass of `forward`, with its weights, right after `add_kernel_gradient` of the same δ. Each pixel
        sums over the windows that contain it: first along one axis, then along the other, wh + ww additions instead of
        wh · ww (with Toeplitz tiles, the second convolution of wide.yaml: 1.3 ms instead of 1.8, of LeNet-5: 0.32
        instead of 0.36).

        For the whole image, this is the full correlation of δ with the kernel rotated by 180°. Computed that way, as a
        separate correlation, it took twice as long for the second convolution of LeNet-5.
        """

    def pieces(self, tiles: Array, images: Array) -> list[tuple[Array, Array]]:
        """Pairs of views of the same outputs, in `tiles` and in `images` (K, rows, columns, N).

        `tiles` is laid out like `self.tiles`, or is one cell of its groups, without the first two axes; `images` then
        has one row and column per group. One pair, or up to four if the tiles extend beyond the output.
        """
        grouped = tiles.ndim == self.tiles.ndim
        group = self.problem.group if grouped else (1, 1)
        blocks = tiles.shape[-5], tiles.shape[-4]
        rows, columns = (
            list(_parts(images.shape[1 + axis], blocks[axis], group[axis], self.count[axis])) for axis in (0, 1)
        )
        found = []
        for r in rows:
            for c in columns:
                part = images[:, r.images, c.images]
                split = part.reshape(len(images), r.tiles, r.blocks, group[0], c.tiles, c.blocks, group[1], -1)
                laid_out = split.transpose(3, 6, 0, 2, 5, 1, 4, 7)
                some = tiles[..., : r.blocks, : c.blocks, r.at, c.at, :]
                found.append((some, laid_out if grouped else laid_out[0, 0]))
        return found


class _Part(NamedTuple):
    """Along one axis, tiles that are cut off at the same position, and their rows or columns of the image."""

    at: slice
    images: slice
    tiles: int
    blocks: int


def _parts(side: int, blocks: int, group: int, count: int) -> Iterator[_Part]:
    tile = blocks * group
    whole = side // tile
    if whole:
        yield _Part(slice(0, whole), slice(0, whole * tile), whole, blocks)
    if whole < count:
        yield _Part(slice(whole, count), slice(whole * tile, side), 1, (side - whole * tile) // group)


def tiles_over(output: Pair, tile: Pair) -> Pair:
    """How many tiles cover the output, vertically and horizontally."""
    return -(-output[0] // tile[0]), -(-output[1] // tile[1])


def window_of(tile: Pair, kernel: Pair, stride: Pair) -> Pair:
    """The sides of the window that a tile of outputs sees."""
    return (tile[0] - 1) * stride[0] + kernel[0], (tile[1] - 1) * stride[1] + kernel[1]
