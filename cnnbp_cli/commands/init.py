"""`cnnbp init`: a config to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_preset
from cnnbp_cli.commands.options import Json
from cnnbp_cli.errors import CnnbpError


def init(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default="PRESET.yaml in this folder", help="Where to write it."),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(metavar="NAME", autocompletion=complete_preset, help="The network to begin with; see --list."),
    ] = "seed",
    show_list: Annotated[bool, typer.Option("--list", help="Show the presets instead, and what each is.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    as_json: Json = False,
) -> None:
    """Write a config to begin with: a whole network that trains as it is, every key explained.

    Example:  cnnbp init --preset lenet5

    Beside it a JSON Schema is written, by which editors complete and check the config.
    """
    import json

    from cnnbp_cli.commands.presets import presets
    from cnnbp_cli.config import config_schema
    from cnnbp_cli.config.problems import did_you_mean
    from cnnbp_cli.config.starter import SCHEMA_FILE, starter
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.init import presets_document, show_presets, show_written, written_document
    from cnnbp_cli.show.json import show_json

    out = Consoles.of_process().out
    known = presets()
    if show_list:
        if as_json:
            show_json(presets_document(known))
        else:
            show_presets(out, known)
        return
    if preset not in known:
        near = did_you_mean(preset, known)
        meant = f"Did you mean {near}? " if near else ""
        raise CnnbpError(
            f"there is no preset {preset}", where="--preset", hint=f"{meant}The presets are {', '.join(known)}."
        )
    target = file or Path(f"{preset}.yaml")
    if not target.parent.is_dir():
        raise CnnbpError("there is no such folder", where=str(target.parent), hint="Make it, or name another.")
    schema = target.with_name(SCHEMA_FILE)
    contents = {
        target: starter(known[preset].read_text(encoding="utf-8")).encode(),
        schema: (json.dumps(config_schema(), indent=2) + "\n").encode(),
    }
    for path, content in contents.items():
        if path.exists() and not force and (path == target or path.read_bytes() != content):
            raise CnnbpError(
                "is there already", where=str(path), hint="Name another file, or replace what is there with --force."
            )
    for path, content in contents.items():
        write(path, content)
    if as_json:
        show_json(written_document(preset, target, schema))
    else:
        show_written(out, target, schema)
