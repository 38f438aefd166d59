"""Planted against named: a student's program with a mistake in it, and what the diagnosis calls it.

The tests run a part of this.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from cnnbp_cli.config import config_from_data, to_data
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.gradients.diagnose import diagnose
from cnnbp_cli.gradients.exchange import Exercise
from cnnbp_cli.gradients.exercise import DEFAULT, every_mistake, make_exercise
from cnnbp_cli.gradients.hypotheses import Fit
from cnnbp_cli.gradients.mistakes import MISTAKES
from cnnbp_cli.gradients.mistakes.factors import FACTORS
from cnnbp_cli.gradients.reports import Diagnosis
from tests.support.student import Planted, Student

TRAIN = {"epochs": 1, "batch_size": 4, "optimizer": {"type": "sgd", "learning_rate": 0.5}}

ARCHITECTURES: dict[str, Mapping[str, Any]] = {
    "shipped": DEFAULT,
    "seed": {
        "input": [1, 12, 10],
        "layers": [
            {"type": "conv2d", "filters": 3, "kernel_size": [5, 4], "activation": "sigmoid"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 7, "activation": "sigmoid"},
        ],
        "loss": "mse",
    },
    "two convolutions": {
        "input": [2, 11, 9],
        "layers": [
            {"type": "conv2d", "filters": 3, "kernel_size": [4, 3], "padding": "same", "activation": "relu"},
            {"type": "max_pool2d", "pool_size": [2, 3]},
            {"type": "conv2d", "filters": 3, "kernel_size": 2, "activation": "leaky_relu"},
            {"type": "flatten"},
            {"type": "dense", "units": 5, "activation": "tanh"},
            {"type": "dense", "units": 5, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
    },
    "average pooling": {
        "input": [2, 11, 8],
        "layers": [
            {"type": "conv2d", "filters": 4, "kernel_size": [3, 2], "bias": "per_position", "activation": "tanh"},
            {"type": "avg_pool2d", "pool_size": [2, 3], "stride": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 5, "activation": "softmax"},
        ],
        "loss": "mse",
    },
    "stride 3": {
        "input": [2, 9, 9],
        "layers": [
            {"type": "conv2d", "filters": 4, "kernel_size": [3, 2], "stride": [3, 2]},
            {"type": "activation", "activation": "relu"},
            {"type": "flatten"},
            {"type": "dense", "units": 5},
            {"type": "activation", "activation": "sigmoid"},
        ],
        "loss": "cross_entropy",
    },
}

NUMBERS = {cause.key: cause.number for cause in (*MISTAKES, *FACTORS)}
"""The family of each mistake and factor."""

CONVENTIONS = {mistake.key for mistake in MISTAKES if mistake.convention}


@dataclass(frozen=True)
class Case:
    """One planted mistake: in the step to a tensor."""

    tensor: str
    kind: Planted


@dataclass(frozen=True)
class Program:
    """A student's program and the exercise that it is run on."""

    architecture: str
    seed: int
    exercise: Exercise
    student: Student

    @property
    def cases(self) -> list[Case]:
        """Every mistake that can be made in it."""
        return _cases(self.architecture, self.seed)

    def diagnosed(self, *cases: Case, hand_in: str = "") -> Diagnosis | None:
        """What is said of the program with these mistakes, where it hands in the tensors whose name has a part."""
        answers = self.student.answers({case.tensor: case.kind for case in cases})
        answers = {name: array for name, array in answers.items() if hand_in in name}
        return diagnose(self.exercise, answers) if answers else None


@cache
def exercise(architecture: str, seed: int) -> Exercise:
    declared = {"name": "exercise", "train": TRAIN, **ARCHITECTURES[architecture]}
    return make_exercise(config_from_data(declared, architecture), seed)


@cache
def program(architecture: str, seed: int, dtype: Any = np.float64) -> Program:
    made = exercise(architecture, seed)
    return Program(architecture, seed, made, Student(made.questions, to_data(made.config), dtype))


@cache
def _cases(architecture: str, seed: int) -> list[Case]:
    made = exercise(architecture, seed)
    cases: list[Case] = []
    for name, candidates in every_mistake(made):
        cases += [Case(name, (c.mistake.key, c.variant)) for c in candidates if c.mistake]
        site = next((c.site for c in candidates), None)
        if site is not None:
            tensor = site.tensor
            cases += [
                Case(name, (factor.key, ""))
                for factor in FACTORS
                if factor.concerns(tensor.rule, tensor.quantity) and factor.value(site) != 1
            ]
    return cases


def named(found: Fit) -> Case:
    """What the diagnosis says was planted; the keys of several causes are joined by +."""
    variant = found.candidate.variant if found.candidate.mistake else ""
    return Case(found.at, ("+".join(cause.key for cause in found.causes) or "unknown factor", variant))


def verdicts(diagnosis: Diagnosis) -> Iterator[tuple[str, list[Case]]]:
    """The tensors that are called wrong, each with what it is said to be."""
    for report in diagnosis.reports:
        if report.verdict is Verdict.FAIL:
            yield report.name, [named(found) for found in report.fits]
