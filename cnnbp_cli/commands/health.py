"""`cnnbp health`: how the layers of a run did over its epochs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_run
from cnnbp_cli.commands.options import Json, path


def health(
    run: Annotated[
        Path,
        typer.Argument(metavar="RUN", show_default=False, parser=path, help="Run folder.", autocompletion=complete_run),
    ],
    as_json: Json = False,
) -> None:
    """Show the gradients, weights and units of each layer over the epochs of a run, and what is wrong with them.

    Example:  cnnbp health runs/seed-001

    Works while the run is training, too.
    """
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.health import health_document, show_health
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.train import show_notes
    from cnnbp_cli.training.history import read_health

    consoles = Consoles.of_process()
    history = read_health(run)
    show_notes(consoles.err, history.notes)
    if as_json:
        show_json(health_document(history))
    else:
        show_health(consoles.out, history)
