"""What a student's program does wrong around a step: to δ before it, to the result after it, or in a loop.

Planted by `tests.support.student`; written, like that, without anything from the library.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Planted = tuple[str, str]


def reached(delta: Array, variant: str) -> Array:
    """δ (N, K, Ho, Wo) where a loop that ends early, or starts late, got to; 0 elsewhere."""
    kept = np.zeros_like(delta)
    rows, columns = delta.shape[2:]
    for n, k, i, j in np.ndindex(delta.shape):
        if "first sample" in variant and n > 0:
            break
        if "first map" in variant and k > 0:
            continue
        if "first window" in variant and (i, j) != (0, 0):
            continue
        if "first row of windows" in variant and i > 0:
            continue
        if "without the last" in variant and (
            ("row" in variant and i == rows - 1) or ("column" in variant and j == columns - 1)
        ):
            continue
        if "without the first" in variant and (("row" in variant and i == 0) or ("column" in variant and j == 0)):
            continue
        if variant.startswith("as many") and max(i, j) >= min(rows, columns):
            continue
        kept[n, k, i, j] = delta[n, k, i, j]
    return kept


def another_image(x: Array, kind: Planted) -> Array:
    """The images (N, C, H, W) that the gradient of the first layer was computed with."""
    key, variant = kind
    if key == "input-shifted":
        return x - x.dtype.type(0.3)
    if key == "channels-reversed":
        return x[:, ::-1]
    if key == "pixels-not-scaled":
        return 255 * x
    if key == "pixels-scaled-twice":
        return x / 255
    if key == "input-of-one-sample":
        return np.stack([x[0 if variant == "first" else -1]] * len(x))
    if key == "input-centred":
        if "each image" in variant:
            return np.stack([image - image.mean() for image in x])
        if "each channel" in variant:
            return np.stack([x[:, c] - x[:, c].mean() for c in range(x.shape[1])], axis=1)
        return x - x.mean(axis=0)
    return x


def part_of_slope(variant: str, z: Array, a: Array) -> Array:
    """What was multiplied in the place of f′(z)."""
    return {
        "a": lambda: a,
        "z": lambda: z,
        "1 − a": lambda: 1 - a,
        "(1 − a)²": lambda: (1 - a) * (1 - a),
        "1 + a²": lambda: 1 + a**2,
        "1 − z·a": lambda: 1 - z * a,
        "a(1 + a)": lambda: a * (1 + a),
        "z(1 − a)": lambda: z * (1 - a),
        "a(1 − z)": lambda: a * (1 - z),
        "1 − z": lambda: 1 - z,
    }[variant]()


def difference(variant: str, a: Array, z: Array, y: Array, labels: Array) -> Array:
    """What was taken in the place of a − y."""
    if variant.startswith("a alone"):
        return a
    if variant == "y alone":
        return -y
    if "squares" in variant:
        return (a - y) ** 2
    if "distances" in variant:
        return abs(a - y)
    if variant == "a − y at the true class only":
        return (a - y) * y
    if variant.startswith("a − label"):
        number = labels[:, None] + (1 if "from 1" in variant else 0)
        return (a - number) * (y if "true class" in variant else 1)
    if "targets −1 and 1" in variant:
        return a - np.where(y == 1, 1, -1)
    if "targets 0" in variant:
        low, high = (0.01, 0.99) if "0.99" in variant else (0.1, 0.9)
        return a - np.where(y == 1, high, low)
    if variant == "a + y":
        return a + y
    if "z − y" in variant:
        return z - y
    if "(a − y)/(a(1 − a))" in variant:
        return (a - y) / (a * (1 - a))
    return -y / a  # "−y/a, …"


def target(labels: Array, classes: int, kind: Planted) -> Array:
    """The one-hot target of each sample."""
    key, variant = kind
    y = np.zeros((len(labels), classes))
    for n, label in enumerate(labels):
        if key == "target-shifted":
            label = label + (1 if "too high" in variant else -1)
            if "none for" in variant and not 0 <= label < classes:
                continue
        elif key == "target-of-another-sample":
            other = {
                "the next sample": (n + 1) % len(labels),
                "the sample before": n - 1,
                "the first sample, for all": 0,
                "the last sample, for all": -1,
            }.get(variant, len(labels) - 1 - n)
            label = labels[other]
        y[n, label % classes] = 1
    return y


def spoilt(made: Array, kind: Planted, parameter: Array | None, previous: Array | None) -> Array:
    """A right result, after something that should not be done to it."""
    match kind:
        case "scrambled", _:
            return np.asarray(made.reshape(made.shape[::-1]).T.reshape(made.shape)[::-1])
        case "clipped-by-value", _:
            sizes = np.sort(abs(made[made != 0]))
            bound = sizes[2 * len(sizes) // 3]
            return made.clip(-bound, bound)
        case "clipped-by-norm", _:
            norm = np.sqrt((made.astype(np.float64) ** 2).sum())
            return (made * (0.03 / norm)).astype(made.dtype)
        case "entries-left-at-zero", _:
            left = made.copy()
            left.reshape(-1)[made.size // 2 + 1 :: 3] = 0
            return left
        case "dropout-on", _:
            return made * (np.random.default_rng(5).random(made.shape) > 0.4)
        case "weight-decay-added", _:
            return made + 0.03 * parameter
        case "l1-penalty-added", _:
            return made + 0.002 * np.sign(parameter)
        case "momentum-step", _:
            return made + 0.9 * previous
        case "last-batch-left-in", _:
            return made + previous
        case "adam-step", variant:
            m, v = np.zeros_like(made), np.zeros_like(made)
            steps = [made] if variant == "first" else [previous, made]
            for gradient in steps:
                m = 0.9 * m + 0.1 * gradient
                v = 0.999 * v + 0.001 * gradient**2
            t = len(steps)
            return 0.01 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
    return made


def without(array: Array, variant: str, axes: tuple[int, int], value: float) -> Array:
    """The array with `value` in the row or column of a window that a loop leaves out."""
    left = array.copy()
    place = -1 if "last" in variant else 0
    left.swapaxes(0, axes[0] if "row" in variant else axes[1])[place] = value
    return left
