"""Planted against named: a student's program with a mistake in it, and what the diagnosis calls it.

The tests run a part of this.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from cnnbp_cli.config import config_from_data, to_data
from cnnbp_cli.diagnosis.costs import other_costs
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.diagnosis.exercise import DEFAULT, every_mistake, make_exercise
from cnnbp_cli.diagnosis.fitting import Fit
from cnnbp_cli.diagnosis.mistakes import KINDS, MISTAKES, Mistake
from cnnbp_cli.diagnosis.mistakes.factors import FACTORS
from cnnbp_cli.diagnosis.reports import Diagnosis
from cnnbp_cli.gradients.check import Verdict
from tests.support.student import Array, Planted, Student

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
            {"type": "dropout", "rate": 0.4},
            {"type": "dense", "units": 5, "activation": "softmax"},
        ],
        "loss": "mse",
    },
    "batch norm": {
        "input": [2, 11, 8],
        "layers": [
            {"type": "conv2d", "filters": 5, "kernel_size": [3, 2], "bias": "none"},
            {"type": "batch_norm", "epsilon": 0.02, "activation": "relu"},
            {"type": "max_pool2d", "pool_size": 2},
            {"type": "flatten"},
            {"type": "dense", "units": 10, "bias": False},
            {"type": "batch_norm", "epsilon": 0.01, "activation": "tanh"},
            {"type": "dense", "units": 5, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
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


SEEN_ONLY_IN_ITS_TENSOR = {"scrambled", "entries-left-at-zero", "clipped-by-value", "clipped-by-norm", "dropout-on"}
"""Mistakes that depend on the submission, and so are only known from the tensor where they were made."""

ONE_GAMMA = {"gamma-as-a-factor", "gamma-as-a-factor-missing", "gamma-as-a-factor-twice"}
"""Factors that only exercises with one γ for all channels have, which are not made any more."""


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

    def answers(self, *cases: Case, submitted: Collection[str] = ()) -> dict[str, Array]:
        """What the program submits with these mistakes: all tensors, or those of some quantities, `delta`, …"""
        answers = self.student.answers({case.tensor: case.kind for case in cases})
        return {name: array for name, array in answers.items() if not submitted or name.partition(".")[2] in submitted}

    def is_convention(self, case: Case) -> bool:
        """Whether it is no mistake, but a choice that is as good as the exercise's."""
        if case.kind[0] in CONVENTIONS:
            return True
        scale = {"twice": 2.0, "averaged-over-classes": 1 / len(self.exercise.trace.target)}.get(case.kind[0])
        costs = [cost.factor for cost in other_costs(self.exercise.trace)]
        return self.exercise.tensors[case.tensor].source is None and scale in costs

    def diagnosed(self, *cases: Case, submitted: Collection[str] = ()) -> Diagnosis | None:
        """What is said of that; None where there is nothing to submit."""
        answers = self.answers(*cases, submitted=submitted)
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


def is_small(case: Case) -> bool:
    """Whether the mistake changes so little that float32 rounding may hide which it is."""
    return case.kind[0] == "weights-updated-by-samples" or "by m − 1 " in case.kind[1]


def named(found: Fit) -> Case:
    """What the diagnosis says was planted; the keys of several causes are joined by +."""
    variant = found.candidate.variant if found.candidate.mistake else ""
    return Case(found.at, ("+".join(cause.key for cause in found.causes) or "unknown factor", variant))


def verdicts(diagnosis: Diagnosis) -> Iterator[tuple[str, list[Case]]]:
    """The tensors that are called wrong, each with what it is said to be."""
    for report in diagnosis.reports:
        if report.verdict is Verdict.FAIL:
            yield report.name, [named(found) for found in report.fits]


def pairs(tested: Program, chance: random.Random, count: int) -> Iterator[tuple[Case, Case]]:
    """Two mistakes in different layers, the upper first, of which the lower shows beside the upper."""
    order = list(tested.exercise.tensors)
    cases = [case for case in tested.cases if not tested.is_convention(case)]
    while count:
        upper, lower = sorted(chance.sample(cases, 2), key=lambda case: order.index(case.tensor))
        if upper.tensor.split(".")[0] != lower.tensor.split(".")[0] and _shows(tested.student, upper, lower):
            yield upper, lower
            count -= 1


def _shows(student: Student, upper: Case, lower: Case) -> bool:
    """Whether the lower mistake changes what the upper one left, and does not undo it."""
    both = student.answers({upper.tensor: upper.kind, lower.tensor: lower.kind})
    before, right = student.answers({upper.tensor: upper.kind}), student.answers()
    return (
        lower.tensor in both
        and both[lower.tensor].any()
        and not any(shows_not(both[lower.tensor], other[lower.tensor]) for other in (before, right))
    )


def shows_not(mine: Array, other: Array) -> bool:
    """Whether two arrays are the same, as far as float32 can tell."""
    return mine.shape == other.shape and np.allclose(mine, other, rtol=1e-4, atol=1e-6 * float(abs(other).max()))


@dataclass
class Confusion:
    """What was planted, and what it was called first, by family; and how often that was all that was said.

    Attributes
    ----------
    counts
        (planted, named) → times; named is 0 where nothing was named.
    planted, listed, alone
        How many were planted, how often the right one was among those named, and how often nothing else was said of
        any tensor.
    """

    counts: Counter[tuple[int, int]] = field(default_factory=Counter)
    planted: int = 0
    listed: int = 0
    alone: int = 0

    def add(self, tested: Program, planted: tuple[Case, ...], diagnosis: Diagnosis) -> None:
        """Count what was said of a program with these mistakes, each of which shows."""
        if tested.is_convention(planted[0]):
            reports = [report for report in diagnosis.reports if report.convention]
            said = [[planted[0]]] if reports and not diagnosis.failed else []
        else:
            said = [names for _, names in verdicts(diagnosis)]
        self.alone += said == [[case] for case in planted]
        for case, names in zip(planted, said + [[]] * len(planted), strict=False):
            first = _family(names[0]) if names else 0
            self.counts[NUMBERS[case.kind[0]], first] += 1
            self.planted += 1
            self.listed += case.kind in [name.kind for name in names]

    def matrix(self) -> Iterator[str]:
        """The counts as lines of text: a row a family that was planted, a column one that was named."""
        yield "planted reported " + "".join(f"{number:>6}" for number in KINDS) + "  none"
        for number in KINDS:
            cells = [self.counts[number, named] for named in (*KINDS, 0)]
            yield f"{number:>7}          " + "".join(f"{cell or '·':>6}" for cell in cells)


def _family(case: Case) -> int:
    """The family of the first cause."""
    return NUMBERS.get(case.kind[0].split("+")[0], 0)


def mistake_table() -> Iterator[str]:
    """Everything that is known, as the lines of a Markdown table."""
    yield "| family | where | the tensor is … | key |"
    yield "|---|---|---|---|"
    for cause in sorted((*MISTAKES, *FACTORS), key=lambda cause: cause.number):
        words = cause.title if isinstance(cause, Mistake) else f"the right one, {cause.title}"
        where = ", ".join(f"`{pattern}`" for pattern in cause.on)
        yield f"| {cause.number} | {where} | {words.replace('{}', '…').replace('|', chr(92) + '|')} | `{cause.key}` |"
