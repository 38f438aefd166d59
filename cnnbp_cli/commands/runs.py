"""`cnnbp runs`: list the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.options import Json, path
from cnnbp_cli.errors import CnnbpError


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default="runs", parser=path, help="Folder that holds the run folders.")
    ] = Path("runs"),
    sort: Annotated[
        str,
        typer.Option(
            metavar="BY", help="saved, test, validation, epochs, name, or a config key such as train.batch_size."
        ),
    ] = "saved",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the runs as CSV.")] = False,
    as_json: Json = False,
) -> None:
    """List the runs, newest first, with their date, epochs, accuracy and the config values in which they differ.

    Example:  cnnbp runs --sort validation

    Unfinished and broken runs are listed too. cnnbp runs sweeps/NAME-NNN/runs lists those of a sweep.
    """
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.runs import runs_csv, runs_document, show_runs
    from cnnbp_cli.training.listing import list_runs, sort_runs

    if as_csv and as_json:
        raise CnnbpError("--csv and --json are two formats", hint="Give one of the two.")
    listed = sort_runs(list_runs(folder), sort)
    if as_csv:
        print(runs_csv(listed), end="")
    elif as_json:
        show_json(runs_document(folder, listed))
    else:
        show_runs(Consoles.of_process().out, folder, listed)
