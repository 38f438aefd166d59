"""`cnnbp export`: a trained network as a file for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cnnbp_cli.commands.completion import complete_checkpoint
from cnnbp_cli.commands.options import Json
from cnnbp_cli.errors import CnnbpError


def export(
    checkpoint: Annotated[
        Path,
        typer.Argument(
            metavar="CHECKPOINT",
            help="A .npz file of cnnbp train, or a run folder.",
            autocompletion=complete_checkpoint,
        ),
    ],
    file_format: Annotated[Literal["onnx", "safetensors"], typer.Option("--format", help="The kind of file.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE", show_default="NAME.FORMAT here", help="Where to write."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a trained network for other tools: ONNX to run it, safetensors to load its parameters.

    Example:  cnnbp export runs/seed-001/best.npz --format onnx
    """
    from cnnbp_cli.export.formats import FORMATS
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.export import export_document, show_export
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.runs import find_checkpoint

    saved = load_checkpoint(find_checkpoint(checkpoint))
    path = output or Path(f"{saved.config.name}.{file_format}")
    if path.exists() and not force:
        raise CnnbpError(
            "there is a file of this name", where=str(path), hint="Replace it with --force, or name another with -o."
        )
    form = FORMATS[file_format]
    data = form.pack(saved)
    write(path, data)
    if as_json:
        show_json(export_document(path, saved, form, len(data)))
    else:
        show_export(Consoles.of_process().out, path, saved, form, len(data))
