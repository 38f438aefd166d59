"""The jobs of a side, with a contestant whose progress is fixed in advance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.jobs import EVALUATIONS_PER_EPOCH, KINDS
from benchmarks.side import Contestant, Job
from benchmarks.workload import Workload

CONFIG = {
    "name": "made up",
    "train": {
        "batch_size": 10,
        "epochs": 3,
        "seed": 0,
        "optimizer": {"learning_rate": 1.0},
        "schedule": {"type": "constant"},
    },
    "data": {"validation": 20},
}

WORK = Workload(CONFIG, "nowhere", threads=1, limit=100)


class Learner(Contestant):
    """Its accuracy is a hundredth of the steps that it has done."""

    def __init__(self, cost: float = 30.0) -> None:
        self.seen: list[NDArray[np.int64]] = []
        self._cost = cost

    def begin(self, form: dict[str, Any]) -> None:
        self.seen.clear()

    def places(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        return places

    def step(self, places: NDArray[np.int64], number: int) -> float:
        self.seen.append(places)
        assert number == len(self.seen)
        return self._cost

    def evaluate(self) -> float:
        return len(self.seen) / 100

    def forms(self, evaluating: bool) -> list[dict[str, Any]]:
        return [{"a": 1}, {"a": 2}]


def do(side: Contestant, kind: Any, **options: Any) -> dict[str, Any]:
    done: dict[str, Any] = KINDS[kind](side, Job(kind, WORK, "", seconds=0.01, warm_up=0.0, **options))
    return done


def test_reach_reports_when_each_target_is_first_reached() -> None:
    side = Learner()
    done = do(side, "reach", targets=(0.12, 0.03))
    evaluations = [2, 4, 6, 8, 10, 12]  # after how many of the 8 steps per epoch
    assert EVALUATIONS_PER_EPOCH == 4
    assert {target: at["images"] for target, at in done["reached"].items()} == {"0.03": 40, "0.12": 120}
    assert len(side.seen) == evaluations[-1]


def test_reach_gives_up_after_the_last_epoch() -> None:
    side = Learner()
    done = do(side, "reach", targets=(0.2, 0.9))
    assert list(done["reached"]) == ["0.2"]
    assert done["accuracy"] == 0.24
    assert len(side.seen) == 3 * 8


def test_losses_are_those_of_the_first_batches_in_their_order() -> None:
    side = Learner()
    assert do(side, "losses")["losses"] == [3.0] * 8  # an epoch has no more
    first = next(WORK.epochs())
    assert all(np.array_equal(seen, expected) for seen, expected in zip(side.seen, first, strict=True))


def test_every_form_is_tried_and_the_fastest_comes_first() -> None:
    tried = do(Learner(), "choose_train")["tried"]
    assert sorted(one["form"]["a"] for one in tried) == [1, 2]
    assert tried[0]["rate"] >= tried[1]["rate"] > 0


def test_a_diverged_training_is_no_measurement() -> None:
    with pytest.raises(ArithmeticError, match="diverged"):
        do(Learner(cost=float("nan")), "train")
