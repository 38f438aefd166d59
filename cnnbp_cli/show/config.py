"""`cnnbp config show`: the layers with their sizes, and all values."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import Config, dump_config, to_data
from cnnbp_cli.show.documents.config import ConfigDocument
from cnnbp_cli.show.layers_table import layer_lines, layer_sizes


def config_document(config: Config) -> ConfigDocument:
    """The same for programs."""
    layers = layer_sizes(config)
    return {
        "schema": "cnnbp.config/1",
        "layers": [
            {
                "name": layer.name,
                "type": layer.type,
                "output_shape": list(layer.output_shape),
                "parameters": layer.parameters,
                "multiply_adds": layer.multiply_adds,
            }
            for layer in layers
        ],
        "parameters": sum(layer.parameters for layer in layers),
        "multiply_adds": sum(layer.multiply_adds for layer in layers),
        "config": to_data(config),
    }


def show_config(console: Console, config: Config) -> None:
    """Print the layer table and the YAML; outside a terminal, the table as comments, so that the whole is YAML."""
    prefix = "" if console.is_terminal else "# "
    for line in layer_lines(config, console.width - len(prefix)):
        console.print(Text.assemble(prefix, line), soft_wrap=True)
    values = Text(dump_config(config, console.width) if console.is_terminal else dump_config(config))
    values.highlight_regex(r"\w+(?=:)", "cyan")
    console.print()
    console.print(values, end="", soft_wrap=True)
