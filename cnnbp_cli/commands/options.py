"""Options that several commands have, declared once, and what a group of commands says when no command is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from cnnbp_cli.errors import ExitCode

DATA = "Data"
"""The panel of --help for the options that say where the images come from."""

Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Take this value instead of the config's: train.epochs=3, layers.0.filters=4. May be given repeatedly.",
    ),
]

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="CNNBP_DATA_DIR",
        rich_help_panel=DATA,
        help="Folder that holds the four IDX files. Without it: data.dir of the config, ./data, then the user's "
        "cache, into which MNIST (12 MB) is downloaded once.",
    ),
]

Mirror: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="URL", rich_help_panel=DATA, help="Where to look first, should a download be needed."),
]

Offline: TypeAlias = Annotated[bool, typer.Option("--offline", rich_help_panel=DATA, help="Never download.")]

Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as one JSON document on stdout, for programs.")
]

Threads: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        show_default=False,
        help="Threads to compute on. Without it, as many as pay: a small network trains fastest on one.",
    ),
]


def help_alone(context: typer.Context) -> None:
    """Show the help of a group of commands that was called without one."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
