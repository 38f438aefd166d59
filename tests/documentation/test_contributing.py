"""The recipes of CONTRIBUTING.md, carried out in a copy of the package: each file added, each line edited, and used."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]

FILES = re.compile(r"`(cnnbp_cli/[\w/]+\.py)`:\n\n```python\n(.*?)```", re.DOTALL)
"""The files that the page shows, each after a line that names it."""

EDITS = re.compile(r"In `(cnnbp_cli/[\w/]+\.py)`:\n\n((?:```diff\n.*?```\n\n?)+)", re.DOTALL)
"""The edits that the page shows: a file, and one or more blocks of removed, added and unchanged lines."""

CONFIG = """\
name: scaled
input: [1, 28, 28]
layers:
  - {type: conv2d, filters: 2, kernel_size: 5, stride: 3, activation: tanh}
  - {type: channel_scale}
  - {type: flatten}
  - {type: dense, units: 10, activation: softmax}
loss: cross_entropy
train: {epochs: 1, batch_size: 1000, optimizer: {type: sgd, learning_rate: 0.1}}
data: {validation: 50000}
"""

SECOND_CALL = """
import tracemalloc
import numpy as np
from cnnbp_cli.layers.base import Memory
from cnnbp_cli.layers.channel_scale import ChannelScale

layer, memory, x = ChannelScale(), Memory(training=True), np.ones((3, 20, 20, 64), np.float32)
params, grads = {"weight": np.ones(3, np.float32)}, {"weight": np.zeros(3, np.float32)}

def step():
    layer.backward(params, layer.forward(params, x, memory), memory, grads)

step()
tracemalloc.start()
step()
print(tracemalloc.get_traced_memory()[1] / x.nbytes)
"""


def edit(path: Path, block: str) -> None:
    """Apply a block of a diff at the one place where its old lines are."""
    lines = block.splitlines()
    old, new = ("".join(f"{line[1:]}\n" for line in lines if not line.startswith(sign)) for sign in "+-")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{path.name} does not have these lines once:\n{old}"
    path.write_text(text.replace(old, new), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a copy of the package that has the page's files too."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "cnnbp_cli", folder / "cnnbp_cli", ignore=shutil.ignore_patterns("__pycache__"))
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    for name, text in FILES.findall(page):
        assert not (folder / name).exists()
        (folder / name).write_text(text, encoding="utf-8")
    for name, blocks in EDITS.findall(page):
        for block in re.findall(r"```diff\n(.*?)```", blocks, re.DOTALL):
            edit(folder / name, block)
    (folder / "scaled.yaml").write_text(CONFIG, encoding="utf-8")
    flat = CONFIG.replace(
        "  - {type: channel_scale}\n  - {type: flatten}", "  - {type: flatten}\n  - {type: channel_scale}"
    )
    (folder / "flat.yaml").write_text(flat, encoding="utf-8")
    return folder


def python(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python with the folder's package, and the repository's data."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "PYTHONIOENCODING": "utf-8",
        "CNNBP_DATA_DIR": str(ROOT / "data"),
        "COLUMNS": "120",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )


def cnnbp(folder: Path, *arguments: str) -> str:
    """What a command prints; it must end well."""
    done = python(folder, "-m", "cnnbp_cli", *arguments)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_config_knows_the_layer(copy: Path) -> None:
    assert "{type: channel_scale}" in cnnbp(copy, "config", "show", "scaled.yaml")
    assert '"channel_scale"' in cnnbp(copy, "config", "schema")


def test_it_trains(copy: Path) -> None:
    cnnbp(copy, "train", "--config", "scaled.yaml")
    (header, _) = (copy / "runs" / "scaled-001" / "metrics.csv").read_text(encoding="utf-8").splitlines()
    assert "scale1.update_ratio" in header
    cnnbp(copy, "evaluate", "runs/scaled-001")


def test_its_gradients_pass_the_check(copy: Path) -> None:
    checked = cnnbp(copy, "inspect-gradients", "--config", "scaled.yaml", "--check")
    assert re.search(r"scale1\.weight.*PASS", checked)
    assert "FAIL" not in checked


@pytest.mark.parametrize("entry", ["scale1.a[1,2,3]", "scale1.weight[1]", "scale1.grad_input[0,4,5]"])
def test_its_numbers_are_explained(copy: Path, entry: str) -> None:
    explained = cnnbp(copy, "inspect-gradients", "--config", "scaled.yaml", "--explain", entry)
    total, computed = (
        float(re.search(rf"^ *{name} +(\S+)$", explained, re.MULTILINE)[1])  # type: ignore[index]
        for name in ("sum", "(?:forward pass|back-propagation)")
    )
    assert total == pytest.approx(computed, rel=1e-12)


def test_the_page_has_it(copy: Path) -> None:
    cnnbp(copy, "inspect-gradients", "--config", "scaled.yaml", "--html", "page.html")
    assert "scale1.grad_weight" in (copy / "page.html").read_text(encoding="utf-8")


def test_a_starter_says_what_it_cannot_write(copy: Path) -> None:
    cnnbp(copy, "exercise", "make", "--config", "scaled.yaml", "-o", "scaled.npz", "--starter", "scaled.py")
    program = (copy / "scaled.py").read_text(encoding="utf-8")
    assert "# scale1: this starter cannot write the forward pass of a layer of type channel_scale;" in program
    assert 'def scale1_grad_weight(delta, x, w):\n    """∂C/∂w_c = Σ_i,j δ_c[i,j] · x_c[i,j]\n' in program
    done = python(copy, "scaled.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("0 of 13 tensors are in mine.npz")


def test_after_flatten_it_is_refused_with_its_place(copy: Path) -> None:
    done = python(copy, "-m", "cnnbp_cli", "config", "show", "flat.yaml")
    assert done.returncode != 0
    assert "channel scale needs feature maps (channels, height, width), not (128,)" in done.stderr
    assert "Traceback" not in done.stderr


def test_its_second_call_allocates_no_array_of_the_batch(copy: Path) -> None:
    done = python(copy, "-c", SECOND_CALL)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.1


def test_the_activation_is_used_and_right(copy: Path) -> None:
    checked = cnnbp(
        copy, "inspect-gradients", "--config", "scaled.yaml", "--set", "layers.0.activation=softplus", "--check"
    )
    assert "softplus(z) = ln(1 + e^z)" in checked
    assert "FAIL" not in checked


def test_the_optimizer_the_transform_and_the_key_train(copy: Path) -> None:
    """Of 30 images, 10 train; each parameter moves by the learning rate."""
    changes = [
        "train.optimizer={type: sign, learning_rate: 0.25}",
        "data.augment=[{type: shear, by: 0.3}]",
        "data.limit=30",
        "data.validation=20",
    ]
    options = [option for change in changes for option in ("--set", change)]
    done = python(copy, "-m", "cnnbp_cli", "train", "--config", "scaled.yaml", "--output-dir", "changed", *options)
    assert done.returncode == 0, done.stderr
    assert "10 training images, 20 validation images" in done.stderr
    with np.load(copy / "changed" / "last.npz") as trained:
        assert set(np.abs(trained["dense1.bias"]).round(6)) == {0.25}


def test_the_mistake_is_named(copy: Path) -> None:
    cnnbp(copy, "exercise", "make", "-o", "exercise.npz")
    with np.load(copy / "exercise.npz") as exercise:
        delta, x = exercise["dense1.delta"], exercise["flatten1.a"]
        np.savez(copy / "mine.npz", **{"dense1.delta": delta, "dense1.grad_weight": np.abs(delta).T @ x})
    done = python(copy, "-m", "cnnbp_cli", "diagnose", "exercise.npz", "mine.npz")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "dense1.grad_weight is what you get with |δ| instead of δ" in done.stdout


def test_the_command_runs(copy: Path) -> None:
    assert "cnnbp " in cnnbp(copy, "version")
    assert "NumPy" in cnnbp(copy, "version")


def test_the_format_is_exported(copy: Path) -> None:
    if not (copy / "runs").exists():
        cnnbp(copy, "train", "--config", "scaled.yaml")
    cnnbp(copy, "export", "runs/scaled-001", "--format", "json", "-o", "net.json")
    assert np.shape(json.loads((copy / "net.json").read_text())["conv1.weight"]) == (2, 1, 5, 5)
