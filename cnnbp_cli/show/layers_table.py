"""The layers of a network, from the image to the output: shapes, parameters, multiply-adds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from cnnbp_cli.config import Config, to_data
from cnnbp_cli.config.limits import parameter_counts
from cnnbp_cli.network import Network
from cnnbp_cli.show.columns import TableColumn, fitting, header, row

TITLES = {
    "layer": "layer",
    "type": "type",
    "output": "output",
    "parameters": "parameters",
    "multiply_adds": "multiply-adds\nper image",
}
LEFT_ALIGNED = {"layer", "type", "output"}
RANKS = {"type": 1, "multiply_adds": 2}
"""How soon a column is left out on a narrow console; the others stay."""


def layer_lines(config: Config, width: int) -> Iterator[Text]:
    """The lines of the table, no wider than `width` if possible."""
    rows = list(_rows(config))
    columns = fitting(
        [
            TableColumn(
                key,
                title,
                max(len(text) for text in (*title.split("\n"), *(cells[key] for cells in rows))),
                rank=RANKS.get(key, 0),
                left=key in LEFT_ALIGNED,
            )
            for key, title in TITLES.items()
        ],
        width,
    )
    *body, total = (row(columns, cells) for cells in rows)
    yield from (Text(line, style="bold") for line in header(columns))
    yield from map(Text, body)
    yield Text(total, style="bold")


@dataclass(frozen=True)
class LayerSize:
    """The output shape of a layer, its number of parameters, and of multiply-adds for one image."""

    name: str
    type: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int


def layer_sizes(config: Config) -> list[LayerSize]:
    """The layers, from the image to the output."""
    network = Network(config.input, config.layers, config.loss)
    shapes = network.output_shapes()
    parameters = parameter_counts(network)
    multiply_adds: Counter[str] = Counter()
    for step in network.steps:
        multiply_adds[step.name] += step.layer.multiply_adds(step.input_shape)
    return [
        LayerSize(name, layer["type"], shapes[name], parameters[name], multiply_adds[name])
        for name, layer in zip(network.names, to_data(config)["layers"], strict=True)
    ]


def _rows(config: Config) -> Iterator[dict[str, str]]:
    sizes = layer_sizes(config)
    yield _cells("input", "", config.input)
    for size in sizes:
        yield _cells(size.name, size.type, size.output_shape, size.parameters, size.multiply_adds)
    yield _cells("total", "", (), sum(size.parameters for size in sizes), sum(size.multiply_adds for size in sizes))


def _cells(
    layer: str, kind: str, shape: tuple[int, ...], parameters: int = 0, multiply_adds: int = 0
) -> dict[str, str]:
    return {
        "layer": layer,
        "type": kind,
        "output": "×".join(map(str, shape)),
        "parameters": f"{parameters:,}" if parameters else "",
        "multiply_adds": f"{multiply_adds:,}" if multiply_adds else "",
    }
