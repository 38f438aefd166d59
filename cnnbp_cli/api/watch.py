"""Watch a loop of one's own: each step's gradients are judged, and can be replayed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnbp_cli.api.arrays import batch_first
from cnnbp_cli.api.diagnose import answer_array
from cnnbp_cli.diagnosis.answers import named_answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.errors import ShapeError
from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.numerics.arrays import Array

BATCH = ("input", "labels")


@dataclass(frozen=True, eq=False)
class WatchedStep:
    """One step of a student's loop.

    Attributes
    ----------
    step
        Its number.
    exercise
        The network with the weights and the batch of this step.
    answers
        What the student's program computed, by the exercise's names.
    diagnosis
        The verdict on it.
    """

    step: int
    exercise: Exercise
    answers: Mapping[str, Array]
    diagnosis: Diagnosis

    @property
    def failed(self) -> bool:
        """Whether anything is wrong in this step."""
        return self.diagnosis.failed

    @property
    def verdicts(self) -> dict[str, str]:
        """PASS, FAIL, INCONCLUSIVE or VACUOUS, by tensor."""
        return {report.name: report.verdict.value for report in self.diagnosis.reports}


class Watch:
    """Judges the steps of a loop of one's own, and replays them.

    Parameters
    ----------
    exercise
        The network, and the batch and the weights of the first step.

    Attributes
    ----------
    steps
        The steps watched so far.

    Examples
    --------
    >>> from cnnbp_cli import Watch, make_exercise
    >>> exercise = make_exercise()
    >>> watch = Watch(exercise)
    >>> delta = exercise.questions["dense1.a"] - exercise.questions["target"]
    >>> watch(0, {"dense1.delta": delta / len(delta)}).verdicts
    {'dense1.delta': 'FAIL'}
    """

    def __init__(self, exercise: Exercise) -> None:
        self.exercise = exercise
        self.steps: list[WatchedStep] = []

    def __call__(self, step: int, arrays: Mapping[str, Any]) -> WatchedStep:
        """Judge one step.

        Parameters
        ----------
        step
            Its number, as the page shows it.
        arrays
            What the program computed, by the exercise's names: `conv1.delta`, `conv1.grad_weight`, … and, from the
            first update on, the weights that the step began with (`conv1.weight`, `conv1.bias`, …). With another batch,
            also `input` and `labels`. Weights and batches that are left out are those of the step before.

        Raises
        ------
        CnnbpError
            A name is not understood, or an array does not fit.
        """
        held = {name: copy(answer_array(name, array)) for name, array in arrays.items()}  # which may be written over
        before = self.steps[-1].exercise if self.steps else self.exercise
        given = {
            name: array
            for name, array in held.items()
            if not isinstance(array, str) and (name in before.trace.params.named or name in BATCH)
        }
        exercise = _moved(before, given) if given else before
        answers = named_answers({name: array for name, array in held.items() if name not in given}, exercise)
        watched = WatchedStep(step, exercise, answers, diagnose(exercise, answers))
        self.steps.append(watched)
        return watched

    @property
    def failed(self) -> bool:
        """Whether anything is wrong in any step."""
        return any(step.failed for step in self.steps)

    def page(self) -> str:
        """The replay, as HTML."""
        from cnnbp_cli.show.report.replay import ReplayedStep, replay_page

        steps = [ReplayedStep(one.step, one.exercise, one.answers, one.diagnosis) for one in self.steps]
        return replay_page(self.exercise.config.name, steps)

    def html(self, path: str | os.PathLike[str]) -> None:
        """Write the replay to a file; an existing file is replaced."""
        from cnnbp_cli.files.durable import write

        write(Path(path), self.page().encode())

    def __repr__(self) -> str:
        wrong = sum(step.failed for step in self.steps)
        return f"<{len(self.steps)} steps watched, {wrong} with something wrong>"

    def _repr_html_(self) -> str:
        from cnnbp_cli.show.report.embedded import framed_page

        return framed_page(self.page())


def _moved(exercise: Exercise, given: Mapping[str, Array]) -> Exercise:
    """The exercise with other weights, or another batch."""
    traced = exercise.trace
    network, params = traced.network, traced.params.astype(np.float64)
    for name, array in given.items():
        if name in params.named:
            _check(name, array.shape, params.named[name].shape)
            params.named[name][...] = array
    images = np.asarray(given.get("input", batch_first(traced.input)))
    labels = np.asarray(given.get("labels", traced.labels)).reshape(-1)
    _check("input", images.shape, (len(labels), *network.input_shape))
    if not np.isin(labels, np.arange(network.output_shape[0])).all():
        raise ShapeError(f"labels must be whole numbers from 0 to {network.output_shape[0] - 1}")
    return Exercise(exercise.config, trace(network, params, np.moveaxis(images, 0, -1), labels.astype(np.intp)))


def _check(name: str, found: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    if found != wanted:
        raise ShapeError(f"{name} has the shape {found}, not {wanted}")
