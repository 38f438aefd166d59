"""The sums of a convolution. Terms over the border's zeros are left out: they are 0."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np

from cnnbp_cli.gradients.terms.base import Index, LayerEntries, Term, gradient_terms, input_terms, output_terms
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.equations import shifted, strided
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True, eq=False)
class Meeting:
    """What one weight of a kernel met on its way over the first sample, (Ho, Wo).

    Attributes
    ----------
    equation
        ∂z[i,j]/∂w[m,n], which is a pixel.
    pixels
        These pixels; 0 in the border.
    delta
        The δ that each is multiplied with.
    samples
        How many samples there are, each with such a meeting.
    """

    equation: str
    pixels: Array
    delta: Array
    samples: int

    @property
    def products(self) -> Array:
        """Their sum is the gradient."""
        return self.pixels * self.delta


def meeting(layer: Conv2D, site: LayerEntries, index: Index) -> Meeting:
    """What the weight at [k,c,m,n] met."""
    k, c, m, n = index
    top, _, left, _ = layer.border(site.layer.input.shape[:3])
    row, column = shifted(strided("i", layer.steps[0]), m - top), shifted(strided("j", layer.steps[1]), n - left)
    delta = site.layer.delta[k, ..., 0]
    pixels = np.zeros_like(delta)
    for i, j in np.ndindex(delta.shape):
        p, q = pixel_of(layer, site, i, j, m, n)
        if _inside(site, p, q):
            pixels[i, j] = site.layer.input[c, p, q, 0]
    return Meeting(
        f"∂z_{k}[i,j]/∂w_{k}[{c},{m},{n}] = x_{c}[{row}, {column}]", pixels, delta, site.layer.delta.shape[-1]
    )


@output_terms.register
def _(layer: Conv2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    k, i, j, b = index
    for c, m, n in product(range(site.layer.input.shape[0]), *map(range, layer.kernel)):
        p, q = pixel_of(layer, site, i, j, m, n)
        if _inside(site, p, q):
            yield Term((site.param("weight", k, c, m, n), site.x(c, p, q, b)))
    if layer.bias == "per_map":
        yield Term((site.param("bias", k),))
    elif layer.bias == "per_position":
        yield Term((site.param("bias", k, i, j),))


@gradient_terms.register
def _(layer: Conv2D, site: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
    _, rows, columns, images = site.layer.delta.shape
    if parameter == "weight":
        k, c, m, n = index
        for b, i, j in product(range(images), range(rows), range(columns)):
            p, q = pixel_of(layer, site, i, j, m, n)
            if _inside(site, p, q):
                yield Term((site.delta(k, i, j, b), site.x(c, p, q, b)))
    elif layer.bias == "per_map":
        for b, i, j in product(range(images), range(rows), range(columns)):
            yield Term((site.delta(*index, i, j, b),))
    else:
        for b in range(images):
            yield Term((site.delta(*index, b),))


@input_terms.register
def _(layer: Conv2D, site: LayerEntries, index: Index) -> Iterator[Term]:
    c, p, q, b = index
    maps, rows, columns, _ = site.layer.delta.shape
    top, _, left, _ = layer.border(site.layer.input.shape[:3])
    for k, m, n in product(range(maps), *map(range, layer.kernel)):
        i, between_rows = divmod(p + top - m, layer.steps[0])
        j, between_columns = divmod(q + left - n, layer.steps[1])
        if not between_rows and not between_columns and 0 <= i < rows and 0 <= j < columns:
            yield Term((site.delta(k, i, j, b), site.param("weight", k, c, m, n)))


def pixel_of(layer: Conv2D, site: LayerEntries, i: int, j: int, m: int, n: int) -> tuple[int, int]:
    """The pixel that the weight (m, n) met for the output (i, j); it may lie in the border around the image."""
    top, _, left, _ = layer.border(site.layer.input.shape[:3])
    return i * layer.steps[0] + m - top, j * layer.steps[1] + n - left


def _inside(site: LayerEntries, p: int, q: int) -> bool:
    _, height, width, _ = site.layer.input.shape
    return 0 <= p < height and 0 <= q < width
