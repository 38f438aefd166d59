"""Asynchronous successive halving, step by step."""

from __future__ import annotations

from cnnbp_cli.sweeps.methods.base import Job
from cnnbp_cli.sweeps.methods.halving import Halving, rungs
from cnnbp_cli.sweeps.points import Point


def test_rungs_end_at_the_epochs_of_the_config() -> None:
    assert rungs(16, 1, 4) == [1, 4, 16]
    assert rungs(10, 1, 4) == [1, 4, 10]
    assert rungs(1, 1, 4) == [1]
    assert rungs(3, 5, 2) == [3]
    assert rungs(27, 3, 3) == [3, 9, 27]


def finish(halving: Halving, job: Job | None) -> Job:
    """Its score: the higher the number of the point, the better."""
    assert job
    halving.report(job, (-float(job.point.number), 0.0))
    return job


def test_promotions_come_before_new_points_and_are_the_best() -> None:
    halving = Halving([Point(number, {}) for number in range(1, 5)], [1, 2, 4], 2)
    jobs = [finish(halving, halving.next(idle=True)) for _ in range(9)]
    assert [(job.point.number, job.until) for job in jobs] == [
        (1, 1),
        (2, 1),
        (2, 2),
        (3, 1),
        (3, 2),
        (3, None),
        (4, 1),
        (4, 2),
        (4, None),
    ]
    assert halving.next(idle=True) is None


def test_nobody_waits_for_a_rung_to_be_complete() -> None:
    halving = Halving([Point(number, {}) for number in range(1, 4)], [1, 4], 4)
    assert [halving.next(idle=False).point.number for _ in range(3)] == [1, 2, 3]  # type: ignore[union-attr]
    assert halving.next(idle=False) is None


def test_the_best_goes_on_to_the_end_even_if_there_are_few_points() -> None:
    halving = Halving([Point(number, {}) for number in range(1, 4)], [1, 4, 16], 4)
    jobs = [finish(halving, halving.next(idle=True)) for _ in range(5)]
    assert [(job.point.number, job.until) for job in jobs] == [(1, 1), (2, 1), (3, 1), (3, 4), (3, None)]
    assert halving.next(idle=True) is None


def test_failed_points_are_never_promoted() -> None:
    halving = Halving([Point(1, {}), Point(2, {})], [1, 2], 2)
    for _ in range(2):
        job = halving.next(idle=True)
        assert job
        halving.report(job, None)
    assert halving.next(idle=True) is None


def test_a_resumed_sweep_goes_on_with_what_was_in_the_middle() -> None:
    halving = Halving([Point(number, {}) for number in range(1, 9)], [1, 4, 16], 4)
    halving.restore({1: 1, 2: 1, 3: 3})
    jobs = [finish(halving, halving.next(idle=False)) for _ in range(5)]
    assert [(job.point.number, job.until) for job in jobs] == [(1, 1), (2, 1), (3, 1), (3, 4), (4, 1)]
