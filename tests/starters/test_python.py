"""A starter runs as it is, tells what to write first, and with right code in its steps everything passes."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import config_from_data
from cnnbp_cli.diagnosis.answers import read_answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import Exercise, pack
from cnnbp_cli.diagnosis.exercise import default_config, make_exercise
from cnnbp_cli.gradients.check import Verdict
from cnnbp_cli.layers import LAYER_TYPES
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.starters.functions import function_body
from cnnbp_cli.starters.kinds import STARTERS
from cnnbp_cli.starters.python import python_starter
from tests.starters.filled import HOLE, filled

TRAIN = {"epochs": 1, "batch_size": 3, "optimizer": {"type": "sgd", "learning_rate": 0.5}}

NETWORKS: dict[str, dict[str, Any]] = {
    "normalised": {
        "input": [2, 9, 8],
        "layers": [
            {"type": "conv2d", "filters": 3, "kernel_size": [2, 3], "padding": "same", "stride": 2, "bias": "none"},
            {"type": "batch_norm", "activation": "relu"},
            {"type": "dropout", "rate": 0.25},
            {"type": "avg_pool2d", "pool_size": 2, "stride": 1},
            {"type": "flatten"},
            {"type": "dense", "units": 6, "bias": False},
            {"type": "batch_norm", "epsilon": 0.1},
            {"type": "activation", "activation": "leaky_relu"},
            {"type": "dense", "units": 4, "activation": "softmax"},
        ],
        "loss": "cross_entropy",
    },
    "global": {
        "input": [1, 8, 9],
        "layers": [
            {"type": "conv2d", "filters": 5, "kernel_size": 3, "bias": "per_position", "activation": "softmax"},
            {"type": "max_pool2d", "pool_size": 2, "name": "halved"},
            {"type": "global_max_pool2d"},
            {"type": "dense", "units": 4},
            {"type": "activation", "activation": "sigmoid"},
        ],
        "loss": "cross_entropy",
    },
    "averaged": {
        "input": [1, 7, 6],
        "layers": [
            {"type": "conv2d", "filters": 4, "kernel_size": 3, "padding": [0, 2], "activation": "tanh"},
            {"type": "global_avg_pool"},
            {"type": "dense", "units": 3},
        ],
        "loss": "mse",
    },
    "ends in softmax": {
        "input": [1, 5, 4],
        "layers": [
            {"type": "flatten"},
            {"type": "dense", "units": 3},
            {"type": "activation", "activation": "softmax"},
        ],
        "loss": "mse",
    },
}
"""With the shipped exercise, every kind of layer, activation function and loss."""


def exercise(name: str) -> Exercise:
    if name == "shipped":
        return make_exercise(default_config(), 0)
    return make_exercise(config_from_data({"name": "own", **NETWORKS[name], "train": TRAIN}, name), 0)


@pytest.fixture(params=["shipped", *NETWORKS])
def made(request: pytest.FixtureRequest) -> Exercise:
    return exercise(request.param)


def run(folder: Path, program: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "my_backprop.py").write_text(program, encoding="utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", "my_backprop.py"],
        cwd=folder,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def started(made: Exercise, folder: Path, file_format: Any = "npz") -> str:
    """The program, beside its exercise without answers."""
    name = f"exercise.{file_format}"
    (folder / name).write_bytes(pack(made, file_format, questions_only=True))
    return python_starter(made, Path("my_backprop.py"), Path(name), file_format)


def test_with_open_steps_it_runs_and_learns_what_is_first(tmp_path: Path, made: Exercise) -> None:
    done = run(tmp_path, started(made, tmp_path))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"0 of {len(made.tensors)} tensors are in mine.npz\n"
    diagnosis = diagnose(made, read_answers(tmp_path / "mine.npz", made))
    assert diagnosis.failed
    assert diagnosis.advice
    assert diagnosis.advice.startswith(f"Start with {next(iter(made.tensors))}")


@pytest.mark.parametrize("file_format", ["npz", "json"])
def test_with_right_code_everything_passes(tmp_path: Path, made: Exercise, file_format: str) -> None:
    done = run(tmp_path, filled(started(made, tmp_path, file_format), made))
    assert (done.returncode, done.stderr) == (0, "")
    diagnosis = diagnose(made, read_answers(tmp_path / "mine.npz", made))
    assert {report.name: report.verdict for report in diagnosis.reports} == dict.fromkeys(made.tensors, Verdict.PASS)
    assert not diagnosis.renamed


def test_an_open_step_leaves_out_what_needs_it(tmp_path: Path) -> None:
    made = exercise("shipped")
    done = run(tmp_path, filled(started(made, tmp_path), made, without=("conv2.delta",)))
    assert done.returncode == 0
    answers = read_answers(tmp_path / "mine.npz", made)
    assert list(answers) == [name for name in made.tensors if not name.startswith(("conv", "pool1"))]


def test_a_changed_forward_pass_is_noticed(tmp_path: Path) -> None:
    made = exercise("shipped")
    done = run(tmp_path, started(made, tmp_path).replace("np.tanh(z)", "np.tanh(-z)"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "conv2.a differs from the exercise's: see tanh\n"


def test_it_reads_the_exercise_that_check_passes(tmp_path: Path) -> None:
    made, other = exercise("shipped"), make_exercise(default_config(), 1)
    program = started(made, tmp_path)
    (tmp_path / "other.npz").write_bytes(pack(other, "npz"))
    assert run(tmp_path, program, CNNBP_EXERCISE="other.npz").returncode == 0
    with np.load(tmp_path / "mine.npz") as answers:
        assert str(answers["id"]) == other.id


def test_the_answers_in_an_exercise_are_not_read(tmp_path: Path) -> None:
    """Or a step would be given what another one should have computed."""
    made = exercise("shipped")
    program = started(made, tmp_path)
    (tmp_path / "exercise.npz").write_bytes(pack(made, "npz"))
    assert run(tmp_path, program).stdout.startswith("0 of 18")


def test_it_is_formatted_and_nothing_in_it_is_unused(tmp_path: Path, made: Exercise) -> None:
    path = tmp_path / "my_backprop.py"
    path.write_text(python_starter(made, path, Path("exercise.npz"), "npz"), encoding="utf-8")
    for command in (["format", "--diff"], ["check", "--select", "E,F,W"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "120", path],
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ['"""\nimport os\nos.mkdir("executed")\n"""', "a\\", "it's.npz", "σ.npz", "\x1b[2J"])
def test_no_file_name_becomes_code(tmp_path: Path, name: str) -> None:
    made = exercise("averaged")
    program = python_starter(made, Path(name), Path(name), "npz")
    (assigned,) = (
        node.value.args[1]
        for node in ast.parse(program).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
    )
    assert ast.literal_eval(assigned) == name
    calls = [node for node in ast.walk(ast.parse(program)) if isinstance(node, ast.Attribute) and node.attr == "mkdir"]
    assert calls == []


def test_every_kind_of_layer_and_function_has_its_text() -> None:
    assert set(STARTERS) | {LAYER_TYPES["activation"]} == set(LAYER_TYPES.values())
    assert all(function_body(function) for function in FUNCTIONS.values())
    tried = {layer["type"] for network in NETWORKS.values() for layer in network["layers"]}
    assert tried == set(LAYER_TYPES)


def test_each_open_step_has_its_equation_and_shapes() -> None:
    made = exercise("shipped")
    program = python_starter(made, Path("my_backprop.py"), Path("exercise.npz"), "npz")
    functions = {node.name: node for node in ast.parse(program).body if isinstance(node, ast.FunctionDef)}
    step = ast.get_docstring(functions["conv2_grad_weight"])
    assert step
    assert step.splitlines()[0] == "∂C/∂w_k[c,m,n] = Σ_i,j δ_k[i,j] · x_c[2i+m−1, 2j+n−1]"
    assert "delta (7, 4, 2, 6), x (7, 3, 6, 10) → grad_weight (4, 3, 5, 2)" in step
    assert program.count(HOLE) == sum(tensor.rule != "same" for tensor in made.tensors.values())
