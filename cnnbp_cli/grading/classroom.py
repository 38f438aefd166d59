"""Grades a class: one task per student, in this process or in many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import TypeAlias

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.grading.graded import Graded, T
from cnnbp_cli.grading.grader import Task, grade

FEW = 16
"""So few submissions are graded before other processes have started."""

Progress: TypeAlias = Callable[[int, int], None]
"""Called with the number of graded submissions and of all."""


def grade_class(
    tasks: Sequence[Task[T]], executor: Executor | None = None, progress: Progress = lambda done, total: None
) -> list[Graded[T]]:
    """The rows of the students, in the order of the tasks.

    Parameters
    ----------
    tasks
        One per student.
    executor
        Grades several at a time; this process grades one after the other if None.
    progress
        Called after each submission.
    """
    if executor is None:
        rows = []
        for number, task in enumerate(tasks, 1):
            rows.append(grade(task))
            progress(number, len(tasks))
        return rows
    futures = [executor.submit(grade, task) for task in tasks]
    for number, _ in enumerate(as_completed(futures), 1):
        progress(number, len(tasks))
    return [_row(task, future) for task, future in zip(tasks, futures, strict=True)]


def _row(task: Task[T], future: Future[Graded[T]]) -> Graded[T]:
    """The result, or a row that says why there is none: a worker that died must not take the class with it."""
    try:
        return future.result()
    except CnnbpError as error:
        return Graded(task.handin, problems=(error.problem,))
