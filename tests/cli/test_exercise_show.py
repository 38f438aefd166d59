"""`cnnbp exercise show` lists what an exercise holds; `--answers` writes a right submission."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.small import ROOT

Here = Callable[..., tuple[int, str, str]]


@pytest.fixture
def exercise(here: Here, tmp_path: Path) -> Path:
    path = tmp_path / "exercise.npz"
    assert here("exercise", "make", "-o", path)[0] == 0
    return path


def test_every_array_is_listed_with_its_shape(here: Here, exercise: Path) -> None:
    code, out, err = here("exercise", "show", exercise)
    assert (code, err) == (0, "")
    lines = [line.split() for line in out.splitlines()]
    shown = {words[0]: words[1] for words in lines if len(words) > 2}
    with np.load(exercise) as arrays:
        for name, array in arrays.items():
            if array.dtype.kind != "U":
                assert shown[name] == "×".join(map(str, array.shape)), name
    assert max(map(len, out.splitlines()[1:])) <= 80
    assert "∂C/∂W = δ · xᵀ" in out


def test_programs_get_axes_and_meaning(here: Here, exercise: Path) -> None:
    code, out, _ = here("exercise", "show", exercise, "--json")
    assert code == 0
    document = json.loads(out)
    with np.load(exercise) as arrays:
        assert document["id"] == str(arrays["id"])
    by_name = {array["name"]: array for array in [*document["given"], *document["wanted"]]}
    assert by_name["conv1.grad_weight"]["axes"] == ["map", "channel", "row", "column"]
    assert by_name["dense1.grad_bias"]["axes"] == ["unit"]
    assert by_name["pool1.delta"]["meaning"] == "as conv2.grad_input"
    assert [array["name"] for array in document["wanted"]][:2] == ["dense1.delta", "dense1.grad_weight"]


@pytest.mark.parametrize("name", ["right.npz", "right.json"])
@pytest.mark.parametrize("command", ["make", "show"])
def test_the_sample_submission_is_complete_and_right(
    here: Here, tmp_path: Path, exercise: Path, name: str, command: str
) -> None:
    right = tmp_path / name
    line = ["make", "--questions-only", "-o", exercise, "--force"] if command == "make" else ["show", exercise]
    assert here("exercise", *line, "--answers", right)[0] == 0
    code, out, _ = here("diagnose", exercise, right)
    assert code == 0
    assert "All 18 submitted tensors are correct." in out
    assert "Not submitted" not in out


def test_an_exercise_of_every_kind_of_layer_is_shown(here: Here, tmp_path: Path) -> None:
    config = tmp_path / "kinds.yaml"
    config.write_text(
        "name: kinds\ninput: [1, 8, 9]\nlayers:\n"
        "  - {type: conv2d, filters: 2, kernel_size: 3, bias: per_position}\n  - {type: batch_norm, activation: relu}\n"
        "  - {type: avg_pool2d, pool_size: 2}\n  - {type: dropout, rate: 0.5}\n  - {type: global_max_pool2d}\n"
        "  - {type: dense, units: 3}\n  - {type: activation, activation: softmax}\n"
        "loss: cross_entropy\ntrain: {epochs: 1, batch_size: 4, optimizer: {type: sgd, learning_rate: 0.5}}\n",
        encoding="utf-8",
    )
    made = tmp_path / "own.json"
    assert here("exercise", "make", "--config", config, "-o", made)[0] == 0
    code, out, err = here("exercise", "show", made)
    assert (code, err) == (0, "")
    assert "bn1.grad_weight" in out


def test_what_is_no_exercise_is_refused(here: Here) -> None:
    code, out, err = here("exercise", "show", ROOT / "configs" / "seed.yaml")
    assert (code, out) == (2, "")
    assert "seed.yaml" in err
