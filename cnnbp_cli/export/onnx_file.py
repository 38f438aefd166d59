"""A network as ONNX: a graph of standard operators, with the weights in it.

The input is `images` (N, C, H, W), from 0 to 1; the output is `output` (N, classes), the network's own a: probabilities
if the last activation is a softmax. N is free. Each layer becomes the operators that its equation names, in textbook
order.

Source: https://onnx.ai/onnx/operators; operator set 13 has all of them, and tools from 2020 on read it.
"""

from __future__ import annotations

from functools import singledispatchmethod
from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, numpy_helper

import cnnbp_cli
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.layers.activation import Activation
from cnnbp_cli.layers.base import Layer
from cnnbp_cli.layers.batch_norm import BatchNorm
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.dropout import Dropout
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import LEAK, ActivationName
from cnnbp_cli.layers.global_pooling import GlobalAvgPool
from cnnbp_cli.layers.pooling import AvgPool2D, MaxPool2D, Pool2D
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.numerics.arrays import Array, Shape

OPERATOR_SET = 13
IR_VERSION = 7
"""The version of the file format that came with this set of operators."""

_ACTIVATIONS: dict[ActivationName, tuple[str, dict[str, Any]]] = {
    "sigmoid": ("Sigmoid", {}),
    "tanh": ("Tanh", {}),
    "relu": ("Relu", {}),
    "leaky_relu": ("LeakyRelu", {"alpha": LEAK}),
    "softmax": ("Softmax", {"axis": 1}),
}


def pack(network: Network, params: Parameters, facts: dict[str, str]) -> bytes:
    """The file's bytes, validated by `onnx.checker`; `facts` are its metadata."""
    graph = _Graph()
    x = "images"
    for step in network.steps:
        x = graph.add(step.layer, step.name, params.of.get(step.name, {}), x, step.input_shape)
    if network.loss.absorbs:
        x = graph.activation(network.loss.absorbs, network.names[-1], x)
    graph.node("Identity", "output", [x], "output")
    model = graph.model(network)
    helper.set_model_props(model, facts)
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Graph:
    """The operators and weights so far. Values are named after the layers: conv1.z, conv1.a."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def model(self, network: Network) -> ModelProto:
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *network.input_shape])
        output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", *network.output_shape])
        return helper.make_model(
            helper.make_graph(self._nodes, "cnnbp", [images], [output], self._weights),
            producer_name="cnnbp",
            producer_version=cnnbp_cli.__version__,
            opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
            ir_version=IR_VERSION,
        )

    def node(self, operator: str, name: str, inputs: list[str], gives: str, **attributes: Any) -> str:
        """Add an operator; return the name of its value."""
        self._nodes.append(helper.make_node(operator, inputs, [gives], name=name, **attributes))
        return gives

    def weight(self, name: str, array: Array) -> str:
        """Add a constant; return its name."""
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name

    def weights(self, name: str, params: dict[str, Array], *which: str) -> list[str]:
        """Add those of the named parameters that the layer has; return their names."""
        return [self.weight(f"{name}.{one}", params[one]) for one in which if one in params]

    def activation(self, function: ActivationName, name: str, x: str) -> str:
        operator, attributes = _ACTIVATIONS[function]
        return self.node(operator, f"{name}.{function}", [x], f"{name}.a", **attributes)

    @singledispatchmethod
    def add(self, layer: Layer, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        """Add a layer with the input `x` (N, *shape); return the name of its output."""
        raise CnnbpError(f"{name}: layers of this type cannot be exported to ONNX")

    @add.register
    def _(self, layer: Activation, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        return self.activation(layer.activation, name, x)

    @add.register
    def _(self, layer: Conv2D, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        border = layer.border(shape)
        where = {
            "kernel_shape": layer.kernel,
            "strides": layer.steps,
            "pads": (border.top, border.left, border.bottom, border.right),
        }
        if layer.bias != "per_position":
            return self.node("Conv", name, [x, *self.weights(name, params, "weight", "bias")], f"{name}.z", **where)
        z = self.node("Conv", name, [x, *self.weights(name, params, "weight")], f"{name}.w*x", **where)
        return self.node("Add", f"{name}.add_bias", [z, *self.weights(name, params, "bias")], f"{name}.z")

    @add.register
    def _(self, layer: Dense, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        return self.node("Gemm", name, [x, *self.weights(name, params, "weight", "bias")], f"{name}.z", transB=1)

    @add.register
    def _(self, layer: Pool2D, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        operator = {MaxPool2D: "MaxPool", AvgPool2D: "AveragePool"}[type(layer)]
        return self.node(operator, name, [x], f"{name}.a", kernel_shape=layer.window, strides=layer.steps)

    @add.register
    def _(self, layer: GlobalAvgPool, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        means = self.node("GlobalAveragePool", name, [x], f"{name}.means")
        return self.node("Flatten", f"{name}.flatten", [means], f"{name}.a", axis=1)

    @add.register
    def _(self, layer: BatchNorm, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        given = self.weights(name, params, "weight", "bias", "running_mean", "running_var")
        return self.node("BatchNormalization", name, [x, *given], f"{name}.z", epsilon=layer.epsilon)

    @add.register
    def _(self, layer: Flatten, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        return self.node("Flatten", name, [x], f"{name}.a", axis=1)

    @add.register
    def _(self, layer: Dropout, name: str, params: dict[str, Array], x: str, shape: Shape) -> str:
        return x  # outside training, dropout is the identity
