"""`cnnbp evaluate`: measure how good a trained network is."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cnnbp_cli.commands.images import ImageSource, Split, load_split
from cnnbp_cli.commands.options import DataDir, Json, Mirror, Offline, Threads, checkpoint_argument


def evaluate(
    checkpoint: Annotated[Path | None, checkpoint_argument(show_default="best.npz of the newest run in ./runs")] = None,
    split: Annotated[
        Split,
        typer.Option(help="Images to evaluate on; train and validation are the split of the run."),
    ] = "test",
    threads: Threads = None,
    as_json: Json = False,
    data_dir: DataDir = None,
    mirror: Mirror = None,
    offline: Offline = False,
) -> None:
    """Evaluate a trained network: loss, accuracy, precision and recall per class, confusion matrix.

    Example:  cnnbp evaluate runs/seed-001/best.npz --split validation
    """
    from cnnbp_cli.numerics.threads import usable_cores
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.evaluate import evaluate_document, show_evaluate
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.train import show_notes
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.evaluate import evaluate as measure
    from cnnbp_cli.training.finite import check_outputs
    from cnnbp_cli.training.runs import find_checkpoint

    consoles = Consoles.of_process()
    saved = load_checkpoint(find_checkpoint(checkpoint))
    folder, notes = ImageSource(data_dir, mirror, offline).find_trained_on(saved, split, consoles.err)
    images, places = load_split(folder, saved.config, split)
    evaluation = measure(saved.network, saved.state.params, images, places, threads=threads or usable_cores())
    check_outputs(evaluation.loss, saved.path)
    show_notes(consoles.err, notes)
    if as_json:
        show_json(evaluate_document(evaluation, checkpoint=saved.path, split=split))
    else:
        show_evaluate(consoles.out, evaluation, checkpoint=saved.path, split=split)
