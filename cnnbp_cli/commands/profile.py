"""`cnnbp profile`: where the time of a training step goes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.options import Json, Set, Threads, config_option


def profile(
    config: Annotated[Path, config_option("Config file (YAML).", show_default=False)],
    batch: Annotated[
        int | None,
        typer.Option(metavar="N", show_default=False, help="Batch size; short for --set train.batch_size=N."),
    ] = None,
    overrides: Set = None,
    threads: Threads = None,
    as_json: Json = False,
) -> None:
    """Profile a training step layer by layer: milliseconds, GFLOP/s, and the share of this machine's peak.

    Example:  cnnbp profile --config configs/seed.yaml --batch 64

    Needs no data set: the images are random. Saves nothing.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.profile import profile_document, show_profile
    from cnnbp_cli.training.profile import profile as measure

    batch_override = [] if batch is None else [f"train.batch_size={batch}"]
    loaded = load_config(config, [*(overrides or ()), *batch_override])
    measured = measure(loaded, loaded.train.batch_size, threads or usable_cores())
    if as_json:
        show_json(profile_document(measured, loaded.name))
    else:
        show_profile(Consoles.of_process().out, measured, loaded.name)
