"""`cnnbp exercise make --students`: where the exercises and the key are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from cnnbp_cli.files.text import plural, printable
from cnnbp_cli.grading.variants import HANDOUTS, KEY, OwnExercise
from cnnbp_cli.show.documents.exercise import ExerciseStudentsDocument
from cnnbp_cli.show.exercise import show_seed


def show_exercise_students(console: Console, folder: Path, seed: int, own: Sequence[OwnExercise]) -> None:
    """Print what to hand out, and what to keep."""
    for path, words in (
        (folder / HANDOUTS, f"{plural(len(own), 'exercise')}, one per student, without answers"),
        (folder / KEY, "whose exercise is which; keep it from students"),
    ):
        console.print(Text.assemble((printable(str(path)), "bold"), f": {words}"), soft_wrap=True)
    show_seed(console, seed)


def exercise_students_document(folder: Path, seed: int, own: Sequence[OwnExercise]) -> ExerciseStudentsDocument:
    """The same for programs."""
    return {
        "schema": "cnnbp.exercise_students/1",
        "folder": str(folder),
        "key": str(folder / KEY),
        "seed": seed,
        "students": [
            {
                "id": one.student.id,
                "name": one.student.name,
                "exercise": one.exercise,
                "file": str(folder / HANDOUTS / one.file),
            }
            for one in own
        ],
    }
