"""`cnnbp diagnose`: find the mistakes in a student's back-propagation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cnnbp_cli.commands.options import Force, Hint, Json, path
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
    hint: Hint = 3,
    tensor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="What MINE contains, if it is one array without a name (.npy).", show_default=False
        ),
    ] = None,
    html: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            parser=path,
            help="Also write an HTML page: each wrong tensor as pictures, yours beside the right one, with the sum "
            "behind its worst entry.",
        ),
    ] = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Name the mistakes in your own back-propagation.

    Example:  cnnbp diagnose exercise.npz mine.npz

    MINE holds any of the exercise's NAME.delta, NAME.grad_weight, NAME.grad_bias and NAME.grad_input.
    Usual names such as dW1 or conv1.dW are understood, and the output says how they were read.
    NAME.z and NAME.a, the values before and after the activation, are judged first; they may be submitted alone.
    Exits with 0 if everything is correct, 1 if something is wrong, 2 if a file cannot be read.
    """
    from cnnbp_cli.diagnosis.answers import read_answers
    from cnnbp_cli.diagnosis.diagnose import diagnose
    from cnnbp_cli.diagnosis.exchange import read_exercise
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.diagnose import show_diagnose
    from cnnbp_cli.show.diagnose_document import diagnose_document
    from cnnbp_cli.show.json import show_json
    from cnnbp_cli.show.report.document import show_page

    refuse_existing(html, force=force)
    if mine.is_dir():
        if tensor or html:
            option = "--tensor" if tensor else "--html"
            raise CnnbpError(f"{option} needs a file", where=str(mine), hint="Leave it out, or name one file.")
        _folder(exercise, mine, hint, as_json=as_json)
        return
    questions = read_exercise(exercise)
    diagnosis = diagnose(questions, read_answers(mine, questions, tensor=tensor))
    if html:
        write_diagnosis_page(html, questions, diagnosis, exercise, mine, hint)
    if as_json:
        show_json(diagnose_document(exercise, mine, diagnosis, hint=hint))
    else:
        show_diagnose(Consoles.of_process().out, diagnosis, hint=hint)
        if html:
            show_page(Consoles.of_process().out, html)
    if diagnosis.failed:
        raise typer.Exit(ExitCode.FAILED)


def write_diagnosis_page(
    page: Path, exercise: Exercise, diagnosis: Diagnosis, source: Path, mine: Path, hint: int
) -> None:
    """Write the page of `--html`."""
    from cnnbp_cli.files.durable import write
    from cnnbp_cli.show.report.diagnosis.page import diagnosis_page

    write(page, diagnosis_page(exercise, diagnosis, title=mine.name, source=str(source), hint=hint).encode())


def _folder(exercise: Path, folder: Path, hint: int, *, as_json: bool) -> None:
    """Show the verdicts on each file in a folder."""
    from cnnbp_cli.commands.grade import graded
    from cnnbp_cli.diagnosis.array_file import SUFFIXES
    from cnnbp_cli.grading.folders import find_handins
    from cnnbp_cli.grading.preparing import prepared
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.diagnose_folder import diagnose_folder_document, show_diagnose_folder
    from cnnbp_cli.show.grade.shown import ShowDiagnosis
    from cnnbp_cli.show.json import show_json

    by_exercise, consoles = prepared(exercise, None), Consoles.of_process()
    found = find_handins(folder, "flat").handins
    files = [handin for handin in found if handin.places[0].suffix.lower() in SUFFIXES]
    rows = graded(by_exercise.tasks(files, ShowDiagnosis(hint, hint, with_text=False)), consoles)
    if as_json:
        show_json(diagnose_folder_document(exercise, folder, rows, hint=hint))
    else:
        show_diagnose_folder(consoles.out, rows)
    if any(row.problems for row in rows):
        raise typer.Exit(ExitCode.USAGE)
    if any(row.judged and row.judged.failed for row in rows):
        raise typer.Exit(ExitCode.FAILED)
