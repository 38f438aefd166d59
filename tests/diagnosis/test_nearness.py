"""The quick look at all pairs of candidates passes over none that is close."""

from __future__ import annotations

from cnnbp_cli.diagnosis.exercise import apart, every_mistake
from cnnbp_cli.diagnosis.nearness import Nearness
from tests.diagnosis.confusion import program


def test_no_close_pair_is_passed_over() -> None:
    passed = 0
    for _, candidates in every_mistake(program("shipped", 0).exercise):
        nearness = Nearness(candidates)
        for first, candidate in enumerate(candidates):
            for second, other in enumerate(candidates[first + 1 :], first + 1):
                for angle in (1e-6, 0.3):
                    if not nearness.may_be(first, second, angle):
                        passed += 1
                        assert apart(candidate, other) > angle
    assert passed > 1000
