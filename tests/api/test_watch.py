"""A student's loop, watched: each step is judged with the weights that it began with, and replayed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli import Watch, make_exercise
from cnnbp_cli.diagnosis.exchange import Exercise
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.gradients.trace import trace

RATE = 0.1


@pytest.fixture(scope="module")
def exercise() -> Exercise:
    return make_exercise()


def loop(watch: Watch, exercise: Exercise, steps: int, wrong_from: int, *, tell_weights: bool = True) -> None:
    """Gradient descent on the exercise's batch. From a step on, the kernel gradient is rotated by 180°."""
    params = exercise.trace.params.astype(np.float64)
    for step in range(steps):
        passed = trace(exercise.trace.network, params, exercise.trace.input, exercise.trace.labels)
        tensors = Exercise(exercise.config, passed).tensors
        computed = {name: tensor.exchanged(tensor.right) for name, tensor in tensors.items()}
        if step >= wrong_from:
            computed["conv1.grad_weight"] = computed["conv1.grad_weight"][..., ::-1, ::-1]
        watch(step, computed | (params.named if tell_weights else {}))
        for layer in passed.layers:
            for name, gradient in layer.grads.items():
                params.named[f"{layer.name}.{name}"][...] -= RATE * gradient


def test_a_mistake_is_found_in_the_step_where_it_was_made(exercise: Exercise) -> None:
    watch = Watch(exercise)
    loop(watch, exercise, 5, wrong_from=3)
    assert [one.failed for one in watch.steps] == [False, False, False, True, True]
    assert [name for name, verdict in watch.steps[3].verdicts.items() if verdict == "FAIL"] == ["conv1.grad_weight"]
    (report,) = (one for one in watch.steps[3].diagnosis.reports if one.name == "conv1.grad_weight")
    assert "180°" in report.fits[0].title
    assert watch.failed


def test_what_was_computed_is_kept_though_the_program_writes_over_it(exercise: Exercise) -> None:
    watch = Watch(exercise)
    delta = exercise.tensors["dense1.delta"]
    array = delta.exchanged(delta.right).copy()
    watch(0, {"dense1.delta": array})
    array[...] = 0
    assert watch.steps[0].answers["dense1.delta"].any()


def test_weights_that_are_not_told_are_those_of_the_step_before(exercise: Exercise) -> None:
    watch = Watch(exercise)
    loop(watch, exercise, 2, wrong_from=9, tell_weights=False)
    assert [one.failed for one in watch.steps] == [False, True]


def test_another_batch(exercise: Exercise) -> None:
    watch = Watch(exercise)
    images, labels = exercise.questions["input"][::-1][:3], exercise.questions["labels"][::-1][:3]
    passed = trace(exercise.trace.network, exercise.trace.params, np.moveaxis(images, 0, -1), labels)
    answers = {name: one.exchanged(one.right) for name, one in Exercise(exercise.config, passed).tensors.items()}
    assert not watch(0, answers | {"input": images, "labels": labels}).failed


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"conv1.weight": np.zeros((2, 2))}, r"conv1.weight has the shape \(2, 2\), not \(3, 2, 4, 5\)"),
        ({"labels": np.array([0, 1])}, r"input has the shape .* not \(2, 2, 17, 15\)"),
        ({"labels": np.full(7, 99)}, "labels must be whole numbers from 0 to"),
        ({"nonsense": np.zeros(3)}, "nonsense"),
        ({"dense1.delta": [None]}, "holds object, not real numbers"),
    ],
)
def test_what_does_not_fit_is_refused(exercise: Exercise, arrays: dict[str, np.ndarray], message: str) -> None:
    watch = Watch(exercise)
    right = exercise.tensors["dense1.grad_bias"].right
    with pytest.raises(CnnbpError, match=message):
        watch(0, {"dense1.grad_bias": right} | arrays)
    assert watch.steps == []


def test_the_replay_shows_every_step(exercise: Exercise, tmp_path: Path) -> None:
    watch = Watch(exercise)
    loop(watch, exercise, 3, wrong_from=1)
    watch.html(tmp_path / "mine.html")
    page = (tmp_path / "mine.html").read_text(encoding="utf-8")
    assert "3 steps · wrong from step 1 on" in page
    for step in range(3):
        assert f'id="step-{step}"' in page
    assert 'alt="your conv1.grad_weight"' in page
    assert "rotated by 180°" in page
    assert "srcdoc" in watch._repr_html_()
    assert repr(watch) == "<3 steps watched, 2 with something wrong>"


def test_a_long_loop_makes_a_page_of_bounded_size(
    exercise: Exercise, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnbp_cli.show.report.replay.MAX_STEPS", 3)
    watch = Watch(exercise)
    right = exercise.tensors["dense1.grad_bias"].right
    for step in range(10):
        watch(step, {"dense1.grad_bias": right})
    page = watch.page()
    assert page.count('<section id="step-') == 3
    assert "3 of them are shown" in page


def test_a_replay_of_nothing(exercise: Exercise) -> None:
    assert "0 steps" in Watch(exercise).page()
