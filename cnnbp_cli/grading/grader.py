"""Grades one submission after the other, in this process or a worker's. Each process prepares an exercise once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Generic

import numpy as np

from cnnbp_cli.diagnosis.answers import Answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise, read_exercise
from cnnbp_cli.diagnosis.reports import Diagnosis, TensorReport
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.grading.assigning import assigned
from cnnbp_cli.grading.folders import Handin
from cnnbp_cli.grading.graded import Graded, Judged, NamedMistake, T
from cnnbp_cli.grading.marks import Marking, marked
from cnnbp_cli.grading.submissions import Merged, merged
from cnnbp_cli.numerics.arrays import Array

MAX_PREPARED = 4
"""Exercises that a process keeps: where each student has one, it is not needed again."""

MIN_TELLING = 3
"""Different numbers that a wrong tensor must hold to show that two submissions have one origin."""

UNKNOWN = "no known mistake"


@dataclass(frozen=True)
class Task(Generic[T]):
    """What grading one submission takes; it is pickled.

    Attributes
    ----------
    exercise
        The file of the exercise, or the folder with one exercise per student.
    handin
        The submission.
    marking
        What the tensors are worth.
    show
        Makes of a diagnosis what the caller wants of it.
    """

    exercise: Path
    handin: Handin
    marking: Marking
    show: Callable[[Diagnosis], T]


def grade(task: Task[T]) -> Graded[T]:
    """The row of one student. It never raises: one submission must not keep a class from its results."""
    handin, variant = task.handin, None
    try:
        path, own = assigned(task.exercise, handin)
        if own:
            handin, variant = replace(handin, student=own.label, id=own.student.id), own.exercise
        exercise = _prepared(path)
    except CnnbpError as error:
        return Graded(handin, problems=(error.problem,))
    found, judged = merged(handin, exercise), None
    try:
        if found.answers:
            judged = _judged(task, exercise, found)
    except Exception as error:
        found.problems.append(f"cannot be judged: {type(error).__name__}: {error}. Please report this.")
    return Graded(handin, tuple(found.files), found.bytes, judged, tuple(found.notes), tuple(found.problems), variant)


@lru_cache(MAX_PREPARED)
def _prepared(path: Path) -> Exercise:
    return read_exercise(path)


def _judged(task: Task[T], exercise: Exercise, found: Merged) -> Judged[T]:
    diagnosis = diagnose(exercise, Answers(found.answers, found.renamed))
    failed = [report for report in diagnosis.reports if report.verdict is Verdict.FAIL]
    return Judged(
        marks=marked(diagnosis, task.marking),
        mistakes=tuple(dict.fromkeys(_mistakes(diagnosis))),
        submitted=sum(name in exercise.tensors for name in found.answers),
        wanted=len(exercise.tensors),
        correct=sum(report.verdict is Verdict.PASS for report in diagnosis.reports),
        wrong=len(failed),
        failed=diagnosis.failed,
        signature=_signature(found.answers, failed),
        shown=task.show(diagnosis),
    )


def _mistakes(diagnosis: Diagnosis) -> list[NamedMistake]:
    """The most likely mistake behind each wrong tensor, and given values that were changed."""
    named = []
    for report in diagnosis.reports:
        if report.verdict is not Verdict.FAIL:
            continue
        if report.fits:
            best = report.fits[0]
            keys, numbers = tuple(cause.key for cause in best.causes), tuple(cause.number for cause in best.causes)
            named.append(NamedMistake(best.at, keys, numbers, best.title))
        else:
            named.append(NamedMistake(report.name, (), (), report.reason or UNKNOWN))
    return named + [NamedMistake(name, (), (), "differs from the exercise's") for name in diagnosis.changed]


def _signature(answers: Mapping[str, Array], failed: list[TensorReport]) -> str | None:
    """A digest of what two people would not both have by chance; it does not depend on the file's names and dtypes.

    These are the wrong tensors that no known mistake explains. If a known mistake explains each, independent programs
    may agree in the wrong tensors, but hardly to the last bit in all others too.
    """
    numbers = {name: np.asarray(array, np.float64) + 0.0 for name, array in answers.items()}  # −0 is 0
    telling = [report for report in failed if np.unique(numbers[report.name]).size >= MIN_TELLING]
    if not telling:
        return None
    names = [report.name for report in telling if not report.fits] or list(answers)
    digest = sha256()
    for name in sorted(names):
        digest.update(f"{name} {numbers[name].shape} ".encode())
        digest.update(np.ascontiguousarray(numbers[name]).tobytes())
    return digest.hexdigest()
