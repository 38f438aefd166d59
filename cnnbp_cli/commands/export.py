"""`cnnbp export`: write a trained network as a file for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.options import Force, Json, checkpoint_argument, output_option
from cnnbp_cli.export.formats import FormatName


def export(
    checkpoint: Annotated[Path, checkpoint_argument()],
    file_format: Annotated[FormatName, typer.Option("--format", help="File format.")],
    output: Annotated[Path | None, output_option("File to write.", show_default="NAME.FORMAT")] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Export a trained network: ONNX to run it elsewhere, safetensors to load its parameters.

    Example:  cnnbp export runs/seed-001/best.npz --format onnx
    """
    from cnnbp_cli.export.formats import FORMATS
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.export import export_document, show_export
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.runs import find_checkpoint

    saved = load_checkpoint(find_checkpoint(checkpoint))
    target = output or Path(f"{saved.config.name}.{file_format}")
    refuse_existing(target, force=force)
    form = FORMATS[file_format]
    data = form.pack(saved)
    write(target, data)
    if as_json:
        show_json(export_document(target, saved, form, len(data)))
    else:
        show_export(Consoles.of_process().out, target, saved, form, len(data))
