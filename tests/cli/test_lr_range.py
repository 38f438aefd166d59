"""`cnnbp lr-range`: a suggestion that trains, and no suggestion where nothing is learned."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from cnnbp_cli.show.plot import plot


def test_the_suggestion_follows_from_the_lowest_smoothed_loss_and_trains(here: Callable, small: Path) -> None:
    code, out, err = here("lr-range", "--config", small, "--json", "--threads", 1)
    assert (code, err) == (0, "")
    found = json.loads(out)
    steps = found["steps"]
    rates = [step["learning_rate"] for step in steps]
    assert rates[0] == pytest.approx(1e-4)
    assert all(other / one == pytest.approx(1e5 ** (1 / 499)) for one, other in pairwise(rates))
    average, smoothed = 0.0, []
    for number, step in enumerate(steps, 1):
        average = 0.95 * average + 0.05 * step["loss"]
        smoothed.append(average / (1 - 0.95**number))
    assert [step["smoothed"] for step in steps] == pytest.approx(smoothed)
    lowest = min(range(len(steps)), key=lambda place: smoothed[place])
    assert found["lowest"] == steps[lowest]
    assert found["suggestion"] == float(f"{rates[lowest] / 4:.2g}")
    rate = f"train.optimizer.learning_rate={found['suggestion']}"
    trained = here("train", "--config", small, "--set", rate, "--epochs", 5, "--json", "-q", "--threads", 1)[1]
    assert json.loads(trained)["test_accuracy"] > 0.7


def test_threads_do_not_change_it(here: Callable, small: Path) -> None:
    one, two = (here("lr-range", "--config", small, "--steps", 50, "--json", "--threads", n)[1] for n in (1, 2))
    assert one == two


def test_it_ends_where_the_training_diverges(here: Callable, small: Path) -> None:
    found = json.loads(here("lr-range", "--config", small, "--max", 1e6, "--json")[1])
    assert found["ended"] in ("worse", "not finite")
    assert found["steps"][-1]["learning_rate"] < 1e6
    assert found["suggestion"] < 1


def test_no_suggestion_where_nothing_is_learned(here: Callable, small: Path) -> None:
    code, out, _ = here("lr-range", "--config", small, "--max", 1e-3, "--steps", 60)
    assert code == 0
    assert "suggestion     none" in out
    assert "no rate can be suggested" in out


def test_the_page(here: Callable, small: Path) -> None:
    assert here("lr-range", "--config", small, "--steps", 60, "-o", "lr.html")[0] == 0
    page = Path("lr.html").read_text(encoding="utf-8")
    assert "Loss while the learning rate grows" in page
    assert "script-src &#x27;none&#x27;" in page
    assert here("lr-range", "--config", small, "-o", "lr.html")[0] == 2


@pytest.mark.parametrize("ends", [("--min", 1, "--max", 0.1), ("--min", 0), ("--min", "nan"), ("--max", "inf")])
def test_ends_that_are_no_range(here: Callable, small: Path, ends: tuple[object, ...]) -> None:
    code, _, err = here("lr-range", "--config", small, *ends)
    assert code == 2
    assert "--min must be above 0 and below --max" in err


def test_a_training_at_chance_level_says_so_and_points_to_it(here: Callable, small: Path) -> None:
    rate = ("--set", "train.optimizer.learning_rate=1e-9")
    code, out, _ = here("train", "--config", small, *rate, "--epochs", 1, "-q", "--no-report", "--output-dir", "low")
    assert code == 0
    assert "hardly better than random guesses" in out
    assert f"  cnnbp lr-range --config {Path('low', 'config.yaml')}\n" in out
    code, out, _ = here("train", "--config", small, "-q", "--no-report", "--output-dir", "fine")
    assert "lr-range" not in out


def test_a_plot_is_filled_from_below() -> None:
    assert plot([0.0, 1.0, 2.0], 10, height=2) == [" ▁█", "▁██"]
    lines = plot([float(n) for n in range(100)], 10, height=3)
    assert [len(line) for line in lines] == [10, 10, 10]
    assert all(left <= right for line in lines for left, right in pairwise(line))
