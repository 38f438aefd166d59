"""`cnnbp exercise`: exercises in back-propagation for implementations in any language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cnnbp_cli.commands.options import Force, Json, config_option, help_alone, output_option

app = typer.Typer(name="exercise")


@app.callback(invoke_without_command=True)
def exercise(context: typer.Context) -> None:
    """Make exercises in back-propagation for implementations in any language."""
    help_alone(context)


@app.command()
def make(
    output: Annotated[Path, output_option("File to write.", show_default=False)],
    config: Annotated[
        Path | None,
        config_option(
            "Make the exercise from this network.",
            show_default="a small network in which every known mistake gives other numbers",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Random seed of the images and the weights.")] = 0,
    file_format: Annotated[
        Literal["npz", "json"] | None,
        typer.Option("--format", show_default="json if FILE ends in .json, else npz", help="File format."),
    ] = None,
    questions_only: Annotated[
        bool, typer.Option("--questions-only", help="Leave out all deltas and gradients, to hand out to students.")
    ] = False,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write an exercise: a batch of images, a network, and its deltas and gradients.

    Example:  cnnbp exercise make -o exercise.npz

    Compute the same deltas and gradients with your own implementation;
    cnnbp diagnose then names the mistakes in them.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.diagnosis.exchange import format_of, pack
    from cnnbp_cli.diagnosis.exercise import alike, default_config, make_exercise
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise import exercise_document, show_exercise
    from cnnbp_cli.show.json import show_json

    refuse_existing(output, force=force)
    made = make_exercise(load_config(config) if config else default_config(), seed)
    write(output, pack(made, file_format or format_of(output), questions_only=questions_only))
    indistinct = list(alike(made))
    if as_json:
        show_json(exercise_document(output, made, indistinct, questions_only=questions_only))
    else:
        show_exercise(Consoles.of_process().out, output, made, indistinct, questions_only=questions_only)
