"""`cnnbp config`: show or draw a config file, or show the schema of config files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cnnbp_cli.commands.completion import complete_config
from cnnbp_cli.commands.options import Force, Json, Set, help_alone, output_option, path

app = typer.Typer(name="config")


@app.callback(invoke_without_command=True)
def config(context: typer.Context) -> None:
    """Show or draw a config file, or show the schema."""
    help_alone(context)


ConfigFile: TypeAlias = Annotated[
    Path,
    typer.Argument(
        metavar="FILE", show_default=False, parser=path, help="Config file (YAML).", autocompletion=complete_config
    ),
]


@app.command()
def show(
    file: ConfigFile,
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
def draw(
    file: ConfigFile,
    output: Annotated[Path | None, output_option("File to write (SVG).", show_default="NAME.svg")] = None,
    overrides: Set = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Draw the network of a config as a diagram, for a thesis or slides: one SVG file.

    Example:  cnnbp config draw configs/lenet5.yaml -o lenet5.svg

    Feature maps are stacked sheets, to scale, with their shapes, layers and numbers of parameters.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.draw import draw_document, show_draw
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.diagram import diagram_file

    loaded = load_config(file, overrides or ())
    target = output or Path(f"{loaded.name}.svg")
    refuse_existing(target, force=force)
    write(target, diagram_file(loaded).encode())
    if as_json:
        show_json(draw_document(loaded, target))
    else:
        show_draw(Consoles.of_process().out, target)


@app.command()
def schema() -> None:
    """Print the JSON Schema of config files, for editors that check and complete them.

    Example:  cnnbp config schema > cnnbp.schema.json
    """
    from cnnbp_cli.config import config_schema
    from cnnbp_cli.show.json import show_json

    show_json(config_schema())
