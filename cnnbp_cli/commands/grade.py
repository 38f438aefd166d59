"""`cnnbp grade`: grade the submissions of a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cnnbp_cli.commands.many import each_with_progress
from cnnbp_cli.commands.options import Force, Json, Scheduler, Workers, path
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.grading.layout_names import LayoutName
from cnnbp_cli.show.grade.formats import FeedbackFormat

if TYPE_CHECKING:
    from cnnbp_cli.grading.graded import Graded, T
    from cnnbp_cli.grading.grader import Task
    from cnnbp_cli.show.console import Consoles

OUTPUT_PANEL = "Output"
"""The panel of --help for the files to write."""


def _file(help_text: str, metavar: str = "FILE") -> Any:
    return typer.Option(metavar=metavar, parser=path, help=help_text, rich_help_panel=OUTPUT_PANEL)


def grade(
    exercise: Annotated[
        Path,
        typer.Argument(
            metavar="EXERCISE",
            show_default=False,
            parser=path,
            help="File written by cnnbp exercise make, or the folder written by cnnbp exercise make --students.",
        ),
    ],
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER",
            show_default=False,
            parser=path,
            help="Folder with the submissions, as unpacked from Moodle, Canvas, nbgrader or GitHub Classroom.",
        ),
    ],
    rubric: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=path, help="Rubric (YAML): what each tensor is worth."),
    ] = None,
    layout: Annotated[
        LayoutName | None, typer.Option(show_default="recognised", help="How the folder is laid out.")
    ] = None,
    assignment: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Which assignment, where a folder has several (nbgrader, GitHub)."),
    ] = None,
    csv: Annotated[Path | None, _file("Write the grades to this CSV file.")] = None,
    html: Annotated[Path | None, _file("Write the class as a self-contained HTML page.")] = None,
    feedback: Annotated[Path | None, _file("Write one file per student to this folder.", "DIR")] = None,
    feedback_format: Annotated[
        FeedbackFormat, typer.Option(help="Format of the files for students.", rich_help_panel=OUTPUT_PANEL)
    ] = "text",
    gradescope: Annotated[
        Path | None, _file("Take FOLDER for the work of one student, and write Gradescope's results.json.")
    ] = None,
    hint: Annotated[
        int,
        typer.Option(
            metavar="LEVEL",
            min=1,
            max=3,
            help="How much the files for students show: 1 what is wrong, 2 the kind of mistake, 3 everything.",
            rich_help_panel=OUTPUT_PANEL,
        ),
    ] = 3,
    workers: Workers = None,
    scheduler: Scheduler = None,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Grade the submissions of a class.

    Example:  cnnbp grade exercise.npz submissions --csv grades.csv

    Prints one row per student, the mistakes of the class, and submissions that are identical.
    Exits with 0 if all are complete and correct, 1 if not, 3 if some files could not be read (all others are graded),
    and 2 if nothing could be graded.
    """
    from cnnbp_cli.grading.folders import find_handins
    from cnnbp_cli.grading.graded import Status
    from cnnbp_cli.grading.preparing import prepared
    from cnnbp_cli.grading.summary import summarise
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.grade.document import grade_document
    from cnnbp_cli.show.grade.outputs import GradeFiles
    from cnnbp_cli.show.grade.shown import ShowDiagnosis
    from cnnbp_cli.show.grade.table import show_class, show_found, show_written
    from cnnbp_cli.show.json import show_json

    if gradescope is not None and layout not in (None, "single"):
        raise CnnbpError("--gradescope takes FOLDER for the work of one student", hint="Leave out --layout.")
    files = GradeFiles(csv, html, feedback, feedback_format, gradescope)
    found = find_handins(folder, "single" if gradescope else layout, assignment, exercise)
    files.refuse_existing([handin.student for handin in found.handins], force=force)
    graded_by = prepared(exercise, rubric)
    consoles = Consoles.of_process()
    show_found(consoles.err, found, chosen=layout is not None)
    presented = ShowDiagnosis(hint, with_text=bool(feedback or gradescope))
    rows = graded_by.with_key(graded(graded_by.tasks(found.handins, presented), consoles, workers, scheduler))
    summary = summarise(rows, graded_by.names.all, graded_by.marking.points)
    written = files.write(rows, summary, folder.resolve().name, found.layout, force=force)
    if as_json:
        show_json(grade_document(exercise, folder, found, rubric, rows, summary, written))
    else:
        show_class(consoles.out, rows, summary)
        show_written(consoles.out, written)
    if any(row.problems for row in rows):
        raise typer.Exit(ExitCode.PARTIAL if any(row.judged for row in rows) else ExitCode.USAGE)
    if any(row.status is not Status.CORRECT for row in rows):
        raise typer.Exit(ExitCode.FAILED)


def graded(
    tasks: Sequence[Task[T]], consoles: Consoles, workers: int | None = None, scheduler: str | None = None
) -> list[Graded[T]]:
    """The rows of a class; a worker that died leaves a row that says so."""
    from cnnbp_cli.grading.graded import Graded
    from cnnbp_cli.grading.grader import grade

    results = each_with_progress(grade, tasks, consoles, "submissions", workers, scheduler)
    return [
        Graded(task.handin, problems=(result.problem,)) if isinstance(result, CnnbpError) else result
        for task, result in zip(tasks, results, strict=True)
    ]
