"""`cnnbp exercise make --students`: one exercise per student, and a key for the teacher."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cnnbp_cli.commands.many import each_with_progress
from cnnbp_cli.errors import CnnbpError

if TYPE_CHECKING:
    from cnnbp_cli.config import Config
    from cnnbp_cli.diagnosis.array_file import Format


def make_for_students(
    roster: Path,
    folder: Path,
    config: Config | None,
    seed: int | None,
    file_format: Format,
    workers: int | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Write the exercises and the key, and print what was written.

    Parameters
    ----------
    roster
        The class list.
    folder
        Where the key goes, and the folder with the exercises.
    config, seed
        The network and the seed; a small network and a drawn seed if None.
    file_format, workers, force, as_json
        As on the command line.
    """
    from cnnbp_cli.diagnosis.drawing import random_seeds
    from cnnbp_cli.files.durable import reported, write
    from cnnbp_cli.files.outputs import refuse_existing
    from cnnbp_cli.grading.roster import read_roster
    from cnnbp_cli.grading.variants import (
        HANDOUTS,
        KEY,
        OwnExercise,
        VariantTask,
        handout_names,
        key_text,
        make_variant,
    )
    from cnnbp_cli.show.console import Consoles
    from cnnbp_cli.show.exercise_students import exercise_students_document, show_exercise_students
    from cnnbp_cli.show.json import show_json

    students = read_roster(roster)
    names = handout_names(students, file_format)
    handouts = folder / HANDOUTS
    refuse_existing(folder / KEY, *(handouts / name for name in names), force=force)
    used = next(random_seeds()) if seed is None else seed
    tasks = [VariantTask(config, used, student.id, file_format) for student in students]
    consoles = Consoles.of_process()
    own = []
    with reported(handouts):
        handouts.mkdir(parents=True, exist_ok=True)
    for student, name, made in zip(
        students, names, each_with_progress(make_variant, tasks, consoles, "exercises", workers), strict=True
    ):
        if isinstance(made, CnnbpError):
            raise made
        write(handouts / name, made.data)
        own.append(OwnExercise(student, made.id, name))
    write(folder / KEY, key_text(used, own).encode())
    if as_json:
        show_json(exercise_students_document(folder, used, own))
    else:
        show_exercise_students(consoles.out, folder, used, own)
