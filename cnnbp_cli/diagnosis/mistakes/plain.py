"""The steps of a convolution, written out tap by tap, so that mistakes can be put into them one at a time."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnbp_cli.diagnosis.mistakes.base import Site
from cnnbp_cli.layers.conv import Border, Conv2D
from cnnbp_cli.numerics.arrays import Array, Pair


def conv(site: Site) -> Conv2D:
    """The convolution of a site."""
    assert isinstance(site.layer, Conv2D)
    return site.layer


def border(site: Site) -> Border:
    """The zeros around the convolution's image."""
    return conv(site).border(site.x.shape[:3])


def seen(site: Site) -> Array:
    """The image with its padding, as the convolution saw it."""
    return padded(site.x, border(site))


def sent_back(site: Site, delta: Array, weight: Array) -> Array:
    """The delta of the image that follows from this δ and these kernels, with the padding cropped."""
    return cropped(input_delta(delta, weight, conv(site).steps), site)


def gradient(site: Site, delta: Array, x: Array | None = None) -> Array:
    """The gradient of the site's parameter that follows from this δ, and from this input if given."""
    if site.tensor.quantity == "grad_bias":
        return delta.sum(axis=tuple(range(site.right.ndim, delta.ndim)))
    x = site.x if x is None else x
    if isinstance(site.layer, Conv2D):
        return kernel_gradient(padded(x, border(site)), delta, site.layer.kernel, site.layer.steps)
    return np.tensordot(delta, x, axes=(-1, -1))


def padded(x: Array, zeros: tuple[int, int, int, int]) -> Array:
    """The images (C, H, W, N) with rows of zeros at the top and bottom, and columns left and right."""
    return np.pad(x, ((0, 0), zeros[:2], zeros[2:], (0, 0))) if any(zeros) else x


def room_for(x: Array, rows: int, columns: int) -> Array:
    """The images padded with zeros at the bottom and right to at least this size."""
    if rows <= x.shape[1] and columns <= x.shape[2]:
        return x
    return np.pad(x, ((0, 0), (0, max(0, rows - x.shape[1])), (0, max(0, columns - x.shape[2])), (0, 0)))


def kernel_gradient(x: Array, delta: Array, kernel: Pair, steps: Pair) -> Array:
    """Σ_n Σ_i Σ_j δ_k[i,j] · x_c[i·s+m, j·s+n], (K, C, kh, kw); x is 0 outside the image."""
    maps, rows, columns, _ = delta.shape
    x = room_for(x, (rows - 1) * steps[0] + kernel[0], (columns - 1) * steps[1] + kernel[1])
    gradient = np.empty((maps, x.shape[0], *kernel))
    down, across = _reach(rows, steps[0]), _reach(columns, steps[1])
    taps = sliding_window_view(x, across, axis=2)[:, :, : kernel[1], :, :: steps[1]]  # (C, H, kw, N, Wo)
    flat = delta.transpose(1, 3, 2, 0).reshape(-1, maps)
    for m in range(kernel[0]):
        met = taps[:, m : m + down : steps[0]].transpose(0, 2, 1, 3, 4)
        gradient[:, :, m] = (met.reshape(-1, len(flat)) @ flat).T.reshape(maps, -1, kernel[1])
    return gradient


def input_delta(delta: Array, weight: Array, steps: Pair) -> Array:
    """Each δ_k[i,j] · w_k[c,m,n] added to pixel (i·s+m, j·s+n) of the padded image, as far as windows reach."""
    _, rows, columns, batch = delta.shape
    channels, kh, kw = weight.shape[1:]
    down, across = _reach(rows, steps[0]), _reach(columns, steps[1])
    dx = np.zeros((channels, down + kh - 1, across + kw - 1, batch))
    terms = np.tensordot(weight, delta, axes=(0, 0))
    for m in range(kh):
        for n in range(kw):
            dx[:, m : m + down : steps[0], n : n + across : steps[1]] += terms[:, m, n]
    return dx


def _reach(count: int, step: int) -> int:
    """From the first of `count` places, `step` apart, to the last, inclusive."""
    return (count - 1) * step + 1


def cropped(dx: Array, site: Site) -> Array:
    """The part of the delta of a padded image that belongs to the image; 0 where no window reached."""
    (top, _, left, _), (height, width) = border(site), site.x.shape[1:3]
    return room_for(dx, top + height, left + width)[:, top : top + height, left : left + width]


def spread(delta: Array, steps: Pair) -> Array:
    """δ with s−1 zeros between its entries."""
    maps, rows, columns, batch = delta.shape
    wide = np.zeros((maps, _reach(rows, steps[0]), _reach(columns, steps[1]), batch))
    wide[:, :: steps[0], :: steps[1]] = delta
    return wide


def middle(images: Array, rows: int, columns: int) -> Array:
    """The middle of images (C, H, W, …), as libraries crop a full correlation to `same`."""
    top, left = (images.shape[1] - rows) // 2, (images.shape[2] - columns) // 2
    return images[:, top : top + rows, left : left + columns]
