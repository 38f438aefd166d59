"""An ONNX graph as it grows: operators, and the weights they read."""

from __future__ import annotations

from typing import Any

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from cnnbp_cli import __version__
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.arrays import Array

OPERATOR_SET = 13
IR_VERSION = 7
"""The version of the file format that came with this set of operators."""


class Graph:
    """The operators and weights so far. Values are named after the layers: conv1.z, conv1.a."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._weights: list[Any] = []

    def model(self, network: Network) -> ModelProto:
        """The graph as a model, with the network's input and output."""
        images = helper.make_tensor_value_info("images", TensorProto.FLOAT, ["N", *network.input_shape])
        output = helper.make_tensor_value_info("output", TensorProto.FLOAT, ["N", *network.output_shape])
        return helper.make_model(
            helper.make_graph(self._nodes, "cnnbp", [images], [output], self._weights),
            producer_name="cnnbp",
            producer_version=__version__,
            opset_imports=[helper.make_opsetid("", OPERATOR_SET)],
            ir_version=IR_VERSION,
        )

    def node(self, operator: str, name: str, inputs: list[str], output: str, **attributes: Any) -> str:
        """Add an operator; return the name of its output."""
        self._nodes.append(helper.make_node(operator, inputs, [output], name=name, **attributes))
        return output

    def weight(self, name: str, array: Array) -> str:
        """Add a constant; return its name."""
        self._weights.append(numpy_helper.from_array(np.ascontiguousarray(array, np.float32), name))
        return name
