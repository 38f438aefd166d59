"""`cnnbp exercise`: exercises in back-propagation for implementations in any language."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from cnnbp_cli.commands.exercise_students import make_for_students
from cnnbp_cli.commands.options import Force, Json, Workers, config_option, help_alone, output_option, path
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from cnnbp_cli.diagnosis.exchange import Exercise

app = typer.Typer(name="exercise")

ExerciseFile: TypeAlias = Annotated[
    Path, typer.Argument(metavar="FILE", show_default=False, parser=path, help="Exercise (.npz or .json).")
]

Answers: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--answers", metavar="FILE", parser=path, help="Also write a complete, right submission (.npz or .json)."
    ),
]


@app.callback(invoke_without_command=True)
def exercise(context: typer.Context) -> None:
    """Make and show exercises in back-propagation for implementations in any language."""
    help_alone(context)


@app.command()
def make(
    output: Annotated[Path, output_option("File to write; with --students, a folder.", show_default=False)],
    config: Annotated[
        Path | None,
        config_option(
            "Make the exercise from this network.",
            show_default="a small network in which every known mistake gives other numbers",
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=0,
            show_default="drawn, and printed",
            help="Random seed of the images and the weights: the same seed makes the same exercise.",
        ),
    ] = None,
    file_format: Annotated[
        Literal["npz", "json"] | None,
        typer.Option("--format", show_default="json if FILE ends in .json, else npz", help="File format."),
    ] = None,
    questions_only: Annotated[
        bool, typer.Option("--questions-only", help="Leave out all deltas and gradients, to hand out to students.")
    ] = False,
    handout: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=path, help="Also write the exercise without its answers, for students."),
    ] = None,
    students: Annotated[
        Path | None,
        typer.Option(metavar="CSV", parser=path, help="Make one exercise per student of this class list."),
    ] = None,
    answers: Answers = None,
    starter: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=path, help="Also write a program to start from, see cnnbp exercise starter."
        ),
    ] = None,
    workers: Workers = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write an exercise: a batch of images, a network, and its deltas and gradients.

    Example:  cnnbp exercise make -o exercise.npz

    Compute the same deltas and gradients with your own implementation;
    cnnbp diagnose then names the mistakes in them.
    """
    from cnnbp_cli.config import load_config
    from cnnbp_cli.diagnosis.drawing import draw, random_seeds
    from cnnbp_cli.diagnosis.exchange import format_of, pack
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.numerics.threads import limit_threads
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise import exercise_document, show_exercise, show_starter
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.starters.python import python_starter

    network = load_config(config) if config else None
    if students:
        if questions_only or handout or answers or starter:
            hint = "Leave out --questions-only, --handout, --answers and --starter."
            raise CnnbpError("every student gets a file without answers", where="--students", hint=hint)
        make_for_students(students, output, network, seed, file_format or "npz", workers, force=force, as_json=as_json)
        return
    refuse_existing(output, handout, answers, starter, force=force)
    limit_threads(1)  # its matrices are too small for more
    drawn = draw(network, random_seeds() if seed is None else [seed])
    written = file_format or format_of(output)
    write(output, pack(drawn.exercise, written, questions_only=questions_only, seed=drawn.seed))
    if handout:
        write(handout, pack(drawn.exercise, file_format or format_of(handout), questions_only=True))
    _write_answers(drawn.exercise, answers)
    if starter:
        given = handout or output
        write(starter, python_starter(drawn.exercise, starter, given, file_format or format_of(given)).encode())
    if as_json:
        show_json(exercise_document(output, drawn, handout, questions_only=questions_only))
    else:
        show_exercise(
            Consoles.of_process().out,
            output,
            drawn.exercise,
            drawn.indistinct,
            questions_only=questions_only,
            seed=drawn.seed,
            handout=handout,
        )
        if starter:
            show_starter(Consoles.of_process().out, handout or output, starter)


@app.command()
def show(
    exercise: ExerciseFile,
    answers: Answers = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Show the arrays of an exercise: their names, shapes and meaning.

    Example:  cnnbp exercise show exercise.npz
    """
    from cnnbp_cli.diagnosis.exchange import has_answers, read_exercise
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise_contents import exercise_contents_document, show_exercise_contents
    from cnnbp_cli.show.json import show_json

    refuse_existing(answers, force=force)
    read = read_exercise(exercise)
    if answers and not has_answers(exercise, read):
        hint = "Use the teacher's file, which contains them."
        raise CnnbpError("is a handout: it was made without its answers", where=str(exercise), hint=hint)
    _write_answers(read, answers)
    if as_json:
        show_json(exercise_contents_document(exercise, read))
    else:
        show_exercise_contents(Consoles.of_process().out, exercise, read)


@app.command()
def starter(
    exercise: ExerciseFile,
    output: Annotated[Path, output_option("File to write.")] = Path("my_backprop.py"),
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Write a program to start from, with an open function for each step of the backward pass.

    Example:  cnnbp exercise starter exercise.npz -o my_backprop.py

    The program (Python, NumPy) reads the exercise, runs the forward pass in plain loops and checks it,
    runs the steps of the backward pass that you have written, and saves their results for cnnbp diagnose.
    Each step has its equation and its shapes in its docstring.
    """
    from cnnbp_cli.diagnosis.exchange import read_exercise
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise import show_starter, starter_document
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.starters.python import python_starter, read_format

    refuse_existing(output, force=force)
    read = read_exercise(exercise)
    write(output, python_starter(read, output, exercise, read_format(exercise)).encode())
    if as_json:
        show_json(starter_document(exercise, output, read))
    else:
        show_starter(Consoles.of_process().out, exercise, output)


def _write_answers(exercise: Exercise, file: Path | None) -> None:
    """Write the right submission where `--answers` says."""
    from cnnbp_cli.diagnosis.exchange import format_of, pack_answers
    from cnnbp_cli.files.durable import write

    if file:
        write(file, pack_answers(exercise, format_of(file)))
