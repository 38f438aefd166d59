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
from cnnbp_cli.numerics.threads import Crew
from cnnbp_cli.training.evaluate import evaluate
from cnnbp_cli.training.state import State
from cnnbp_cli.training.step import Stepper


class Cnnbp(Contestant):
    """Each step gathers its images, divides them by 255 and transposes them to batch last; all of it is timed."""

    def __init__(self, job: Job) -> None:
        self._work = job.workload
        self._weights = Path(job.weights)
        self._config = config_from_data(self._work.config, "the workload")
        self._network = Network(self._config.input, self._config.layers, self._config.loss)
        self._train = self._work.images("train")
        self._test = self._work.images("test")
        self._threads = self._work.threads

    def begin(self, form: dict[str, Any]) -> None:
        self._state = State.new(self._config, self._network)
        train = self._config.train
        crew = Crew(self._threads).__enter__()  # for the life of this process
        self._stepper = Stepper(self._network, train, self._state, crew)
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
