"""Options that several commands share, each declared once; and the help of a group called without a command."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from cnnbp_cli.commands.completion import complete_checkpoint, complete_config
from cnnbp_cli.errors import ExitCode
from cnnbp_cli.files.paths import expanded

DATA_PANEL = "Data"
"""The panel of --help for the options that say where the images come from."""


def path(text: str) -> Path:
    """A path as typed, with `~` expanded."""
    return expanded(Path(text))


def config_option(help_text: str, **settings: Any) -> Any:
    """`--config FILE`, with the command's own help text."""
    return typer.Option(
        "--config", metavar="FILE", parser=path, help=help_text, autocompletion=complete_config, **settings
    )


def checkpoint_option(help_text: str, name: str = "--checkpoint", **settings: Any) -> Any:
    """`--checkpoint CKPT`, or another option that takes a checkpoint."""
    return typer.Option(
        name, metavar="CKPT", parser=path, help=help_text, autocompletion=complete_checkpoint, **settings
    )


def checkpoint_argument(**settings: Any) -> Any:
    """`CHECKPOINT`, as an argument."""
    return typer.Argument(
        metavar="CHECKPOINT",
        parser=path,
        help="Checkpoint (.npz) or run folder.",
        autocompletion=complete_checkpoint,
        **settings,
    )


def output_option(help_text: str, **settings: Any) -> Any:
    """`--output FILE`, `-o FILE`."""
    return typer.Option("--output", "-o", metavar="FILE", parser=path, help=help_text, **settings)


Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="KEY=VALUE",
        help="Override a config value: train.epochs=3, layers.0.filters=4. May be repeated.",
    ),
]

DataDir: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        parser=path,
        envvar="CNNBP_DATA_DIR",
        rich_help_panel=DATA_PANEL,
        show_default="data.dir of the config, ./data, or the MNIST that comes with cnnbp",
        help="Folder of the data set: four IDX files, or pictures per class; or the name of a published set.",
    ),
]

Mirror: TypeAlias = Annotated[
    str | None,
    typer.Option(metavar="URL", rich_help_panel=DATA_PANEL, help="If a download is needed, try this URL first."),
]

Offline: TypeAlias = Annotated[bool, typer.Option("--offline", rich_help_panel=DATA_PANEL, help="Never download.")]

Force: TypeAlias = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]

Hint: TypeAlias = Annotated[
    int,
    typer.Option(
        metavar="LEVEL",
        min=1,
        max=3,
        help="How much to show: 1 which tensors are wrong, 2 what kind of mistake, 3 everything.",
    ),
]

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]

Threads: TypeAlias = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        max=256,
        show_default="all usable cores",
        help="Number of cores to use; it changes only the speed.",
    ),
]

Workers: TypeAlias = Annotated[
    int | None,
    typer.Option(metavar="N", min=1, show_default="one per usable core", help="Number of processes on this machine."),
]

Scheduler: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        show_default=False,
        help="Use the workers of a Dask scheduler: tcp://host:8786, or a scheduler file (.json).",
    ),
]


def typed(context: typer.Context, name: str) -> bool:
    """Whether an option was given on the command line, not by its environment variable or its default."""
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def help_alone(context: typer.Context) -> None:
    """Show the help of a group of commands that was called without one."""
    if context.invoked_subcommand is None:
        print(context.get_help())
        raise typer.Exit(ExitCode.USAGE)
