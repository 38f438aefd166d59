"""Back-propagation as a student writes it, with a switch for each mistake.

Plain loops over samples, maps and positions, batch first, and nothing from the library: the code under diagnosis must
not be the code that diagnoses. A mistake is (key, variant), planted in the step to one tensor:
{"conv1.grad_weight": (key, variant)}. Everything computed later continues from the wrong numbers, as in a real program.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tests.support import slips, student_norm

Array = np.ndarray[Any, Any]
Planted = tuple[str, str]
RIGHT: Planted = ("", "")
STEMS = {
    "conv2d": "conv",
    "max_pool2d": "pool",
    "avg_pool2d": "pool",
    "global_max_pool2d": "pool",
    "global_avg_pool": "pool",
    "batch_norm": "bn",
}
"""The stem of a layer's name, where that is not its type."""


def slope(name: str | None, z: Array, a: Array) -> Array:
    """f′(z), for elementwise functions."""
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a**2
    if name == "relu":
        return np.where(z > 0, 1, 0).astype(z.dtype)
    if name == "leaky_relu":
        return np.where(z > 0, 1, 0.01).astype(z.dtype)
    return np.ones_like(z)


def activate(name: str | None, z: Array) -> Array:
    if name == "sigmoid":
        return 1 / (1 + np.exp(-z))
    if name == "tanh":
        return np.tanh(z)
    if name == "relu":
        return np.where(z > 0, z, 0).astype(z.dtype)
    if name == "leaky_relu":
        return np.where(z > 0, z, 0.01 * z).astype(z.dtype)
    if name == "softmax":
        powers = np.exp(z - z.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    return z


def softmax_back(delta_a: Array, a: Array) -> Array:
    """Multiply by the softmax Jacobian, sample by sample, and position by position where there are maps."""
    delta = np.zeros_like(a)
    for place in np.ndindex(len(a), *a.shape[2:]):
        here = (place[0], slice(None), *place[1:])
        jacobian = np.diag(a[here]) - np.outer(a[here], a[here])
        delta[here] = jacobian @ delta_a[here]
    return delta


def two(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (value[0], value[1])


class Layer:
    """One layer of a student's network: its input, and what it computed."""

    def __init__(self, name: str, spec: Mapping[str, Any], arrays: Mapping[str, Array], x: Array) -> None:
        self.name, self.spec, self.kind, self.x = name, spec, spec["type"], x
        self.weight, self.bias = arrays.get(f"{name}.weight"), arrays.get(f"{name}.bias")
        self.function = spec.get("activation")
        self.z = getattr(self, f"forward_{self.kind}")()
        self.a = activate(self.function, self.z)

    def forward_conv2d(self) -> Array:
        maps, _, kh, kw = self.weight.shape
        self.stride = two(self.spec.get("stride", 1))
        padding = self.spec.get("padding", 0)
        height, width = self.x.shape[2:]
        if padding == "valid":
            padding = 0
        if padding == "same":
            spare = [
                max((math.ceil(side / step) - 1) * step + kernel - side, 0)
                for side, step, kernel in zip((height, width), self.stride, (kh, kw), strict=True)
            ]
            self.pad = (spare[0] // 2, spare[0] - spare[0] // 2, spare[1] // 2, spare[1] - spare[1] // 2)
        else:
            down, across = two(padding)
            self.pad = (down, down, across, across)
        self.seen = np.pad(self.x, ((0, 0), (0, 0), self.pad[:2], self.pad[2:]))
        rows = (self.seen.shape[2] - kh) // self.stride[0] + 1
        columns = (self.seen.shape[3] - kw) // self.stride[1] + 1
        z = np.zeros((len(self.x), maps, rows, columns), self.x.dtype)
        for i in range(rows):
            for j in range(columns):
                patch = self.patch(i, j)
                for k in range(maps):
                    z[:, k, i, j] = (patch * self.weight[k]).sum(axis=(1, 2, 3))
                    if self.bias is not None:
                        z[:, k, i, j] += self.bias[k] if self.bias.ndim == 1 else self.bias[k, i, j]
        return z

    def patch(self, i: int, j: int, image: Array | None = None, step: tuple[int, int] | None = None) -> Array:
        """What the output (i, j) saw: (N, C, kh, kw)."""
        kh, kw = self.weight.shape[2:]
        top, left = i * (step or self.stride)[0], j * (step or self.stride)[1]
        return (self.seen if image is None else image)[:, :, top : top + kh, left : left + kw]

    def forward_dense(self) -> Array:
        z = np.zeros((len(self.x), len(self.weight)), self.x.dtype)
        for n in range(len(self.x)):
            z[n] = self.weight @ self.x[n]
            if self.bias is not None:
                z[n] += self.bias
        return z

    def forward_flatten(self) -> Array:
        return self.x.reshape(len(self.x), -1)

    def forward_activation(self) -> Array:
        return self.x

    def forward_dropout(self) -> Array:
        return self.x

    def forward_max_pool2d(self) -> Array:
        return self._pool(np.max)

    def forward_avg_pool2d(self) -> Array:
        return self._pool(np.mean)

    def _pool(self, reduce: Any) -> Array:
        self.window = two(self.spec["pool_size"])
        self.stride = two(self.spec.get("stride", self.window))
        count, maps, height, width = self.x.shape
        rows = (height - self.window[0]) // self.stride[0] + 1
        columns = (width - self.window[1]) // self.stride[1] + 1
        y = np.zeros((count, maps, rows, columns), self.x.dtype)
        for n in range(count):
            for c in range(maps):
                for i in range(rows):
                    for j in range(columns):
                        y[n, c, i, j] = reduce(self.cells(self.x, n, c, i, j))
        return y

    def forward_global_max_pool2d(self) -> Array:
        self.window = self.stride = self.x.shape[2:]  # one window, which is the map
        return self.x.max(axis=(2, 3))

    def forward_global_avg_pool(self) -> Array:
        return self.x.mean(axis=(2, 3))

    def forward_batch_norm(self) -> Array:
        over = (0, *range(2, self.x.ndim))
        self.each = (1, -1, *[1] * (self.x.ndim - 2))
        mean = self.x.mean(axis=over, keepdims=True)
        variance = ((self.x - mean) ** 2).mean(axis=over, keepdims=True)
        self.sigma = np.sqrt(variance + self.x.dtype.type(self.spec["epsilon"]))
        self.normalised = (self.x - mean) / self.sigma
        return self.weight.reshape(self.each) * self.normalised + self.bias.reshape(self.each)

    def cells(self, x: Array, n: int, c: int, i: int, j: int) -> Array:
        top, left = i * self.stride[0], j * self.stride[1]
        return x[n, c, top : top + self.window[0], left : left + self.window[1]]


class Student:
    """A student's program, run on one exercise.

    Parameters
    ----------
    arrays
        What the exercise file gives: input, labels, parameters.
    config
        The exercise's config, as JSON has it.
    dtype
        float32 or float64.
    """

    def __init__(self, arrays: Mapping[str, Array], config: Mapping[str, Any], dtype: Any = np.float64) -> None:
        self.arrays = {k: v.astype(dtype) for k, v in arrays.items() if v.dtype.kind == "f"}
        self.labels, self.quadratic = arrays["labels"], config["loss"] == "mse"
        self.batches = {"": self._forward(config, "input")}
        if "previous.input" in arrays:
            self.batches["previous"] = self._forward(config, "previous.input")
        self.previous_labels = arrays.get("previous.labels")
        self._previous = self.answers(batch="previous") if "previous" in self.batches else {}
        self.learning_rate = config["train"]["optimizer"]["learning_rate"]

    def _forward(self, config: Mapping[str, Any], name: str) -> list[Layer]:
        counts: dict[str, int] = {}
        layers: list[Layer] = []
        x = self.arrays[name]
        for spec in config["layers"]:
            stem = STEMS.get(spec["type"], spec["type"])
            counts[stem] = counts.get(stem, 0) + 1
            layers.append(Layer(spec.get("name") or f"{stem}{counts[stem]}", spec, self.arrays, x))
            x = layers[-1].a
        return layers

    def answers(self, wrong: Mapping[str, Planted] | None = None, batch: str = "") -> dict[str, Array]:
        """Every delta and gradient, with these mistakes in the steps to these tensors."""
        wrong = wrong or {}
        layers, out = self.batches[batch], {}
        labels = self.labels if batch == "" else self.previous_labels
        above: Array | None = None
        for index in range(len(layers) - 1, -1, -1):
            layer, below = layers[index], layers[index - 1] if index else None

            def planted(quantity: str, layer: Layer = layer) -> Planted:
                return wrong.get(f"{layer.name}.{quantity}", RIGHT)

            function = None if layer.kind == "activation" else layer.function
            if above is None:
                delta_a, delta = self._output(layer, labels, planted("delta"))
            else:
                delta_a = above
                upper = layers[index + 1]
                delta = self._activation(layer, function, delta_a, planted("delta"), upper, out)
            delta = factored(delta, planted("delta"), layer, len(labels))
            delta = slips.spoilt(delta, planted("delta"), None, None)
            out[f"{layer.name}.delta"] = delta
            if delta.shape != layer.z.shape:
                return out  # the program stops here: the next step does not fit
            if layer.weight is not None:
                for part in ("weight", "bias"):
                    if getattr(layer, part) is not None:
                        kind = planted(f"grad_{part}")
                        start = delta
                        if kind[0] == "gradient-from-the-next-delta":
                            start = out[f"{layers[index + 1].name}.delta"]
                        if kind[0] == "gradient-of-few-positions":
                            start = slips.reached(delta, kind[1])
                        if kind[0] == "bias-from-kernel-gradient":
                            made = self._bias_from_weights(out[f"{layer.name}.grad_weight"], kind[1])
                        else:
                            made = getattr(self, f"_{layer.kind}_{part}")(layer, below, start, delta_a, kind)
                        made = factored(made, kind, layer, len(labels))
                        previous = None
                        if "previous" in self.batches and not batch:
                            previous = self._previous[f"{layer.name}.grad_{part}"]
                        made = slips.spoilt(made, kind, getattr(layer, part), previous)
                        out[f"{layer.name}.grad_{part}"] = made
            kind = planted("grad_input")
            if layer.kind == "activation":
                absorbed = above is None and not self.quadratic
                above = delta if absorbed else self._activation(layer, layer.function, delta, kind, None, out)
            else:
                above = getattr(self, f"_{layer.kind}_input")(layer, delta, delta_a, kind, out)
            above = factored(above, kind, layer, len(labels))
            above = slips.spoilt(above, kind, None, None)
            out[f"{layer.name}.grad_input"] = above
            if above.shape != layer.x.shape:
                return out
        return out

    def _bias_from_weights(self, gradient: Array, variant: str) -> Array:
        kernels = gradient[:, :1] if "first channel" in variant else gradient
        return kernels.reshape(len(kernels), -1).sum(axis=1)

    # The output's delta, families 7 and 15.

    def _output(self, layer: Layer, labels: Array, kind: Planted) -> tuple[Array, Array]:
        key, variant = kind
        a, count, classes = layer.a, len(labels), layer.a.shape[1]
        y = slips.target(labels, classes, kind).astype(a.dtype)
        error = a - y
        if key == "output-not-a-difference":
            error = slips.difference(variant, a, layer.x if layer.kind == "activation" else layer.z, y, labels)
        error = (error / count).astype(a.dtype)
        if layer.kind == "activation":
            delta = error
        elif self.quadratic and key != "output-slope-dropped" and "without f′" not in variant:
            delta = self._activation(layer, layer.function, error, kind, None, {})
        else:
            delta = error
        if key == "output-slope-added":
            delta = softmax_back(error, a) if "Jacobian" in variant else error * a * (1 - a)
        if key == "output-of-one":
            one = 0 if "first" in variant else -1
            if "zeros" in variant:
                kept = delta[one].copy()
                delta = np.zeros_like(delta)
                delta[one] = kept
            elif "all samples" in variant:
                total = delta.sum(axis=0)
                delta = np.stack([total] * count) if "each" in variant else total[None]
            else:
                delta = delta[one : one + 1 or None]
        return error, delta

    # The activation, family 6.

    def _activation(
        self,
        layer: Layer,
        function: str | None,
        above: Array,
        kind: Planted,
        upper: Layer | None,
        out: dict[str, Array],
    ) -> Array:
        key, variant = kind
        z, a = (layer.x, layer.a) if layer.kind == "activation" else (layer.z, layer.a)
        if key == "slope-missing":
            return above
        if function == "softmax":
            if key == "softmax-diagonal":
                return above * a * (1 - a) if "1 − a" in variant else above * a
            once = softmax_back(above, a)
            return softmax_back(once, a) if key == "slope-twice" else once
        factor = slope(function, z, a)
        if key == "slope-twice":
            factor = factor**2
        elif key == "slope-at-a":
            factor = slope(function, a, activate(function, a))
        elif key == "slope-formula-at-z":
            factor = z * (1 - z) if function == "sigmoid" else 1 - z**2
        elif key == "slope-in-part":
            factor = slips.part_of_slope(variant, z, a)
        elif key == "slope-of-another":
            leak = float(variant.split()[-1]) if variant.startswith("leaky relu with") else None
            factor = slope(variant, z, a) if leak is None else np.where(z > 0, 1, leak).astype(z.dtype)
        elif key == "slope-alone":
            return factor
        elif key == "slope-of-one-sample":
            factor = factor[:1] if variant == "first" else factor[-1:]
        elif key == "relu-mask-from-delta" and "inverted" in variant:
            factor = np.where(z > 0, 0, 1).astype(z.dtype)
        elif key == "relu-mask-from-delta":
            factor = (above > 0).astype(z.dtype) * (1 if "z" not in variant else factor)
        elif key == "slope-in-the-wrong-place":
            return self._sloped_by_window(layer, upper, function, out)
        return above * factor

    def _sloped_by_window(self, layer: Layer, upper: Layer, function: str, out: dict[str, Array]) -> Array:
        delta = out[f"{upper.name}.delta"]
        result = np.zeros_like(layer.a)
        for n, c, i, j in np.ndindex(delta.shape):
            cells = upper.cells(layer.a, n, c, i, j)
            place = upper.cells(result, n, c, i, j)
            if upper.kind == "max_pool2d":
                r, s = np.unravel_index(cells.argmax(), cells.shape)
                place[r, s] += delta[n, c, i, j] * slope(function, cells[0, 0], cells[0, 0])
            else:
                mean = cells.mean()
                place += delta[n, c, i, j] * slope(function, mean, mean) / cells.size
        return result

    # Convolution: families 1, 2, 3, 4, 6, 10, 11, 12, 15.

    def _conv2d_weight(self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted) -> Array:
        key, variant = kind
        samples, maps, rows, columns = delta.shape
        channels = layer.weight.shape[1]
        if key == "gradient-from-delta-a":
            delta = delta_a
        image, step = layer.seen, layer.stride
        if key == "gradient-with-z":
            image = np.pad(below.z, ((0, 0), (0, 0), layer.pad[:2], layer.pad[2:]))
        if key == "padding-left-out":
            spare = ((0, sum(layer.pad[:2])), (0, sum(layer.pad[2:])))
            image = np.pad(layer.x, ((0, 0), (0, 0), *spare))
        if (another := slips.another_image(layer.x, kind)) is not layer.x:
            image = np.pad(another, ((0, 0), (0, 0), layer.pad[:2], layer.pad[2:]))
        if key == "kernel-gradient-without-stride":
            step = (1, 1)
        if key == "kernel-gradient-not-valid":
            return self._not_valid(layer, delta, variant)
        if key == "summed-before-the-product":
            return self._conv_of_sums(layer, delta)
        if key == "kernel-gradient-convolved":
            delta, image = (
                (delta[:, :, ::-1, ::-1], image) if variant.startswith("δ") else (delta, image[:, :, ::-1, ::-1])
            )
        if key == "kernel-gradient-delta-flipped":
            delta = delta[:, :, ::-1] if variant == "vertically" else delta[..., ::-1]
        each = np.zeros((samples, *layer.weight.shape), delta.dtype)
        if key == "kernel-gradient-transposed" or key == "kernel-gradient-rotated-by-90":
            each = each.swapaxes(3, 4).copy()
        for i in range(rows):
            for j in range(columns):
                patch = layer.patch(i, j, image, step)
                if key == "kernel-gradient-rotated":
                    patch = patch[:, :, ::-1, ::-1]
                elif key == "kernel-gradient-flipped":
                    patch = patch[:, :, ::-1] if variant == "vertically" else patch[:, :, :, ::-1]
                elif key == "kernel-gradient-transposed":
                    patch = patch.transpose(0, 1, 3, 2)
                elif key == "kernel-gradient-rotated-by-90":
                    patch = np.rot90(patch, 1 if variant == "counter-clockwise" else 3, axes=(2, 3))
                elif key == "kernel-gradient-channels" and "channel" in variant:
                    if "sum" in variant:
                        patch = np.repeat(patch.sum(axis=1, keepdims=True), channels, axis=1)
                    else:
                        patch = np.repeat(patch[:, [0 if "first" in variant else -1]], channels, axis=1)
                for k in range(maps):
                    there = delta[:, k, i, j]
                    if key == "kernel-gradient-channels" and "δ" in variant:
                        there = delta[:, :, i, j].sum(axis=1)
                        if "sum" not in variant:
                            there = delta[:, 0 if "first" in variant else -1, i, j]
                    part = there[:, None, None, None] * patch
                    if key == "kernel-gradient-overwritten":
                        each[:, k] = part
                    else:
                        each[:, k] += part
        return self._over_samples(each, kind)

    def _over_samples(self, each: Array, kind: Planted) -> Array:
        key, variant = kind
        if key == "samples-not-summed":
            return each
        total = np.zeros_like(each[0])
        for n in range(len(each)):
            last_wins = key != "input-of-one-sample" and variant in ("last", "of the last sample")
            total = each[n] if last_wins else total + each[n]
            if key == "one-sample-only" and variant == "first":
                break
        return total

    def _conv_of_sums(self, layer: Layer, delta: Array) -> Array:
        dw = np.zeros_like(layer.weight)
        for k, i, j in np.ndindex(delta.shape[1:]):
            dw[k] += delta[:, k, i, j].sum() * layer.patch(i, j).sum(axis=0)
        return dw

    def _not_valid(self, layer: Layer, delta: Array, variant: str) -> Array:
        """A correlation with an image that got zeros on every side, as mode='full' gives it."""
        rows, columns = ((side - 1) * step for side, step in zip(delta.shape[2:], layer.stride, strict=True))
        around = np.pad(layer.seen, ((0, 0), (0, 0), (rows, rows), (columns, columns)))
        height, width = layer.seen.shape[2] + rows, layer.seen.shape[3] + columns
        full = np.zeros((delta.shape[1], layer.seen.shape[1], height, width), delta.dtype)
        for k, i, j in np.ndindex(delta.shape[1:]):
            top, left = i * layer.stride[0], j * layer.stride[1]
            moved = around[:, :, top : top + height, left : left + width]
            full[k] += (delta[:, k, i, j][:, None, None, None] * moved).sum(axis=0)
        kh, kw = layer.weight.shape[2:]
        if variant.startswith("same"):
            h, w = layer.x.shape[2:] if "without padding" in variant else layer.seen.shape[2:]
            top, left = (height - h) // 2, (width - w) // 2
            full = full[:, :, top : top + h, left : left + w]
        return full[:, :, :kh, :kw] if "cut to" in variant else full

    def _conv2d_bias(self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted) -> Array:
        key, variant = kind
        if key == "gradient-from-delta-a":
            delta = delta_a
        shared = layer.bias.ndim == 1
        if key == "bias-not-summed":
            return delta
        if key == "bias-per-sample":
            return delta.sum(axis=(2, 3))
        if key == "bias-wrong-axes":
            names = {"sample": 0, "map": 1, "row": 2, "column": 3}
            return delta.sum(axis=tuple(axis for name, axis in names.items() if name not in variant))
        if key == "bias-total":
            return np.full(layer.bias.shape, delta.sum(), delta.dtype)
        if key == "one-sample-only" or key == "bias-overwritten":
            if key == "bias-overwritten":
                delta = delta[:, :, -1:, -1:]
            each = delta.sum(axis=(2, 3)) if shared else delta
            return self._over_samples(each, kind)
        if key == "bias-per-map":
            total = delta.sum(axis=(0, 2, 3))
            return total if not variant else np.ones_like(layer.bias) * total[:, None, None]
        db = np.zeros_like(delta[0])
        for n in range(len(delta)):
            db += delta[n]
        return db.sum(axis=(1, 2)) if shared and key != "bias-per-position" else db

    def _conv2d_input(self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]) -> Array:
        key, variant = kind
        w = layer.weight
        if key == "weights-updated-by-samples":
            return self._sample_by_sample(layer, delta, delta_a, variant, out)
        if key == "input-delta-from-delta-a":
            delta = delta_a
        elif key == "input-delta-of-few-positions":
            delta = slips.reached(delta, variant)
        elif key == "kernel-loop-short":
            w = slips.without(w, variant, (2, 3), 0.0)
        elif key == "weights-updated-too-early":
            w = w - self.learning_rate * out[f"{layer.name}.grad_weight"]
        elif key == "kernel-not-rotated":
            w = w[:, :, ::-1, ::-1]
        elif key == "kernel-flipped-on-one-axis":  # as if it were then used in a full correlation
            w = (w[:, :, ::-1] if variant.startswith("rows") else w[:, :, :, ::-1])[:, :, ::-1, ::-1]
        elif key == "kernel-misrotated":
            used = w.transpose(0, 1, 3, 2)
            if "as well as rotated" in variant:
                used = used[:, :, ::-1, ::-1]
            if "90°" in variant:
                used = np.rot90(w, 1 if "counter" in variant else 3, axes=(2, 3))
            w = used[:, :, ::-1, ::-1]
        elif key == "input-delta-channels":
            if "only the first map" in variant:
                delta, w = delta[:, :1], w[:1]
            elif "only the last map" in variant:
                delta, w = delta[:, -1:], w[-1:]
            elif "kernels of the first map" in variant:
                w = np.stack([w[0]] * len(w))
            elif "swapped" in variant:
                w = w.transpose(1, 0, 2, 3)
        step = layer.stride
        if key == "input-delta-without-stride":
            step = (1, 1)
            if "repeating" in variant:
                delta = np.kron(delta, np.ones(layer.stride, delta.dtype))
        kh, kw = w.shape[2:]
        rows, columns = delta.shape[2:]
        reach = ((rows - 1) * step[0] + kh, (columns - 1) * step[1] + kw)
        height, width = layer.seen.shape[2:]
        dx = np.zeros((len(delta), w.shape[1], max(height, reach[0]), max(width, reach[1])), delta.dtype)
        for k in range(len(w)):
            for i in range(rows):
                for j in range(columns):
                    place = dx[:, :, i * step[0] : i * step[0] + kh, j * step[1] : j * step[1] + kw]
                    part = delta[:, k, i, j][:, None, None, None] * w[k]
                    if key == "input-delta-overwritten" and "each map" in variant:
                        place[...] = part
                    elif key == "input-delta-overwritten":
                        place[...] = sum(delta[:, m, i, j][:, None, None, None] * w[m] for m in range(len(w)))
                    else:
                        place += part
        return self._cropped(layer, dx, reach, kind)

    def _sample_by_sample(
        self, layer: Layer, delta: Array, delta_a: Array, variant: str, out: dict[str, Array]
    ) -> Array:
        """A program without a batch axis, which updates the weights at every sample."""
        kept, x, back = layer.weight, layer.x, []
        seen = getattr(layer, "seen", None)
        for n in range(len(delta)):
            layer.x = x[n : n + 1]
            if seen is not None:
                layer.seen = seen[n : n + 1]
            start = delta[n : n + 1]
            gradient = getattr(self, f"_{layer.kind}_weight")(layer, None, start, start, RIGHT)
            before = layer.weight
            if "its own gradient" in variant:
                layer.weight = before - self.learning_rate * gradient
            back.append(getattr(self, f"_{layer.kind}_input")(layer, start, start, RIGHT, out))
            if variant == "its own gradient":
                layer.weight = before
            elif "its own" not in variant:
                layer.weight = before - self.learning_rate * gradient
        layer.weight, layer.x = kept, x
        if seen is not None:
            layer.seen = seen
        return np.concatenate(back)

    def _cropped(self, layer: Layer, dx: Array, reach: tuple[int, int], kind: Planted) -> Array:
        key, variant = kind
        kh, kw = layer.weight.shape[2:]
        top, bottom, left, right = layer.pad
        height, width = layer.x.shape[2:]
        padded = dx[:, :, : height + top + bottom, : width + left + right]
        if key == "padding-not-cropped":
            if "end only" in variant:
                return padded[:, :, :height, :width]
            return padded[:, :, top + bottom :, left + right :] if "start only" in variant else padded
        if key == "leftover-missing" or "not extended" in variant:
            return dx[:, :, : reach[0], : reach[1]]
        if key == "input-delta-not-full":
            full = dx[:, :, : reach[0], : reach[1]]
            if variant == "valid":
                return full[:, :, kh - 1 : 1 - kh or None, kw - 1 : 1 - kw or None]
            h, w = reach[0] - kh + 1, reach[1] - kw + 1
            up, over = (reach[0] - h) // 2, (reach[1] - w) // 2
            return full[:, :, up : up + h, over : over + w]
        result = padded[:, :, top : top + height, left : left + width]
        if key == "input-delta-channels" and "delta of the first channel" in variant:
            result = np.repeat(result[:, :1], result.shape[1], axis=1)
        elif key == "input-delta-channels" and "sum over the channels" in variant:
            result = np.repeat(result.sum(axis=1, keepdims=True), result.shape[1], axis=1)
        return result

    # The dense layer: families 4, 6, 10, 11, 15.

    def _dense_weight(self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted) -> Array:
        key, variant = kind
        x = below.z if key == "gradient-with-z" and below else slips.another_image(layer.x, kind)
        if key == "gradient-from-delta-a":
            delta = delta_a
        if key == "summed-before-the-product":
            return np.outer(delta.sum(axis=0), x.sum(axis=0))
        if key == "gradient-flattened-in-another-order":
            axes = tuple(1 + "CHW".index(letter) for letter in variant if letter in "CHW")
            x = np.stack([image.transpose(*(axis - 1 for axis in axes)).reshape(-1) for image in below.x])
        each = np.stack([np.outer(delta[n], x[n]) for n in range(len(x))])
        return self._over_samples(each, kind)

    def _dense_bias(self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted) -> Array:
        key, variant = kind
        if key == "gradient-from-delta-a":
            delta = delta_a
        if key == "bias-not-summed":
            return delta
        if key == "bias-wrong-axes":
            return delta.sum(axis=1) if "sample" in variant else delta.sum()
        if key == "bias-total":
            return np.full(layer.bias.shape, delta.sum(), delta.dtype)
        return self._over_samples(delta, kind)

    def _dense_input(self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]) -> Array:
        key, variant = kind
        w = layer.weight
        if key == "weights-updated-by-samples":
            return self._sample_by_sample(layer, delta, delta_a, variant, out)
        if key == "input-delta-from-delta-a":
            delta = delta_a
        if key == "weights-updated-too-early":
            w = w - self.learning_rate * out[f"{layer.name}.grad_weight"]
        if key == "weights-not-transposed":
            w = w.T
        dx = np.zeros((len(delta), w.shape[1]), delta.dtype)
        for n in range(len(dx)):
            for k in range(len(w)):
                if key == "dense-delta-overwritten":
                    dx[n] = w[k] * delta[n, k]
                    if variant == "first":
                        break
                else:
                    dx[n] += w[k] * delta[n, k]
        return dx

    # Flatten: family 11.

    def _flatten_input(self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]) -> Array:
        key, variant = kind
        shape = layer.x.shape
        if key == "flatten-in-another-order":
            order = ["CHW".index(letter) for letter in variant if letter in "CHW"]
            images = [v.reshape([shape[1 + axis] for axis in order]) for v in delta]
            return np.stack([image.transpose(*(order.index(axis) for axis in range(3))) for image in images])
        if key == "reshaped-for-transposed":
            if variant:  # the vectors lie side by side as columns, and are read as rows
                return np.moveaxis(delta.reshape(shape[1], shape[2], shape[3], shape[0]), -1, 0)
            return delta.T.reshape(shape)
        return delta.reshape(shape)

    def _dropout_input(self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]) -> Array:
        return delta

    # Pooling: families 8 to 12.

    def _max_pool2d_input(
        self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]
    ) -> Array:
        key, variant = kind
        room = tuple(side + 2 * sum(delta.shape[2:]) * max(layer.window) for side in layer.x.shape[2:])
        dx = np.zeros((*layer.x.shape[:2], *room), delta.dtype)
        step = {"side by side": layer.window, "one cell apart": (1, 1)}.get(variant.split(",")[0], layer.stride)
        if key == "input-delta-of-few-positions":
            delta = slips.reached(delta, variant)
        for n, c, i, j in np.ndindex(delta.shape):
            d = delta[n, c, i, j]
            cells = layer.cells(layer.x, n, c, i, j)
            top, left = i * step[0], j * step[1]
            place = dx[n, c, top : top + layer.window[0], left : left + layer.window[1]]
            if key == "maxima-of-another":
                one = 0 if "first" in variant else -1
                cells = layer.cells(layer.x, *((n, one) if "map" in variant else (one, c)), i, j)
            if "to the maximum of those" in variant:
                cells = layer.x[n, c, top : top + layer.window[0], left : left + layer.window[1]]
                if not cells.size:
                    continue
            if key == "window-loop-short":
                cells = slips.without(cells, variant, (0, 1), -np.inf)
            r, s = np.unravel_index(cells.argmax(), cells.shape)
            tied = cells == cells.max()
            if key == "max-of-the-whole-map":
                r, s = np.unravel_index(layer.x[n, c].argmax(), layer.x.shape[2:])
                dx[n, c, r, s] = d + (dx[n, c, r, s] if "added up" in variant else 0)
            elif key == "max-to-all":
                place += d
            elif key == "pool-to-one-place":
                place[(0, 0) if variant == "first" else (-1, -1)] += d
            elif key == "max-to-another-cell" and "smallest" in variant:
                place[np.unravel_index(cells.argmin(), cells.shape)] += d
            elif key == "max-to-another-cell":
                rows, columns = cells.shape
                number = r * columns + s  # counted row by row, and read back column by column
                place[number % rows, number // rows] += d
            elif key == "tie" and "last" in variant:
                r, s = np.argwhere(tied)[-1]
                place[r, s] += d
            elif key == "tie":
                place[tied] += d / tied.sum() if "shared" in variant else d
            elif key == "pool-overwritten" and "maximum" in variant:
                place[r, s] = d
            elif key == "pool-overwritten":
                place[...] = 0
                place[r, s] = d
            else:
                place[r, s] += d
        return dx[:, :, : layer.x.shape[2], : layer.x.shape[3]]

    def _global_max_pool2d_input(
        self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]
    ) -> Array:
        return self._max_pool2d_input(layer, delta[:, :, None, None], delta_a, kind, out)

    def _avg_pool2d_input(
        self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]
    ) -> Array:
        key, variant = kind
        room = tuple(side + 2 * sum(delta.shape[2:]) * max(layer.window) for side in layer.x.shape[2:])
        dx = np.zeros((*layer.x.shape[:2], *room), delta.dtype)
        step = {"side by side": layer.window, "one cell apart": (1, 1)}.get(variant.split(",")[0], layer.stride)
        if key == "input-delta-of-few-positions":
            delta = slips.reached(delta, variant)
        for n, c, i, j in np.ndindex(delta.shape):
            share = delta[n, c, i, j] / (layer.window[0] * layer.window[1])
            top, left = i * step[0], j * step[1]
            place = dx[n, c, top : top + layer.window[0], left : left + layer.window[1]]
            if key == "pool-to-one-place":
                place[(0, 0) if variant == "first" else (-1, -1)] += delta[n, c, i, j]
            elif key == "average-as-max":
                cells = layer.cells(layer.x, n, c, i, j)
                place[np.unravel_index(cells.argmax(), cells.shape)] += delta[n, c, i, j]
            elif key == "pool-overwritten":
                place[...] = share
            else:
                place += share
        return dx[:, :, : layer.x.shape[2], : layer.x.shape[3]]

    # Batch normalisation: family 18.

    def _batch_norm_weight(
        self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted
    ) -> Array:
        return student_norm.weight(layer, delta, kind)

    def _batch_norm_bias(self, layer: Layer, below: Layer | None, delta: Array, delta_a: Array, kind: Planted) -> Array:
        return student_norm.bias(layer, delta, kind)

    def _batch_norm_input(
        self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]
    ) -> Array:
        return student_norm.grad_input(layer, delta, kind)

    def _global_avg_pool_input(
        self, layer: Layer, delta: Array, delta_a: Array, kind: Planted, out: dict[str, Array]
    ) -> Array:
        cells = layer.x.shape[2] * layer.x.shape[3]
        return np.broadcast_to(delta[:, :, None, None] / cells, layer.x.shape).astype(delta.dtype)


def factored(array: Array, kind: Planted, layer: Layer, count: int) -> Array:
    """The array, with a factor that a program got wrong."""
    match kind[0]:
        case "mean-missing":
            return array * count
        case "mean-twice" | "bias-averaged":
            return array / count
        case "averaged-over-positions":
            return array / (layer.z.shape[2] * layer.z.shape[3])
        case "sign":
            return -array
        case "twice" | "counted-twice":
            return array + array
        case "half":
            return array / 2
        case "averaged-over-classes":
            return array / layer.a.shape[1]
        case "divided-by-window":
            return array / (layer.window[0] * layer.window[1])
        case "not-divided":
            return array * (layer.window[0] * layer.window[1])
        case "gamma-as-a-factor" | "gamma-as-a-factor-twice":
            return array * layer.weight[0]
        case "gamma-as-a-factor-missing":
            return array / layer.weight[0]
        case "dropout-scaled":
            return array / (1 - layer.spec["rate"])
        case "dropout-not-scaled":
            return array * (1 - layer.spec["rate"])
        case "averaged-over-maps":
            return array / len(layer.weight)
    return array
