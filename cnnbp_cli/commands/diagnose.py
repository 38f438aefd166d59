"""`cnnbp diagnose`: find the mistakes in a student's back-propagation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.options import Json
from cnnbp_cli.errors import CnnbpError, ExitCode

if TYPE_CHECKING:
    from cnnbp_cli.diagnosis.exchange import Exercise
    from cnnbp_cli.diagnosis.reports import Diagnosis


def diagnose(
    exercise: Annotated[
        Path,
        typer.Argument(
            metavar="EXERCISE",
            show_default=False,
            help="A file from cnnbp exercise make or cnnbp inspect-gradients --export.",
        ),
    ],
    mine: Annotated[
        Path,
        typer.Argument(
            metavar="MINE",
            show_default=False,
            help="Your deltas and gradients for it, as .npz or .json, or a folder of such files.",
        ),
    ],
    hint: Annotated[
        int,
        typer.Option(
            metavar="LEVEL",
            min=1,
            max=3,
            help="How much to show: 1 which tensors are wrong, 2 what kind of mistake, 3 everything.",
        ),
    ] = 3,
    as_json: Json = False,
) -> None:
    """Find the mistakes in your own back-propagation.

    MINE contains any of the exercise's NAME.delta, NAME.grad_weight, NAME.grad_bias and NAME.grad_input.
    The exit code is 0 if everything is right, 1 if something is wrong, and 2 if a file cannot be read.

    Example:  cnnbp diagnose exercise.npz mine.npz
    """
    from cnnbp_cli.diagnosis.exchange import read_exercise
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.diagnose import show_diagnosis
    from cnnbp_cli.show.diagnose_document import diagnosis_document, folder_document
    from cnnbp_cli.show.diagnose_table import show_folder
    from cnnbp_cli.show.json import show_json

    questions = read_exercise(exercise)
    out = Consoles.of_process().out
    if mine.is_dir():
        answers = _folder(questions, mine)
        if as_json:
            show_json(folder_document(exercise, mine, answers, hint=hint))
        else:
            show_folder(out, answers, hint=hint)
        failures = [isinstance(answer, CnnbpError) for answer in answers.values()]
        failed = any(not isinstance(answer, CnnbpError) and answer.failed for answer in answers.values())
    else:
        diagnosis = _one(questions, mine)
        if as_json:
            show_json(diagnosis_document(exercise, mine, diagnosis, hint=hint))
        else:
            show_diagnosis(out, diagnosis, hint=hint)
        failures, failed = [], diagnosis.failed
    if any(failures):
        raise typer.Exit(ExitCode.USAGE)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def _one(exercise: Exercise, path: Path) -> Diagnosis:
    from cnnbp_cli.diagnosis.diagnose import diagnose
    from cnnbp_cli.diagnosis.exchange import read_answers

    return diagnose(exercise, read_answers(path, exercise))


def _folder(exercise: Exercise, folder: Path) -> dict[str, Diagnosis | CnnbpError]:
    """The diagnosis of each submission in a folder, or why it has none."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in (".npz", ".json"))
    if not paths:
        raise CnnbpError("holds no .npz and no .json", where=str(folder), hint="Put one file per answer in it.")
    answers: dict[str, Diagnosis | CnnbpError] = {}
    for path in paths:
        try:
            answers[path.name] = _one(exercise, path)
        except CnnbpError as error:
            answers[path.name] = error
    return answers
