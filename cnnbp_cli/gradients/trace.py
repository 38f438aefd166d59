"""The exact pass that keeps everything: every z, a, δ and gradient of one batch, in float64.

It runs the same `forward` and `backward` of the same layers as training does, and copies what passes between
them. Noise (dropout) is off; layers that normalise go by the batch, as in training.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnbp_cli.layers.base import Layer
from cnnbp_cli.network import Network, Parameters, Step, Worker
from cnnbp_cli.network.worker import Observer
from cnnbp_cli.numerics.arrays import Array


@dataclass(frozen=True)
class LayerTrace:
    """What one layer computed in the forward and in the backward pass. All arrays are float64, batch last.

    Attributes
    ----------
    name, layer
        As in the config.
    params
        The layer's parameters.
    input
        The layer's input: the a of the layer before it, or the images.
    z
        Before the activation; the same as `a` in a layer without one.
    a
        The layer's output.
    delta_a
        ∂C/∂a; None for a last layer whose activation the loss applies, since the loss returns its ∂C/∂z.
    delta
        δ = ∂C/∂z. In a layer without an activation, ∂C/∂a.
    grads
        ∂C/∂parameter by name, each of its parameter's shape.
    grad_input
        ∂C/∂input, which is `delta_a` of the layer before it.
    """

    name: str
    layer: Layer
    params: dict[str, Array]
    input: Array
    z: Array
    a: Array
    delta_a: Array | None
    delta: Array
    grads: dict[str, Array]
    grad_input: Array


@dataclass(frozen=True)
class Trace:
    """A whole pass, forward and backward.

    Attributes
    ----------
    network, params
        What was run.
    input, labels
        Images (C, H, W, N) and their classes (N,).
    target
        The one-hot y, (classes, N).
    cost
        C: the mean of the samples' costs.
    layers
        From the first to the last.
    """

    network: Network
    params: Parameters
    input: Array
    labels: Array
    target: Array
    cost: float
    layers: tuple[LayerTrace, ...]

    @property
    def answers(self) -> Array:
        """(N,): the class with the largest output, the first of equals."""
        return self.layers[-1].a.argmax(axis=0)

    def layer(self, name: str) -> LayerTrace:
        """The trace of the layer of this name; KeyError where there is none."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(name)


def trace(network: Network, params: Parameters, images: Array, labels: Array) -> Trace:
    """Run images (C, H, W, N) with labels (N,) forward and backward through the network in float64; keep everything."""
    x = np.ascontiguousarray(images, np.float64)
    exact = params.astype(np.float64)
    grads = exact.like()
    worker = Worker(network, training=True)
    outputs: dict[tuple[str, str], Array] = {}
    deltas: dict[tuple[str, str], Array] = {}

    def keep(kept: dict[tuple[str, str], Array]) -> Observer:
        def observe(step: Step, array: Array) -> None:
            kept[step.name, step.gives] = array.copy()

        return observe

    output = worker.forward(exact, x, keep(outputs))
    cost = worker.loss(output, labels) / labels.size
    answer = network.loss.activate(output).copy()
    grad_input = worker.backward(
        exact, worker.loss_delta(1 / labels.size), grads, need_input=True, observe=keep(deltas)
    )
    assert grad_input is not None

    target = np.zeros_like(answer)
    target[labels, np.arange(labels.size)] = 1
    layers = []
    below, delta_below = x, grad_input.copy()
    for name, layer in zip(network.names, network.layers, strict=True):
        z = outputs.get((name, "z"), outputs.get((name, "a")))
        a = outputs.get((name, "a"), answer)
        delta_a = deltas.get((name, "a"))
        delta = deltas.get((name, "z"), delta_a)
        if z is None:  # a last activation layer that the loss applies: its z is its input
            z, delta = below, delta_below
        assert delta is not None
        layers.append(
            LayerTrace(
                name=name,
                layer=layer,
                params=_learnt(exact, name, layer, below),
                input=below,
                z=z,
                a=a,
                delta_a=delta_a,
                delta=delta,
                grads=_learnt(grads, name, layer, below),
                grad_input=delta_below,
            )
        )
        below = a
        delta_below = delta if delta_a is None else delta_a
    return Trace(network, exact, x, labels, target, cost, tuple(layers))


def _learnt(params: Parameters, name: str, layer: Layer, x: Array) -> dict[str, Array]:
    """A layer's own arrays without its state, which has no gradient."""
    own = params.of.get(name, {})
    return {parameter: own[parameter] for parameter in layer.parameter_shapes(x.shape[:-1])}
