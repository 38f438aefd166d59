"""Rubrics are checked like configs, and each mistake is charged once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.config import ConfigError
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.grading.marks import TensorMark, marked, marking
from cnnbp_cli.grading.rubric import DEFAULT_RUBRIC, Rubric, read_rubric
from cnnbp_cli.grading.tensor_names import names_of
from tests.diagnosis.confusion import Case, program
from tests.support.student import Array

TESTED = program("shipped", 0)
NAMES = names_of(TESTED.exercise)

DROPPED = Case("dense1.delta", ("output-slope-dropped", ""))
ROTATED = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
ROTATED_TWICE = (ROTATED, Case("conv2.grad_weight", ("kernel-gradient-rotated", "")))


def answers(*cases: Case) -> dict[str, Array]:
    return TESTED.student.answers({case.tensor: case.kind for case in cases})


def marks(given: dict[str, Array], rubric: Rubric = DEFAULT_RUBRIC) -> dict[str, TensorMark]:
    rules = marking(rubric, NAMES.wanted, NAMES.forward)
    return {mark.name: mark for mark in marked(diagnose(TESTED.exercise, given), rules)}


def total(given: dict[str, Array], rubric: Rubric = DEFAULT_RUBRIC) -> float:
    return sum(mark.points for mark in marks(given, rubric).values())


def test_without_a_rubric_each_tensor_gives_a_point() -> None:
    assert total(answers()) == 18
    assert total(answers(ROTATED)) == 17


def test_what_is_missing_gives_nothing() -> None:
    few = {name: array for name, array in answers().items() if name.startswith("dense1.grad_")}
    assert total(few) == len(few) == 3
    assert marks(few)["conv1.delta"] == TensorMark("conv1.delta", None, 0, 1)


def test_a_mistake_is_charged_once() -> None:
    found = marks(answers(DROPPED, ROTATED))
    assert [name for name, mark in found.items() if not mark.points] == ["dense1.delta", "conv1.grad_weight"]
    assert found["conv1.grad_bias"].follows == "dense1.delta"
    assert total(answers(DROPPED), Rubric(carried_forward=0.5)) == 17 / 2


def test_a_mistake_in_what_was_not_submitted_is_charged_where_it_shows_first() -> None:
    gradients = {name: array for name, array in answers(DROPPED).items() if ".grad_w" in name or ".grad_b" in name}
    found = marks(gradients)
    assert [name for name in gradients if not found[name].points] == ["dense1.grad_weight"]


def test_a_mistake_where_nothing_is_to_be_earned_is_charged_at_what_follows() -> None:
    found = marks(answers(DROPPED), Rubric(points=12, weights={"*.grad_weight": 1, "*.grad_bias": 1}))
    assert {name: mark.points for name, mark in found.items() if mark.most} == {
        "dense1.grad_weight": 0,
        "dense1.grad_bias": 2,
        "conv2.grad_weight": 2,
        "conv2.grad_bias": 2,
        "conv1.grad_weight": 2,
        "conv1.grad_bias": 2,
    }


def test_a_wrong_forward_pass_is_charged() -> None:
    given = answers()
    given["conv1.z"] = -TESTED.exercise.questions["conv1.z"]
    assert total(given) < 18


def test_one_factor_on_all_gradients_is_charged_once() -> None:
    given = {
        name: array * (-0.01 if ".grad_w" in name or ".grad_b" in name else 1) for name, array in answers().items()
    }
    assert total(given) == 17


def test_the_same_mistake_in_two_layers() -> None:
    assert total(answers(*ROTATED_TWICE)) == 16
    assert total(answers(*ROTATED_TWICE), Rubric(repeated=1)) == 17


def test_conventions_and_layouts_may_cost() -> None:
    given = answers()
    given["dense1.grad_weight"] = given["dense1.grad_weight"].T
    assert total(given) == 18
    assert total(given, Rubric(layouts=False)) == 17
    n = len(TESTED.exercise.trace.labels)
    given = {name: array * (n if name.endswith((".delta", ".grad_input")) else 1) for name, array in answers().items()}
    assert total(given) == 18
    assert total(given, Rubric(conventions=False)) == 17


def test_few_digits_earn_nothing() -> None:
    given = {"dense1.delta": np.round(answers()["dense1.delta"], 3)}
    assert marks(given)["dense1.delta"].points == 0


def test_weights_follow_the_last_pattern_that_matches() -> None:
    rubric = Rubric(weights={"*": 1, "conv*.grad_weight": 3, "conv1.*": 2, "conv1.z": 5})
    most = dict(marking(rubric, NAMES.wanted, NAMES.forward).most)
    assert (most["dense1.delta"], most["conv2.grad_weight"], most["conv1.grad_weight"]) == (1, 3, 2)
    assert (most["conv1.z"], most["conv2.z"]) == (5, 0)


def test_every_mistake_in_a_rubric_is_reported_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_text(
        'points: 0\nweights:\n  "*": 1\n  conv1.grad_wieght: 2\n  "pool*.grad_weight": 1\n  dense1.delta: -1\n'
        "carried_foward: 1\nconventions: yes\n",
        encoding="utf-8",
    )
    with pytest.raises(ConfigError) as error:
        read_rubric(path, NAMES.wanted, NAMES.forward)
    lines = str(error.value).splitlines()
    assert lines[0] == "6 mistakes in the rubric:"
    assert [line.rpartition("rubric.yaml:")[2].partition(":")[0] for line in lines[1:]] == [
        "1",
        "4",
        "5",
        "6",
        "7",
        "8",
    ]
    for words in (
        "points: expected a number above 0",
        "did you mean `conv1.grad_weight`?",
        "weights.pool*.grad_weight: matches no tensor",
        "expected a number from 0 to 1,000,000; got -1",
        "did you mean `carried_forward`?",
        "Did you mean `true`?",
    ):
        assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty"),
        ("- 1", "a rubric is a mapping"),
        ('weights: {"*": 0}', "every weight is 0"),
        ("weights: 3", "expected a mapping"),
        ("weights: {conv1.delta: [1]}", "expected a number from 0"),
        ("points: 1\npoints: 2", "duplicate key"),
        ("a: &x 1", "anchors"),
        ("{", "not valid YAML"),
    ],
)
def test_a_file_that_is_no_rubric(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=problem):
        read_rubric(path, NAMES.wanted, NAMES.forward)


def test_a_rubric_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_text('points: 20\nweights: {"*": 1, "conv*.grad_weight": 2.5}\nrepeated: 0.5\n', encoding="utf-8")
    rubric = read_rubric(path, NAMES.wanted, NAMES.forward)
    assert rubric == Rubric(points=20, weights={"*": 1, "conv*.grad_weight": 2.5}, repeated=0.5)
    assert marking(rubric, NAMES.wanted, NAMES.forward).points == pytest.approx(20)
