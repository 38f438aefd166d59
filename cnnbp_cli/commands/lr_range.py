"""`cnnbp lr-range`: a short training with a growing learning rate, and the rate that it suggests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.images import ImageSource
from cnnbp_cli.commands.options import (
    DataDir,
    Force,
    Json,
    Mirror,
    Offline,
    Set,
    Threads,
    config_option,
    output_option,
)
from cnnbp_cli.errors import CnnbpError


def lr_range(
    config: Annotated[Path, config_option("Config file (YAML).", show_default=False)],
    overrides: Set = None,
    lowest: Annotated[float, typer.Option("--min", metavar="RATE", help="Rate of the first step.")] = 1e-4,
    highest: Annotated[float, typer.Option("--max", metavar="RATE", help="Rate of the last step.")] = 10.0,
    steps: Annotated[int, typer.Option(metavar="N", min=20, max=100_000, help="Number of steps.")] = 500,
    output: Annotated[Path | None, output_option("Also write the chart as an HTML page.")] = None,
    force: Force = False,
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Suggest a learning rate: train some hundred steps with a growing rate, and see where the loss is lowest.

    Example:  cnnbp lr-range --config configs/tiny.yaml

    The suggestion is a quarter of the rate at which the smoothed loss is lowest (Smith, 2017). Saves nothing.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.lr_range import lr_range_document, lr_range_page, show_lr_range
    from cnnbp_cli.show.report.document import show_page
    from cnnbp_cli.training.data import Data
    from cnnbp_cli.training.lr_range import learning_rate_range

    if not 0 < lowest < highest < float("inf"):
        raise CnnbpError(f"--min must be above 0 and below --max; got {lowest:g} and {highest:g}", where="--min, --max")
    refuse_existing(output, force=force)
    consoles = Consoles.of_process()
    loaded = load_config(config, overrides or ())
    data = Data.read(ImageSource(data_dir, mirror, offline).find(loaded, consoles.err), loaded)
    found = learning_rate_range(
        loaded, data, lowest=lowest, highest=highest, steps=steps, threads=threads or usable_cores()
    )
    if output:
        write(output, lr_range_page(found, loaded).encode())
    if as_json:
        show_json(lr_range_document(found, loaded))
        return
    show_lr_range(consoles.out, found, loaded, config)
    if output:
        show_page(consoles.out, output)
