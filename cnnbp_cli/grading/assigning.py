"""Which exercise a submission is graded by: the one of the class, or the student's own."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from cnnbp_cli.diagnosis.array_file import read_contents
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.grading.folders import Handin
from cnnbp_cli.grading.roster import folded
from cnnbp_cli.grading.submissions import answer_files
from cnnbp_cli.grading.variants import KEY, OwnExercise, VariantKey, read_key


class Assigned(NamedTuple):
    """The file of the exercise, and whose it is where each student has one."""

    path: Path
    variant: OwnExercise | None = None


def assigned(exercise: Path, handin: Handin) -> Assigned:
    """The exercise of a submission.

    Parameters
    ----------
    exercise
        The file of the exercise, or a folder with one exercise per student.
    handin
        The submission.

    Raises
    ------
    CnnbpError
        It is not known whose exercise is answered, or it is another student's.
    """
    if not exercise.is_dir():
        return Assigned(exercise)
    key = _key(exercise)
    answered = _by_exercise(key, handin)
    own = by_student(key, handin)
    if answered and own and answered != own:
        problem = f"answers the exercise of {printable(answered.student.name, 60)}, not the student's own"
        raise CnnbpError(problem)
    found = answered or own
    if found is None:
        names = f"neither the exercise's id in its files nor the name {printable(handin.student, 60)}"
        raise CnnbpError(f"it is not known whose exercise this answers: {names} is in the key")
    return Assigned(key.path(found), found)


@lru_cache(1)
def _key(folder: Path) -> VariantKey:
    return read_key(folder / KEY)


def _by_exercise(key: VariantKey, handin: Handin) -> OwnExercise | None:
    """The variant whose id the first file with an id names."""
    for file in answer_files(handin)[0]:
        try:
            name = read_contents(file).get("id")
        except CnnbpError:
            continue
        if isinstance(name, str) and name in key.by_exercise:
            return key.by_exercise[name]
    return None


def by_student(key: VariantKey, handin: Handin) -> OwnExercise | None:
    """The variant of the only student whose id or name the submission's folder or file has."""
    for names in ({handin.id}, {handin.student}, set(re.split(r"[\W_]+", f"{handin.student} {handin.id}"))):
        wanted = {folded(name) for name in names} - {""}
        found = [v for v in key.variants if wanted & {folded(v.student.id), *v.student.aliases}]
        if len(found) == 1:
            return found[0]
    return None
