"""`cnnbp evaluate`: how good a saved network is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.completion import complete_checkpoint
from cnnbp_cli.commands.images import Split, find_images, load_split
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, Threads


def evaluate(
    checkpoint: Annotated[
        Path | None,
        typer.Argument(
            metavar="CHECKPOINT",
            show_default="best.npz of the newest run in ./runs",
            help="A .npz file of cnnbp train, or a run folder.",
            autocompletion=complete_checkpoint,
        ),
    ] = None,
    split: Annotated[
        Split,
        typer.Option(help="The images to measure on; the train and validation images are those of the run."),
    ] = "test",
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Measure a saved network: loss, accuracy, precision and recall of each digit, confusion matrix.

    Example:  cnnbp evaluate runs/seed-001/best.npz --split validation
    """
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.evaluate import evaluation_document, show_evaluation
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.evaluate import evaluate as measure
    from cnnbp_cli.training.runs import find_checkpoint

    consoles = Consoles.of_process()
    saved = load_checkpoint(find_checkpoint(checkpoint))
    folder = find_images(saved.config, consoles.err, data_dir=data_dir, mirror=mirror, offline=offline)
    images, places = load_split(folder, saved.config, split, saved.data)
    evaluation = measure(saved.network, saved.state.params, images, places, threads=threads or usable_cores())
    if as_json:
        show_json(evaluation_document(evaluation, checkpoint=saved.path, split=split))
    else:
        show_evaluation(consoles.out, evaluation, checkpoint=saved.path, split=split)
