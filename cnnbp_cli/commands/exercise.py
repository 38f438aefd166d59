"""`cnnbp exercise`: exercises in back-propagation, for implementations in any language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cnnbp_cli.commands.completion import complete_config
from cnnbp_cli.commands.options import Json, help_alone

app = typer.Typer(name="exercise")


@app.callback(invoke_without_command=True)
def exercise(context: typer.Context) -> None:
    """Exercises in back-propagation, for implementations in any language."""
    help_alone(context)


@app.command()
def make(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", show_default=False, help="Where to write.")],
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            show_default="a small network on which all mistakes differ",
            help="A network in YAML to make an exercise from.",
            autocompletion=complete_config,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Random seed of images and weights.")] = 0,
    file_format: Annotated[
        Literal["npz", "json"] | None,
        typer.Option("--format", show_default="json for a FILE.json, else npz", help="File format."),
    ] = None,
    questions_only: Annotated[
        bool, typer.Option("--questions-only", help="Leave out all deltas and gradients, for a class.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write an exercise: a batch, a network, and their deltas and gradients.

    Any implementation can compute the same deltas and gradients from the file;
    cnnbp diagnose then names what is wrong with them.

    Example:  cnnbp exercise make -o exercise.npz
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.diagnosis.exchange import format_of, pack
    from cnnbp_cli.diagnosis.exercise import alike, default_config, make_exercise
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise import exercise_document, show_exercise
    from cnnbp_cli.show.json import show_json

    made = make_exercise(load_config(config) if config else default_config(), seed)
    write(output, pack(made, file_format or format_of(output), questions_only=questions_only))
    indistinct = list(alike(made))
    if as_json:
        show_json(exercise_document(output, made, indistinct, questions_only=questions_only))
    else:
        show_exercise(Consoles.of_process().out, output, made, indistinct, questions_only=questions_only)
