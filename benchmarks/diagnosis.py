"""Diagnosis: the processor time of one submission, right or wrong, after the first on the same exercise."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import process_time
from typing import Any

import numpy as np

from benchmarks.cli import Effort, main, say, table
from benchmarks.measure import spread
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exercise import default_config, make_exercise
from cnnbp_cli.numerics.arrays import Array

Submission = dict[str, Array]

KINDS = {
    "right": "all tensors right",
    "one": "one tensor wrong in a way that is not known",
    "gradients": "only parameter gradients, all of them random numbers",
    "all": "all tensors random numbers",
}


def run(effort: Effort) -> dict[str, Any]:
    """Diagnoses submissions of each kind on the exercise without a config."""
    exercise = make_exercise(default_config(), 0)
    right = {name: tensor.exchanged(tensor.right) for name, tensor in exercise.tensors.items()}
    chance = np.random.default_rng(0)

    def noise(array: Array) -> Array:
        return chance.normal(size=array.shape) * np.abs(array).max()

    def one_wrong() -> Submission:
        name = str(chance.choice(list(right)))
        return right | {name: right[name] * (1 + chance.normal(size=right[name].shape))}

    make: dict[str, Callable[[], Submission]] = {
        "right": lambda: right,
        "one": one_wrong,
        "gradients": lambda: {name: noise(array) for name, array in right.items() if name.endswith(("weight", "bias"))},
        "all": lambda: {name: noise(array) for name, array in right.items()},
    }
    result: dict[str, Any] = {}
    for kind, made in make.items():
        diagnose(exercise, made())  # the first one computes what the later ones use again
        result[kind] = spread([_seconds(lambda made=made: diagnose(exercise, made())) for _ in range(_times(effort))])
        say(f"{KINDS[kind]}: {1e3 * result[kind]['median']:.0f} ms")
    return result


def _times(effort: Effort) -> int:
    return 1 if effort.smoke else 10 * effort.pairs


def _seconds(call: Callable[[], object]) -> float:
    began = process_time()
    call()
    return process_time() - began


def tables(result: dict[str, Any]) -> Iterator[str]:
    """One row per kind of submission."""
    rows = [
        [what, *(f"{1e3 * result[kind][key]:,.1f} ms" for key in ("median", "lowest", "highest"))]
        for kind, what in KINDS.items()
    ]
    yield "\n".join(table(["submission", "median", "lowest", "highest"], rows))


if __name__ == "__main__":
    main("diagnosis")
