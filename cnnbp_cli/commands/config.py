"""`cnnbp config`: show a config file, or the schema of config files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_config
from cnnbp_cli.commands.options import Json, Set, help_alone, path

app = typer.Typer(name="config")


@app.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    """Show a config file, or its schema."""
    help_alone(context)


@app.command()
def show(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", show_default=False, parser=path, help="Config file (YAML).", autocompletion=complete_config
        ),
    ],
    overrides: Set = None,
    as_json: Json = False,
) -> None:
    """Show the layers of a config with their shapes and sizes, and all values with the defaults filled in.

    Example:  cnnbp config show configs/seed.yaml --set layers.0.filters=6

    In a pipe or a file, the layers are comments, so that the output is itself a config.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.show.config import config_document, show_config
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json

    loaded = load_config(file, overrides or ())
    if as_json:
        show_json(config_document(loaded))
    else:
        show_config(Consoles.of_process().out, loaded)


@app.command()
def schema() -> None:
    """Print the JSON Schema of config files, for editors that check and complete them.

    Example:  cnnbp config schema > cnnbp.schema.json
    """
    from cnnbp_cli.config import config_schema
    from cnnbp_cli.show.json import show_json

    show_json(config_schema())
