"""`cnnbp diagnose`: find the mistakes in a student's back-propagation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.options import Json, path
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
            parser=path,
            help="File written by cnnbp exercise make or cnnbp inspect-gradients --export.",
        ),
    ],
    mine: Annotated[
        Path,
        typer.Argument(
            metavar="MINE",
            show_default=False,
            parser=path,
            help="File with your deltas and gradients (.npz, .npy, .json or .mat), or a folder of such files.",
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
    tensor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What MINE contains, if it is one array without a name (.npy).", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Name the mistakes in your own back-propagation.

    Example:  cnnbp diagnose exercise.npz mine.npz

    MINE holds any of the exercise's NAME.delta, NAME.grad_weight, NAME.grad_bias and NAME.grad_input.
    Usual names such as dW1 or conv1.dW are understood, and the output says how they were read.
    NAME.z and NAME.a, the values before and after the activation, are judged first; they may be submitted alone.
    Exits with 0 if everything is correct, 1 if something is wrong, 2 if a file cannot be read.
    """
    from cnnbp_cli.diagnosis.exchange import read_exercise
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.diagnose import show_diagnose
    from cnnbp_cli.show.diagnose_document import diagnose_document, diagnose_folder_document
    from cnnbp_cli.show.diagnose_table import show_diagnose_folder
    from cnnbp_cli.show.json import show_json

    questions = read_exercise(exercise)
    out = Consoles.of_process().out
    if mine.is_dir():
        if tensor:
            raise CnnbpError("--tensor needs a file", where=str(mine), hint="Leave it out, or name one file.")
        answers = _folder(questions, mine)
        if as_json:
            show_json(diagnose_folder_document(exercise, mine, answers, hint=hint))
        else:
            show_diagnose_folder(out, answers, hint=hint)
        unreadable = any(isinstance(answer, CnnbpError) for answer in answers.values())
        failed = any(not isinstance(answer, CnnbpError) and answer.failed for answer in answers.values())
    else:
        diagnosis = _one(questions, mine, tensor)
        if as_json:
            show_json(diagnose_document(exercise, mine, diagnosis, hint=hint))
        else:
            show_diagnose(out, diagnosis, hint=hint)
        unreadable, failed = False, diagnosis.failed
    if unreadable:
        raise typer.Exit(ExitCode.USAGE)
    if failed:
        raise typer.Exit(ExitCode.FAILED)


def _one(exercise: Exercise, file: Path, tensor: str | None = None) -> Diagnosis:
    from cnnbp_cli.diagnosis.answers import read_answers
    from cnnbp_cli.diagnosis.diagnose import diagnose

    return diagnose(exercise, read_answers(file, exercise, tensor=tensor))


def _folder(exercise: Exercise, folder: Path) -> dict[str, Diagnosis | CnnbpError]:
    """The diagnosis of each answer in a folder, or the error of reading it."""
    from cnnbp_cli.config.problems import either
    from cnnbp_cli.diagnosis.array_file import SUFFIXES

    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise CnnbpError(f"holds no {either(SUFFIXES)} file", where=str(folder), hint="Put one file per answer in it.")
    answers: dict[str, Diagnosis | CnnbpError] = {}
    for file in files:
        try:
            answers[file.name] = _one(exercise, file)
        except CnnbpError as error:
            answers[file.name] = error
        except Exception as error:  # one answer must not keep a class from its results
            problem = f"cannot be judged: {type(error).__name__}: {error}. Please report this."
            answers[file.name] = CnnbpError(problem, where=str(file))
    return answers
