"""`cnnbp runs`: what was trained here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.options import Json


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default="runs", help="The folder that holds the run folders.")
    ] = Path("runs"),
    as_json: Json = False,
) -> None:
    """List the runs, newest first: when, how far, how accurate; those too that have not ended or are broken.

    Example:  cnnbp runs
    """
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.runs import runs_document, show_runs
    from cnnbp_cli.training.listing import list_runs

    listed = list_runs(folder)
    if as_json:
        show_json(runs_document(folder, listed))
    else:
        show_runs(Consoles.of_process().out, folder, listed)
