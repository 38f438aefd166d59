"""A config with everything that follows from it: the layers with their sizes, and all values."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from cnnbp_cli.config import Config, dump_config
from cnnbp_cli.show.layers_table import layer_lines


def show_config(console: Console, config: Config) -> None:
    """Print the layer table and the YAML; where no person watches, the table as comments: the whole is YAML then."""
    prefix = "" if console.is_terminal else "# "
    for line in layer_lines(config, console.width - len(prefix)):
        console.print(Text.assemble(prefix, line), soft_wrap=True)
    values = Text(dump_config(config))
    values.highlight_regex(r"\w+(?=:)", "cyan")
    console.print()
    console.print(values, end="", soft_wrap=True)
