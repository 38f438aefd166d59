"""One side of a comparison: a process that does one job with one library, and ends.

Both sides run the same code, in `jobs`. They differ in what is behind `Contestant` alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from benchmarks.workload import Workload

Name: TypeAlias = Literal["cnnbp", "pytorch"]


@dataclass(frozen=True)
class Job:
    """What a side is asked to do.

    Attributes
    ----------
    kind
        Its name in `jobs.KINDS`.
    workload
        With what.
    weights
        An .npz file of the initial weights, in the ecosystem's layouts; the cnnbp side writes it where there is none.
    form
        How the side works, where it has a choice: one of its `forms`.
    seconds, warm_up
        How long to measure, and to run before that.
    targets
        Test accuracies to train to.
    """

    kind: Literal["begin", "gemm", "choose_train", "choose_evaluate", "losses", "train", "evaluate", "reach"]
    workload: Workload
    weights: str
    form: dict[str, Any] = field(default_factory=dict)
    seconds: float = 2.0
    warm_up: float = 1.0
    targets: tuple[float, ...] = ()


class Contestant(ABC):
    """A library with the data set in memory, ready to train and to evaluate."""

    @abstractmethod
    def begin(self, form: dict[str, Any]) -> None:
        """The initial weights and a fresh optimizer, in this form."""

    @abstractmethod
    def places(self, places: NDArray[np.int64]) -> Any:
        """A batch's places, as this side's `step` takes them: made for a whole epoch at once."""

    @abstractmethod
    def step(self, places: Any, number: int) -> Any:
        """Trains on a batch; returns the sum of its costs, as something that `float` understands."""

    @abstractmethod
    def evaluate(self) -> float:
        """The accuracy on the test images, of a pass that computes their loss too."""

    def forms(self, evaluating: bool) -> list[dict[str, Any]]:
        """Ways to do the same, of which the fastest is to be measured."""
        return [{}]

    def facts(self) -> dict[str, Any]:
        """Versions and settings."""
        return {}


def ask(name: Name, job: Job) -> dict[str, Any]:
    """The result of a job that a new process does."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}_side"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=Path(__file__).parents[1],
    )
    if done.returncode:
        raise SystemExit(f"the {name} side of {job.kind} failed with exit code {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result
