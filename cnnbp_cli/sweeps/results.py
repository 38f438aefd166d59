"""The results of a sweep so far: of each run, of each point over its seeds, and which point is best."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import fmean, stdev
from typing import Literal, TypeAlias

from cnnbp_cli.sweeps.methods.base import Score
from cnnbp_cli.sweeps.plan import RunName
from cnnbp_cli.sweeps.points import Point
from cnnbp_cli.training.metrics import EpochMetrics, rank

State: TypeAlias = Literal["waiting", "running", "stopped", "done", "failed"]


@dataclass
class RunResult:
    """One run.

    Attributes
    ----------
    name
        Point and seed.
    state
        `done` if it got as far as the sweep wanted; `stopped` if it has begun, and neither ended nor runs.
    rows
        The metrics of its finished epochs.
    problem
        Why it failed.
    lasting
        Whether it would fail again, as a training that diverges does.
    complete
        Whether all its epochs are trained, or it has stopped early.
    test_loss, test_accuracy
        Of the best weights, once the test images were evaluated.
    """

    name: RunName
    state: State = "waiting"
    rows: Sequence[EpochMetrics] = ()
    problem: str | None = None
    lasting: bool = False
    complete: bool = False
    test_loss: float | None = None
    test_accuracy: float | None = None

    @property
    def best(self) -> EpochMetrics | None:
        """The best epoch so far."""
        return min(self.rows, key=rank, default=None)

    @property
    def seconds(self) -> float:
        """Training time."""
        return sum(row.seconds for row in self.rows)


@dataclass(frozen=True)
class PointResult:
    """A point: its runs, one per seed.

    Attributes
    ----------
    point
        Its config values.
    runs
        In the order of the seeds.
    """

    point: Point
    runs: Sequence[RunResult] = field(repr=False)

    @property
    def state(self) -> State:
        """Of its runs: the first that applies."""
        states = {run.state for run in self.runs}
        order: tuple[State, ...] = ("running", "failed", "stopped", "waiting", "done")
        if "waiting" in states and states - {"waiting"} == {"done"}:
            return "stopped"
        return next(state for state in order if state in states)

    @property
    def problem(self) -> str | None:
        """Why runs failed; which of them, if not all did."""
        failed = [run for run in self.runs if run.problem]
        if not failed:
            return None
        among = "" if len(failed) == len(self.runs) else f"seed {', '.join(str(run.name.seed) for run in failed)}: "
        return f"{among}{failed[0].problem}"

    @property
    def epochs(self) -> int:
        """Epochs that all runs have finished."""
        return min(len(run.rows) for run in self.runs)

    @property
    def accuracy(self) -> float | None:
        """Mean over the seeds of the best validation accuracy; None before the first epoch of each."""
        bests = [run.best for run in self.runs]
        return fmean(best.validation_accuracy for best in bests if best) if all(bests) else None

    @property
    def loss(self) -> float | None:
        """The same of the validation loss at these epochs."""
        bests = [run.best for run in self.runs]
        return fmean(best.validation_loss for best in bests if best) if all(bests) else None

    @property
    def spread(self) -> float | None:
        """Standard deviation of the validation accuracy over the seeds, with n − 1; None for one seed."""
        return _deviation([run.best.validation_accuracy if run.best else None for run in self.runs])

    @property
    def test_accuracy(self) -> float | None:
        """Mean test accuracy over the seeds, if the test images were evaluated."""
        found = [run.test_accuracy for run in self.runs if run.test_accuracy is not None]
        return fmean(found) if len(found) == len(self.runs) else None

    @property
    def test_spread(self) -> float | None:
        """Standard deviation of the test accuracy over the seeds."""
        return _deviation([run.test_accuracy for run in self.runs])

    @property
    def complete(self) -> bool:
        """Whether all its runs are."""
        return all(run.complete for run in self.runs)

    @property
    def score(self) -> Score | None:
        """What points are compared by; None for one that failed, or whose runs have not all finished an epoch."""
        if self.state == "failed" or self.accuracy is None or self.loss is None:
            return None
        return -self.accuracy, self.loss


def ranked(results: Iterable[PointResult]) -> list[PointResult]:
    """The points that can be compared, best first.

    Points that are trained to their end come before others, which halving has stopped; among those, more epochs come
    first, because accuracies after different numbers of epochs do not compare.
    """
    scored = [(one.score, one) for one in results]
    keyed = [
        ((not one.complete, 0 if one.complete else -one.epochs, score, one.point.number), one)
        for score, one in scored
        if score
    ]
    return [one for _, one in sorted(keyed, key=lambda item: item[0])]


def within_spread(best: PointResult, others: Iterable[PointResult]) -> list[PointResult]:
    """The points whose mean differs from that of the best one by no more than the larger of the two spreads."""
    found = []
    for one in others:
        if one is best or one.accuracy is None or best.accuracy is None or best.spread is None or one.spread is None:
            continue
        if one.state != "failed" and best.accuracy - one.accuracy <= max(best.spread, one.spread):
            found.append(one)
    return found


def _deviation(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return stdev(known) if len(known) == len(values) > 1 else None
