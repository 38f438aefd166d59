"""The cnnbp side: the classes that `cnnbp train` and `cnnbp evaluate` run, on the data set as bytes in memory."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.jobs import serve
from benchmarks.side import Contestant, Job
from cnnbp_cli.config import config_from_data
from cnnbp_cli.network import Network
from cnnbp_cli.numerics.threads import limit_threads
from cnnbp_cli.training.evaluate import evaluate
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper
from cnnbp_cli.training.threads import suitable_threads


class Cnnbp(Contestant):
    """Each step gathers its images, divides them by 255 and turns them batch last; that is part of its time."""

    def __init__(self, job: Job) -> None:
        self._work = job.workload
        self._weights = Path(job.weights)
        self._config = config_from_data(self._work.config, "the workload")
        self._network = Network(self._config.input, self._config.layers, self._config.loss)
        self._train = self._work.images("train")
        self._test = self._work.images("test")
        suitable = suitable_threads(self._network, self._config.train.batch_size)
        self._threads = limit_threads(min(self._work.threads, suitable))  # as the command line would, within the bound

    def forms(self, evaluating: bool) -> list[dict[str, Any]]:
        """What `--threads` can say within the bound."""
        return [{"threads": threads} for threads in sorted({1, self._work.threads})]

    def begin(self, form: dict[str, Any]) -> None:
        self._threads = limit_threads(form.get("threads", self._threads))
        self._state = State.new(self._config, self._network)
        train = self._config.train
        self._stepper = Stepper(self._network, train, self._state)
        if not self._weights.exists():
            np.savez(self._weights, **self._state.params.named)  # type: ignore[arg-type]

    def places(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return places

    def step(self, places: NDArray[np.int64], number: int) -> float:
        return self._stepper.step(self._train.at(places), self._work.learning_rate(number), number)

    def evaluate(self) -> float:
        return evaluate(self._network, self._state.params, self._test, threads=self._threads).accuracy

    def facts(self) -> dict[str, Any]:
        return {"threads": self._threads, "optimizer": asdict(self._config.train.optimizer)}


if __name__ == "__main__":
    serve(Cnnbp)
