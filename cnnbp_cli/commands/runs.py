"""`cnnbp runs`: list the runs of a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.options import Json, path


def runs(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", show_default="runs", parser=path, help="Folder that holds the run folders.")
    ] = Path("runs"),
    as_json: Json = False,
) -> None:
    """List the runs, newest first, with their date, epochs and accuracy; including unfinished and broken ones.

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
