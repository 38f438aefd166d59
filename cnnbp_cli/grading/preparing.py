"""What a class is graded by: an exercise, or one per student, and a rubric."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cnnbp_cli.diagnosis.exchange import read_exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.files.text import plural
from cnnbp_cli.grading.folders import Handin
from cnnbp_cli.grading.graded import Graded, T
from cnnbp_cli.grading.grader import Task
from cnnbp_cli.grading.marks import Marking, marking
from cnnbp_cli.grading.natural import natural
from cnnbp_cli.grading.rubric import DEFAULT_RUBRIC, read_rubric
from cnnbp_cli.grading.tensor_names import TensorNames, names_of
from cnnbp_cli.grading.variants import KEY, VariantKey, read_key


@dataclass(frozen=True)
class ClassExercise:
    """What a class is graded by.

    Attributes
    ----------
    path
        The file of the exercise, or the folder with one per student.
    names
        Its tensors.
    marking
        What they are worth.
    key
        Whose exercise is which, where each student has one.
    """

    path: Path
    names: TensorNames
    marking: Marking
    key: VariantKey | None

    def tasks(self, handins: Sequence[Handin], show: Callable[[Diagnosis], T]) -> list[Task[T]]:
        """One task per submission; workers may have another current folder."""
        absolute = (replace(one, places=tuple(place.absolute() for place in one.places)) for one in handins)
        return [Task(self.path, handin, self.marking, show) for handin in absolute]

    def with_key(self, rows: Sequence[Graded[T]]) -> list[Graded[T]]:
        """The rows with what only the key can tell: students who submitted nothing, and those who have two rows."""
        if self.key is None:
            return list(rows)
        owned: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.variant:
                owned[row.variant].append(", ".join(row.files) or "nothing")
        noted = []
        for row in rows:
            held = owned[row.variant] if row.variant else []
            more = f"{plural(len(held), 'submission')} answer this student's exercise: {'; '.join(held)}"
            noted.append(replace(row, notes=(*row.notes, more)) if len(held) > 1 else row)
        absent = [variant for variant in self.key.variants if variant.exercise not in owned]
        noted += [Graded(Handin(v.label, v.student.id, ()), variant=v.exercise) for v in absent]
        return sorted(noted, key=lambda row: natural(row.handin.student))


def prepared(path: Path, rubric: Path | None) -> ClassExercise:
    """What a class is graded by.

    Parameters
    ----------
    path
        The file of the exercise, or the folder with one per student.
    rubric
        The file of the rubric; if None, each delta and gradient gives one point.

    Raises
    ------
    CnnbpError
        One of the files is not as it should be.
    """
    key = read_key(path / KEY) if path.is_dir() else None
    exercise = read_exercise(key.path(key.variants[0]) if key else path)
    names = names_of(exercise)
    rules = read_rubric(rubric, names.wanted, names.forward) if rubric else DEFAULT_RUBRIC
    return ClassExercise(path.resolve(), names, marking(rules, names.wanted, names.forward), key)
