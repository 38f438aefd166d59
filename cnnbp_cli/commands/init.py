"""`cnnbp init`: write a config to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_preset
from cnnbp_cli.commands.options import Force, Json, path
from cnnbp_cli.errors import CnnbpError


def init(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", show_default="PRESET.yaml", parser=path, help="File to write."),
    ] = None,
    preset: Annotated[
        str, typer.Option(metavar="NAME", autocompletion=complete_preset, help="Network to start from; see --list.")
    ] = "seed",
    show_list: Annotated[bool, typer.Option("--list", help="List the presets and exit.")] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a complete, commented config to start from.

    Example:  cnnbp init --preset lenet5

    Writes a JSON Schema next to it, with which editors check and complete the config.
    """
    import json

    from cnnbp_cli.commands.presets import presets
    from cnnbp_cli.config import config_schema
    from cnnbp_cli.config.problems import did_you_mean
    from cnnbp_cli.config.starter import SCHEMA_FILE, starter
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.init import init_document, init_list_document, show_init, show_init_list
    from cnnbp_cli.show.json import show_json

    out = Consoles.of_process().out
    known = presets()
    if show_list:
        if as_json:
            show_json(init_list_document(known))
        else:
            show_init_list(out, known)
        return
    if preset not in known:
        near = did_you_mean(preset, known)
        meant = f"Did you mean {near}? " if near else ""
        raise CnnbpError(
            f"there is no preset {preset!r}", where="--preset", hint=f"{meant}The presets are {', '.join(known)}."
        )
    target = file or Path(f"{preset}.yaml")
    if not target.parent.is_dir():
        raise CnnbpError("there is no such folder", where=str(target.parent), hint="Create it, or choose another file.")
    schema = target.with_name(SCHEMA_FILE)
    contents = {
        target: starter(known[preset].read_text(encoding="utf-8")).encode(),
        schema: (json.dumps(config_schema(), indent=2) + "\n").encode(),
    }
    refuse_existing(target, force=force)
    if schema.is_file() and schema.read_bytes() != contents[schema]:  # several configs of a folder share the schema
        refuse_existing(schema, force=force)
    for file_path, content in contents.items():
        write(file_path, content)
    if as_json:
        show_json(init_document(preset, target, schema))
    else:
        show_init(out, target, schema)
