"""The layers of a network, from the image to the output: shapes, parameters, work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rich.text import Text

from cnnbp_cli.config import Config, to_data
from cnnbp_cli.config.limits import parameter_counts
from cnnbp_cli.network import Network
from cnnbp_cli.show.columns import Column, fitting, header, row

TITLES = {
    "layer": "layer",
    "type": "type",
    "output": "output",
    "parameters": "parameters",
    "multiply_adds": "multiply-adds\nan image",
}
WORDS = {"layer", "type", "output"}
RANKS = {"type": 1, "multiply_adds": 2}


def layer_lines(config: Config, width: int) -> Iterator[Text]:
    """The lines of the table, no wider than `width` where that can be."""
    rows = list(_rows(config))
    columns = fitting(
        [
            Column(
                key,
                title,
                max(len(text) for text in (*title.split("\n"), *(cells[key] for cells in rows))),
                rank=RANKS.get(key, 0),
                left=key in WORDS,
            )
            for key, title in TITLES.items()
        ],
        width,
    )
    *body, total = (row(columns, cells) for cells in rows)
    yield from (Text(line, style="bold") for line in header(columns))
    yield from map(Text, body)
    yield Text(total, style="bold")


def _rows(config: Config) -> Iterator[dict[str, str]]:
    network = Network(config.input, config.layers, config.loss)
    shapes = network.output_shapes()
    parameters = parameter_counts(network)
    work: Counter[str] = Counter()
    for step in network.steps:
        work[step.name] += step.layer.multiply_adds(step.input_shape)
    yield _cells("input", "", config.input)
    for name, layer in zip(network.names, to_data(config)["layers"], strict=True):
        yield _cells(name, layer["type"], shapes[name], parameters[name], work[name])
    yield _cells("total", "", (), parameters.total(), work.total())


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
