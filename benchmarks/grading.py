"""`cnnbp grade` on a class of 400, half of whose submissions have a mistake that no known one explains."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from cnnbp_cli.diagnosis.exchange import Exercise, pack
from cnnbp_cli.diagnosis.exercise import default_config, make_exercise
from cnnbp_cli.numerics.arrays import Array

CLASS, SMALL_CLASS = 400, 8

MOST_WRONG = 4
"""Tensors with random numbers in an unknown submission, at most."""

TIMES = 3


def run(effort: Effort) -> dict[str, Any]:
    """Grades the class with as many processes as cores, and with one."""
    count = SMALL_CLASS if effort.smoke else CLASS
    times = 1 if effort.smoke else min(TIMES, effort.pairs)
    with TemporaryDirectory() as folder:
        exercise, submissions = _made(Path(folder), count)
        taken = {
            str(workers): [_graded(exercise, submissions, workers) for _ in range(times)]
            for workers in {1, effort.threads}
        }
    say(f"graded {count} submissions {times} times")
    return {
        "submissions": count,
        "seconds": {workers: spread([one.seconds for one in times]) for workers, times in taken.items()},
        "processor": {workers: spread([one.processor for one in times]) for workers, times in taken.items()},
    }


def _made(folder: Path, count: int) -> tuple[Path, Path]:
    """An exercise, and a folder of submissions: a quarter correct, a quarter with a known mistake, half unknown."""
    exercise, path = make_exercise(default_config(), 0), folder / "exercise.npz"
    path.write_bytes(pack(exercise, "npz", questions_only=True))
    submissions = folder / "submissions"
    submissions.mkdir()
    rng = np.random.default_rng(0)
    for number in range(count):
        np.savez(submissions / f"student{number}.npz", **_answers(exercise, number % 4, rng))  # type: ignore[arg-type]
    return path, submissions


def _answers(exercise: Exercise, kind: int, rng: np.random.Generator) -> dict[str, Array]:
    answers = {name: tensor.exchanged(tensor.right) for name, tensor in exercise.tensors.items()}
    if kind == 1:
        answers["conv1.grad_weight"] = answers["conv1.grad_weight"][..., ::-1, ::-1]
    if kind >= 2:
        for name in rng.choice(list(answers), rng.integers(1, MOST_WRONG, endpoint=True), replace=False):
            answers[name] = rng.normal(size=answers[name].shape) * np.abs(answers[name]).max()
    return answers


class Taken(NamedTuple):
    """Seconds that passed, and seconds of all processes together on a processor."""

    seconds: float
    processor: float


def _graded(exercise: Path, submissions: Path, workers: int) -> Taken:
    command = [sys.executable, "-m", "cnnbp_cli", "grade", str(exercise), str(submissions), "--workers", str(workers)]
    began, used = time.perf_counter(), _processor()
    done = subprocess.run(command, capture_output=True, check=False)
    taken = Taken(time.perf_counter() - began, _processor() - used)
    assert done.returncode == 1, done.stderr
    return taken


def _processor() -> float:
    """Seconds on a processor of the processes that this one started and that have ended, and of those they started."""
    times = os.times()
    return times.children_user + times.children_system


def tables(result: dict[str, Any]) -> Iterator[str]:
    """One row per number of processes."""
    rows = [
        [
            workers,
            *(f"{taken[key]:.1f} s" for key in ("median", "lowest", "highest")),
            f"{result['processor'][workers]['median']:.1f} s",
        ]
        for workers, taken in sorted(result["seconds"].items(), key=lambda item: int(item[0]))
    ]
    titles = ["processes", f"{result['submissions']} submissions, median", "lowest", "highest", "on a processor"]
    yield "\n".join(table(titles, rows))
    yield "The last column is the time of all processes together on a processor, which other programs hardly change."


if __name__ == "__main__":
    main("grading")
