"""Each type of layer as ONNX operators: one function per layer class, which `add_layer` finds.

A new layer needs one function here, decorated with `@add_layer.register`. Without it, networks that hold the layer
cannot be exported to ONNX, and the error says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.export.onnx_graph import Graph
from cnnbp_cli.layers import LAYER_TYPES
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import LEAK, ActivationName
from cnnbp_cli.layers.global_pooling import GlobalAvgPool, GlobalMaxPool2D
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D, Pool2D
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Array, Shape

ACTIVATIONS: dict[ActivationName, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAK}),
    "softmax": ("Softmax", {"axis": 1}),
}
"""The operator of each activation function, with its attributes."""


@dataclass(frozen=True)
class LayerInput:
    """Where a layer is in the graph.

    Attributes
    ----------
    graph
        The graph to add to.
    name, params
        The layer's name and arrays.
    x, shape
        The name of its input, (N, *shape).
    """

    graph: Graph
    name: str
    params: dict[str, Array]
    x: str
    shape: Shape

    def weights(self, *names: str) -> list[str]:
        """Add those of the named arrays that the layer has; return their names."""
        return [self.graph.weight(f"{self.name}.{one}", self.params[one]) for one in names if one in self.params]


@singledispatch
def add_layer(layer: Layer, at: LayerInput) -> str:
    """Add a layer's operators to the graph; return the name of its output."""
    raise NotImplementedError


def add_activation(function: ActivationName, graph: Graph, name: str, x: str) -> str:
    """Add an activation function; return the name of its output."""
    operator, attributes = ACTIVATIONS[function]
    return graph.node(operator, f"{name}.{function}", [x], f"{name}.a", **attributes)


def check_exportable(network: Network) -> None:
    """Raise CnnbpError if a layer or an activation function of the network has no operators here."""
    unknown = add_layer.dispatch(Layer)
    problems = [
        f"{name} ({layer.type})"
        for name, layer in zip(network.names, network.layers, strict=True)
        if add_layer.dispatch(type(layer)) is unknown
    ]
    problems += [
        f"{name} (activation {layer.function.name})"
        for name, layer in zip(network.names, network.layers, strict=True)
        if layer.function and layer.function.name not in ACTIVATIONS
    ]
    if problems:
        exportable = [kind for kind, layer in LAYER_TYPES.items() if add_layer.dispatch(layer) is not unknown]
        raise CnnbpError(
            f"ONNX export does not know {', '.join(problems)}",
            hint=f"It knows the layer types {', '.join(exportable)} and the activations {', '.join(ACTIVATIONS)}. "
            "`--format safetensors` writes the parameters of any network.",
        )


@add_layer.register
def _(layer: Activation, at: LayerInput) -> str:
    return add_activation(layer.activation, at.graph, at.name, at.x)


@add_layer.register
def _(layer: Conv2D, at: LayerInput) -> str:
    border = layer.border(at.shape)
    where = {
        "kernel_shape": layer.kernel,
        "strides": layer.steps,
        "pads": (border.top, border.left, border.bottom, border.right),
    }
    if layer.bias != "per_position":
        return at.graph.node("Conv", at.name, [at.x, *at.weights("weight", "bias")], f"{at.name}.z", **where)
    z = at.graph.node("Conv", at.name, [at.x, *at.weights("weight")], f"{at.name}.w*x", **where)
    return at.graph.node("Add", f"{at.name}.add_bias", [z, *at.weights("bias")], f"{at.name}.z")


@add_layer.register
def _(layer: Dense, at: LayerInput) -> str:
    return at.graph.node("Gemm", at.name, [at.x, *at.weights("weight", "bias")], f"{at.name}.z", transB=1)


@add_layer.register
def _(layer: MaxPool2D, at: LayerInput) -> str:
    return _pooled("MaxPool", layer, at)


@add_layer.register
def _(layer: AvgPool2D, at: LayerInput) -> str:
    return _pooled("AveragePool", layer, at)


def _pooled(operator: str, layer: Pool2D, at: LayerInput) -> str:
    return at.graph.node(operator, at.name, [at.x], f"{at.name}.a", kernel_shape=layer.window, strides=layer.steps)


@add_layer.register
def _(layer: GlobalAvgPool, at: LayerInput) -> str:
    return _pooled_to_vector("GlobalAveragePool", at)


@add_layer.register
def _(layer: GlobalMaxPool2D, at: LayerInput) -> str:
    return _pooled_to_vector("GlobalMaxPool", at)


def _pooled_to_vector(operator: str, at: LayerInput) -> str:
    pooled = at.graph.node(operator, at.name, [at.x], f"{at.name}.1x1")
    return at.graph.node("Flatten", f"{at.name}.flatten", [pooled], f"{at.name}.a", axis=1)


@add_layer.register
def _(layer: BatchNorm, at: LayerInput) -> str:
    arrays = at.weights("weight", "bias", "running_mean", "running_var")
    return at.graph.node("BatchNormalization", at.name, [at.x, *arrays], f"{at.name}.z", epsilon=layer.epsilon)


@add_layer.register
def _(layer: Flatten, at: LayerInput) -> str:
    return at.graph.node("Flatten", at.name, [at.x], f"{at.name}.a", axis=1)


@add_layer.register
def _(layer: Dropout, at: LayerInput) -> str:
    return at.x  # outside training, dropout is the identity
