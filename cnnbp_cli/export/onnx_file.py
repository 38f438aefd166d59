"""A network as ONNX: a graph of standard operators, with the weights in it.

The input is `images` (N, C, H, W), from 0 to 1; the output is `output` (N, classes), the network's own a: probabilities
if the last activation is a softmax. N is free. Each layer becomes the operators that its equation names, in textbook
order.

Source: https://onnx.ai/onnx/operators; operator set 13 has all of them, and tools from 2020 on read it.
"""

from __future__ import annotations

from onnx import checker, helper

from cnnbp_cli.export.onnx_graph import Graph
from cnnbp_cli.export.onnx_layers import LayerInput, add_activation, add_layer, check_exportable
from cnnbp_cli.network import Network, Parameters


def pack(network: Network, params: Parameters, facts: dict[str, str]) -> bytes:
    """The file's bytes, validated by `onnx.checker`; `facts` are its metadata.

    Raises
    ------
    CnnbpError
        A layer or an activation function cannot be expressed in ONNX; the message names all of them.
    """
    check_exportable(network)
    graph = Graph()
    x = "images"
    for step in network.steps:
        x = add_layer(step.layer, LayerInput(graph, step.name, params.of.get(step.name, {}), x, step.input_shape))
    if network.loss.absorbs:
        x = add_activation(network.loss.absorbs, graph, network.names[-1], x)
    graph.node("Identity", "output", [x], "output")
    model = graph.model(network)
    helper.set_model_props(model, facts)
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())
