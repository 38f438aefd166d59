"""One side of a comparison: a process that runs one job with one library, and exits.

Both sides run the same code, in `jobs`. They differ only in their implementation of `Contestant`.
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
    """The work of a side.

    Attributes
    ----------
    kind
        Its name in `jobs.KINDS`.
    workload
        The config and the data.
    weights
        An .npz file of the initial weights, in PyTorch's layouts; the cnnbp side writes it if it does not exist.
    form
        The side's settings: one of its `forms`.
    seconds, warm_up
        The length of the measurement, and how long to run before that.
    targets
        The test accuracies to reach.
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
        """Load the initial weights and a fresh optimizer, in this form."""

    @abstractmethod
    def places(self, places: NDArray[np.int64]) -> Any:
        """The indices of a batch's images, in the type that `step` expects; converted once per epoch."""

    @abstractmethod
    def step(self, places: Any, number: int) -> Any:
        """Trains on a batch; returns the sum of its costs, convertible with `float`."""

    @abstractmethod
    def evaluate(self) -> float:
        """The accuracy on the test images; the pass computes their loss too."""

    def forms(self, evaluating: bool) -> list[dict[str, Any]]:
        """Settings to try; the fastest form is measured."""
        return [{}]

    def facts(self) -> dict[str, Any]:
        """Versions and settings."""
        return {}


def ask(name: Name, job: Job) -> dict[str, Any]:
    """Run a job in a new process and return its result."""
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
