"""A convolution. Terms over the border's zeros are left out: they are 0."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np

from cnnbp_cli.gradients.explanation import Meeting
from cnnbp_cli.gradients.kinds.base import EntryEquation, Kind
from cnnbp_cli.gradients.terms import Index, LayerEntries, Term
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.equations import shifted, strided
from cnnbp_cli.numerics.arrays import Pair, Shape


class ConvKind(Kind[Conv2D]):
    """z_k[i,j] = Σ_c,m,n w_k[c,m,n] · x_c[i·s+m, j·s+n] + b_k."""

    of = Conv2D

    def output_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        k, i, j, b = index
        for c, m, n in product(range(entries.layer.input.shape[0]), *map(range, self.layer.kernel)):
            p, q = self._pixel(entries, i, j, m, n)
            if _inside(entries, p, q):
                yield Term((entries.param("weight", k, c, m, n), entries.x(c, p, q, b)))
        if self.layer.bias == "per_map":
            yield Term((entries.param("bias", k),))
        elif self.layer.bias == "per_position":
            yield Term((entries.param("bias", k, i, j),))

    def gradient_terms(self, entries: LayerEntries, parameter: str, index: Index) -> Iterator[Term]:
        _, rows, columns, images = entries.layer.delta.shape
        if parameter == "weight":
            k, c, m, n = index
            for b, i, j in product(range(images), range(rows), range(columns)):
                p, q = self._pixel(entries, i, j, m, n)
                if _inside(entries, p, q):
                    yield Term((entries.delta(k, i, j, b), entries.x(c, p, q, b)))
        elif self.layer.bias == "per_map":
            for b, i, j in product(range(images), range(rows), range(columns)):
                yield Term((entries.delta(*index, i, j, b),))
        else:
            for b in range(images):
                yield Term((entries.delta(*index, b),))

    def input_terms(self, entries: LayerEntries, index: Index) -> Iterator[Term]:
        c, p, q, b = index
        maps, rows, columns, _ = entries.layer.delta.shape
        top, left = self._corner(entries.layer.input.shape[:3])
        for k, m, n in product(range(maps), *map(range, self.layer.kernel)):
            i, between_rows = divmod(p + top - m, self.layer.steps[0])
            j, between_columns = divmod(q + left - n, self.layer.steps[1])
            if not between_rows and not between_columns and 0 <= i < rows and 0 <= j < columns:
                yield Term((entries.delta(k, i, j, b), entries.param("weight", k, c, m, n)))

    def meeting(self, entries: LayerEntries, parameter: str, index: Index) -> Meeting | None:
        if parameter != "weight":
            return None
        k, c, m, n = index
        top, left = self._corner(entries.layer.input.shape[:3])
        steps = self.layer.steps
        row, column = shifted(strided("i", steps[0]), m - top), shifted(strided("j", steps[1]), n - left)
        delta = entries.layer.delta[k, ..., 0]
        pixels = np.zeros_like(delta)
        for i, j in np.ndindex(delta.shape):
            p, q = self._pixel(entries, i, j, m, n)
            if _inside(entries, p, q):
                pixels[i, j] = entries.layer.input[c, p, q, 0]
        equation = f"∂z_{k}[i,j]/∂w_{k}[{c},{m},{n}] = x_{c}[{row}, {column}]"
        return Meeting(equation, pixels, delta, entries.layer.delta.shape[-1])

    def entry_equations(self, input_shape: Shape) -> Mapping[str, EntryEquation]:
        equations = self.layer.equations(input_shape)
        return {
            "forward": EntryEquation(equations.forward, "kij"),
            "back": EntryEquation(equations.back, "cpq"),
            "weight": EntryEquation(equations.gradients["weight"], "kcmn"),
            "bias": EntryEquation(equations.gradients["bias"], "kij" if self.layer.bias == "per_position" else "k"),
        }

    def connects(self, parameter: str) -> bool:
        return parameter == "weight"

    def geometry(self, input_shape: Shape) -> dict[str, Any]:
        return {"steps": self.layer.steps, "window": self.layer.kernel, "border": self._corner(input_shape)}

    def _corner(self, input_shape: Shape) -> Pair:
        """How many rows of zeros are above the image, and how many columns left of it."""
        top, _, left, _ = self.layer.border(input_shape)
        return top, left

    def _pixel(self, entries: LayerEntries, i: int, j: int, m: int, n: int) -> Pair:
        """The pixel that the weight (m, n) is multiplied with for the output (i, j); it may be in the border."""
        top, left = self._corner(entries.layer.input.shape[:3])
        return i * self.layer.steps[0] + m - top, j * self.layer.steps[1] + n - left


def _inside(entries: LayerEntries, p: int, q: int) -> bool:
    _, height, width, _ = entries.layer.input.shape
    return 0 <= p < height and 0 <= q < width
