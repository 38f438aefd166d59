"""The slow, plain reference: every equation as a loop over outputs, for the fast layers to be compared with.

All arrays are float64 and batch last: images (C, H, W, N), kernels (K, C, kh, kw), vectors (features, N), dense
weights (out, in), labels (N,). The loops run over the outputs of one image; the N images go side by side. Letters:
N batch, C channels, H W image, K maps, kh kw kernel, s stride. δ is ∂C/∂ of what the function returns.

A backward function follows from its forward function by the chain rule alone: where the forward pass reads
`x` at a place, the backward pass adds to ∂C/∂x at that same place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Pair = tuple[int, int]
Padding = tuple[int, int, int, int]  # rows of zeros above and below, columns left and right

LEAK = 0.01


def conv2d(
    x: Array, weight: Array, bias: Array | None = None, stride: Pair = (1, 1), padding: Padding = (0, 0, 0, 0)
) -> Array:
    """z_k[i,j] = Σ_c Σ_m Σ_n w_k[c,m,n] · o_c[i·s+m, j·s+n] + b, where o is x with zeros around.

    The kernel is not turned: a cross-correlation. b is b_k, one number a map, if `bias` is (K,), or b_k[i,j], one
    a position, if it is (K, Ho, Wo).
    """
    maps, _, kh, kw = weight.shape
    o = _padded(x, padding)
    rows, columns = _count(o.shape[1], kh, stride[0]), _count(o.shape[2], kw, stride[1])
    z = np.zeros((maps, rows, columns, x.shape[3]))
    for k in range(maps):
        for i in range(rows):
            for j in range(columns):
                window = o[:, i * stride[0] : i * stride[0] + kh, j * stride[1] : j * stride[1] + kw]  # C, kh, kw, N
                z[k, i, j] = (weight[k][..., None] * window).sum(axis=(0, 1, 2))
                if bias is not None:
                    z[k, i, j] += bias[k] if bias.ndim == 1 else bias[k, i, j]
    return z


def conv2d_backward(
    delta: Array,
    x: Array,
    weight: Array,
    bias: Array | None = None,
    stride: Pair = (1, 1),
    padding: Padding = (0, 0, 0, 0),
) -> tuple[Array, Array | None, Array]:
    """The gradients of the kernels and of the bias (None without one), and the delta of the input.

    ∂C/∂w_k[c,m,n] = Σ_i Σ_j δ_k[i,j] · o_c[i·s+m, j·s+n]
    ∂C/∂b_k        = Σ_i Σ_j δ_k[i,j]            for one a position: ∂C/∂b_k[i,j] = δ_k[i,j]
    ∂C/∂o_c[p,q]   = Σ_k Σ_i Σ_j δ_k[i,j] · w_k[c, p−i·s, q−j·s]   over the outputs whose window holds (p, q);
                     for s = 1, with m = p−i and n = q−j: Σ_k Σ_m Σ_n δ_k[p−m, q−n] · w_k[c,m,n]

    The first two are summed over the batch. ∂C/∂x is ∂C/∂o without the border of zeros.
    """
    maps, rows, columns, _ = delta.shape
    kh, kw = weight.shape[2:]
    o = _padded(x, padding)
    grad_weight, grad_o = np.zeros(weight.shape), np.zeros(o.shape)
    grad_bias = None if bias is None else np.zeros(bias.shape)
    for k in range(maps):
        for i in range(rows):
            for j in range(columns):
                window = np.s_[:, i * stride[0] : i * stride[0] + kh, j * stride[1] : j * stride[1] + kw]
                d = delta[k, i, j]  # N
                grad_weight[k] += (d * o[window]).sum(axis=3)
                grad_o[window] += d * weight[k][..., None]
                if grad_bias is not None:
                    grad_bias[k if grad_bias.ndim == 1 else (k, i, j)] += d.sum()
    top, _, left, _ = padding
    return grad_weight, grad_bias, grad_o[:, top : top + x.shape[1], left : left + x.shape[2]]


def max_pool2d(x: Array, window: Pair, stride: Pair) -> Array:
    """y_c[i,j] = max_{r,q} x_c[i·s+r, j·s+q] over 0 ≤ r < ph, 0 ≤ q < pw."""
    y = np.zeros(_pooled(x, window, stride))
    for c, i, j in np.ndindex(*y.shape[:3]):
        y[c, i, j] = _window(x, c, i, j, window, stride).max(axis=(0, 1))
    return y


def max_pool2d_backward(delta: Array, x: Array, window: Pair, stride: Pair) -> Array:
    """∂C/∂x_c[p,q] = Σ δ_c[i,j] over the windows in which (p, q) is the maximum.

    Of equal maxima the first, row by row, has it all.
    """
    dx = np.zeros(x.shape)
    for c, i, j in np.ndindex(*delta.shape[:3]):
        for n in range(x.shape[3]):
            cells = _window(x, c, i, j, window, stride)[..., n].ravel()  # row by row
            r, q = divmod(int(np.flatnonzero(cells == cells.max())[0]), window[1])
            dx[c, i * stride[0] + r, j * stride[1] + q, n] += delta[c, i, j, n]
    return dx


def avg_pool2d(x: Array, window: Pair, stride: Pair) -> Array:
    """y_c[i,j] = 1/(ph·pw) Σ_{r,q} x_c[i·s+r, j·s+q]."""
    y = np.zeros(_pooled(x, window, stride))
    for c, i, j in np.ndindex(*y.shape[:3]):
        y[c, i, j] = _window(x, c, i, j, window, stride).mean(axis=(0, 1))
    return y


def avg_pool2d_backward(delta: Array, x: Array, window: Pair, stride: Pair) -> Array:
    """∂C/∂x_c[p,q] = 1/(ph·pw) Σ δ_c[i,j] over the windows that hold (p, q)."""
    dx = np.zeros(x.shape)
    for c, i, j in np.ndindex(*delta.shape[:3]):
        _window(dx, c, i, j, window, stride)[...] += delta[c, i, j] / (window[0] * window[1])
    return dx


def global_avg_pool(x: Array) -> Array:
    """y_k = 1/M Σ_i Σ_j x_k[i,j]."""
    y = np.zeros((len(x), x.shape[3]))
    for k in range(len(x)):
        for i, j in np.ndindex(x.shape[1:3]):
            y[k] += x[k, i, j] / (x.shape[1] * x.shape[2])
    return y


def global_avg_pool_backward(delta: Array, x: Array) -> Array:
    """∂C/∂x_k[i,j] = δ_k / M."""
    dx = np.zeros_like(x)
    for k in range(len(x)):
        for i, j in np.ndindex(x.shape[1:3]):
            dx[k, i, j] += delta[k] / (x.shape[1] * x.shape[2])
    return dx


def global_max_pool2d(x: Array) -> Array:
    """y_k = max_ij x_k[i,j]."""
    y = np.zeros((len(x), x.shape[3]))
    for k, n in np.ndindex(*y.shape):
        y[k, n] = max(x[k, :, :, n].flat)
    return y


def global_max_pool2d_backward(delta: Array, x: Array) -> Array:
    """∂C/∂x_k[i,j] = δ_k where (i, j) is the maximum; of equal maxima the first, row by row, gets it all."""
    dx = np.zeros(x.shape)
    for k, n in np.ndindex(*delta.shape):
        cells = list(x[k, :, :, n].flat)  # row by row
        i, j = divmod(cells.index(max(cells)), x.shape[2])
        dx[k, i, j, n] += delta[k, n]
    return dx


def batch_norm(x: Array, weight: Array, bias: Array, epsilon: float) -> Array:
    """z = γ x̂ + β with x̂ = (x − μ) / √(v + ε), a channel at a time, over all of its numbers in the batch."""
    z = np.zeros_like(x)
    for c in range(len(x)):
        mean = sum(x[c].flat) / x[c].size
        variance = sum((value - mean) ** 2 for value in x[c].flat) / x[c].size
        z[c] = weight[c] * (x[c] - mean) / (variance + epsilon) ** 0.5 + bias[c]
    return z


def batch_norm_backward(
    delta: Array, x: Array, weight: Array, bias: Array, epsilon: float
) -> tuple[Array, Array, Array]:
    """The gradients of γ and β, and ∂C/∂x by the chain rule through x̂, v and μ, as Ioffe and Szegedy print it.

    ∂C/∂x̂ = δ γ,   ∂C/∂v = Σ ∂C/∂x̂ (x − μ) · −½ (v + ε)^−3/2,   ∂C/∂μ = Σ ∂C/∂x̂ · −1/σ
    ∂C/∂x = ∂C/∂x̂ / σ + ∂C/∂v · 2 (x − μ) / m + ∂C/∂μ / m
    """
    grad_weight, grad_bias, dx = np.zeros_like(weight), np.zeros_like(bias), np.zeros_like(x)
    for c in range(len(x)):
        m = x[c].size
        centred = x[c] - sum(x[c].flat) / m
        sigma = (sum(value**2 for value in centred.flat) / m + epsilon) ** 0.5
        grad_weight[c] = sum((delta[c] * centred / sigma).flat)
        grad_bias[c] = sum(delta[c].flat)
        d_hat = delta[c] * weight[c]
        d_variance = sum((d_hat * centred).flat) * -0.5 * sigma**-3
        d_mean = sum(d_hat.flat) * -1 / sigma
        dx[c] = d_hat / sigma + d_variance * 2 * centred / m + d_mean / m
    return grad_weight, grad_bias, dx


def dense(x: Array, weight: Array, bias: Array | None = None) -> Array:
    """z_k = Σ_j w_kj · x_j + b_k."""
    z = np.zeros((weight.shape[0], x.shape[1]))
    for k, j in np.ndindex(*weight.shape):
        z[k] += weight[k, j] * x[j]
    return z if bias is None else z + bias[:, None]


def dense_backward(
    delta: Array, x: Array, weight: Array, bias: Array | None = None
) -> tuple[Array, Array | None, Array]:
    """∂C/∂w_kj = Σ_n δ_k x_j,  ∂C/∂b_k = Σ_n δ_k (None without a bias),  ∂C/∂x_j = Σ_k w_kj · δ_k."""
    grad_weight, dx = np.zeros(weight.shape), np.zeros(x.shape)
    for k, j in np.ndindex(*weight.shape):
        grad_weight[k, j] = (delta[k] * x[j]).sum()
        dx[j] += weight[k, j] * delta[k]
    return grad_weight, None if bias is None else delta.sum(axis=1), dx


def activation(name: str, z: Array) -> Array:
    """a = f(z), number by number; softmax over the first axis: a_k = e^z_k / Σ_j e^z_j."""
    if name == "softmax":
        return np.exp(z) / np.exp(z).sum(axis=0)
    return FUNCTIONS[name][0](z)


def activation_backward(name: str, delta: Array, z: Array) -> Array:
    """∂C/∂z = ∂C/∂a ⊙ f′(z), for delta = ∂C/∂a; softmax: ∂C/∂z_j = Σ_k ∂C/∂a_k · a_k (1[k = j] − a_j)."""
    if name != "softmax":
        return delta * FUNCTIONS[name][1](z)
    a = activation(name, z)
    dz = np.zeros(z.shape)
    for j in range(len(a)):
        for k in range(len(a)):
            dz[j] += delta[k] * a[k] * ((k == j) - a[j])
    return dz


def _sigmoid(z: Array) -> Array:
    return 1 / (1 + np.exp(-z))


FUNCTIONS: dict[str, tuple[Callable[[Array], Array], Callable[[Array], Array]]] = {
    "sigmoid": (_sigmoid, lambda z: _sigmoid(z) * (1 - _sigmoid(z))),
    "tanh": (np.tanh, lambda z: 1 - np.tanh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: np.where(z > 0, 1, 0)),
    "leaky_relu": (lambda z: np.where(z > 0, z, LEAK * z), lambda z: np.where(z > 0, 1, LEAK)),
}
"""f and f′ of the activations that work number by number; at a kink, f′ from the left."""


def one_hot(labels: Array, classes: int) -> Array:
    """y (classes, N): 1 at the label, else 0."""
    y = np.zeros((classes, len(labels)))
    for n, label in enumerate(labels):
        y[label, n] = 1
    return y


def mse(a: Array, labels: Array) -> tuple[float, Array]:
    """C = 1/N Σ_n ½‖a − y‖², and ∂C/∂a = 1/N (a − y)."""
    difference = a - one_hot(labels, len(a))
    return float((0.5 * difference**2).sum() / len(labels)), difference / len(labels)


def softmax_cross_entropy(z: Array, labels: Array) -> tuple[float, Array]:
    """C = 1/N Σ_n −ln a_label with a = softmax(z), and ∂C/∂z = 1/N (a − y)."""
    a = activation("softmax", z)
    cost = sum(-np.log(a[label, n]) for n, label in enumerate(labels)) / len(labels)
    return float(cost), (a - one_hot(labels, len(a))) / len(labels)


def sigmoid_cross_entropy(z: Array, labels: Array) -> tuple[float, Array]:
    """C = 1/N Σ_n Σ_k −[y_k ln a_k + (1 − y_k) ln(1 − a_k)] with a = σ(z), and ∂C/∂z = 1/N (a − y)."""
    a = activation("sigmoid", z)
    y = one_hot(labels, len(a))
    cost = -(y * np.log(a) + (1 - y) * np.log(1 - a)).sum() / len(labels)
    return float(cost), (a - y) / len(labels)


def _padded(x: Array, padding: Padding) -> Array:
    top, bottom, left, right = padding
    return np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))


def _count(side: int, window: int, step: int) -> int:
    """How many windows begin and end inside."""
    return len(range(0, side - window + 1, step))


def _pooled(x: Array, window: Pair, stride: Pair) -> tuple[int, ...]:
    channels, height, width, batch = x.shape
    return channels, _count(height, window[0], stride[0]), _count(width, window[1], stride[1]), batch


def _window(x: Array, c: int, i: int, j: int, window: Pair, stride: Pair) -> Array:
    """Window (i, j) of channel c, as a view (ph, pw, N)."""
    return x[c, i * stride[0] : i * stride[0] + window[0], j * stride[1] : j * stride[1] + window[1]]
