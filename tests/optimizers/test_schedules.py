"""Schedules at the places where they can be computed by hand; test_golden.py has the curves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.optimizers import Constant, Schedule
from cnnbp_cli.optimizers.schedules import Cosine, OneCycle, StepDecay

ANY = st.sampled_from(
    [
        Constant(),
        Constant(warmup_epochs=0.37),
        StepDecay(step_size=3, gamma=0.5, warmup_epochs=1.5),
        Cosine(warmup_epochs=2),
        Cosine(final_fraction=0.1),
        OneCycle(),
        OneCycle(pct_start=0.0),
        OneCycle(pct_start=0.999, div_factor=1.0),
    ]
)


@given(schedule=ANY, steps_per_epoch=st.integers(1, 500), epochs=st.integers(1, 50), where=st.floats(0, 1))
def test_a_factor_is_between_0_and_1_however_short_the_run(
    schedule: Schedule, steps_per_epoch: int, epochs: int, where: float
) -> None:
    step = 1 + round(where * (steps_per_epoch * epochs - 1))
    factor = schedule.factor(step, steps_per_epoch, epochs)
    assert type(factor) is float
    assert 0 <= factor <= 1 + 1e-12


@pytest.mark.parametrize(
    "schedule", [Constant(warmup_epochs=1.5), StepDecay(step_size=9, warmup_epochs=1.5), Cosine(warmup_epochs=1.5)]
)
def test_the_warm_up_climbs_in_a_straight_line_to_the_whole_rate(schedule: Schedule) -> None:
    factors = [schedule.factor(step, 10, 8) for step in range(1, 17)]
    assert factors[:15] == pytest.approx([step / 15 for step in range(1, 16)])
    assert factors[15] == pytest.approx(1)


def test_a_run_may_be_shorter_than_its_warm_up() -> None:
    assert [Cosine(warmup_epochs=2).factor(step, 4, 1) for step in (1, 4)] == pytest.approx([1 / 8, 1 / 2])


def test_constant_is_exactly_the_rate() -> None:
    assert {Constant().factor(step, 7, 3) for step in range(1, 22)} == {1.0}


def test_step_decays_after_every_step_size_epochs() -> None:
    factors = [StepDecay(step_size=2, gamma=0.5).factor(step, 3, 5) for step in range(1, 16)]
    assert factors == [1.0] * 6 + [0.5] * 6 + [0.25] * 3


def test_cosine_starts_whole_is_half_way_in_the_middle_and_ends_near_its_final_fraction() -> None:
    schedule = Cosine(final_fraction=0.2)
    first, middle, last = (schedule.factor(step, 100, 10) for step in (1, 501, 1000))
    assert (first, middle) == pytest.approx((1.0, 0.6))
    assert last == pytest.approx(0.2 + 0.8 * (1 - math.cos(math.pi / 1000)) / 2)


def test_one_cycle_climbs_to_its_peak_and_falls_to_almost_nothing() -> None:
    factors = [OneCycle().factor(step, 100, 10) for step in range(1, 1001)]
    assert factors[0] == pytest.approx(1 / 25)
    assert factors.index(max(factors)) == 299
    assert factors[299] == pytest.approx(1)
    assert factors[-1] == pytest.approx(1 / 25e4)
    assert factors[:300] == sorted(factors[:300])
    assert factors[299:] == sorted(factors[299:], reverse=True)
