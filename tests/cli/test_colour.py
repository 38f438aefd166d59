"""Colour images, (C, H, W), from IDX files of four dimensions: every command that uses images takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.mnist.idx_files import idx_bytes

CONFIG = """\
name: colour
input: [3, 12, 10]
layers:
  - {type: conv2d, filters: 4, kernel_size: 3, activation: relu}
  - {type: max_pool2d, pool_size: 2}
  - {type: flatten}
  - {type: dense, units: 12, activation: softmax}
loss: cross_entropy
train: {epochs: 4, batch_size: 16, optimizer: {type: adam, learning_rate: 0.01}, seed: 0}
data: {validation: 50, dir: colours, augment: [{type: shift, pixels: 1}]}
"""

CLASSES = 12


def colours(n: int) -> tuple[np.ndarray, np.ndarray]:
    """Images with a bright band: its channel and its place say the class."""
    rng = np.random.default_rng(n)
    labels = rng.integers(0, CLASSES, n).astype(np.uint8)
    images = rng.integers(0, 60, (n, 3, 12, 10)).astype(np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[label % 3, label // 3 * 3 : label // 3 * 3 + 3] += 150
    return images, labels


@pytest.fixture
def trained_here(here: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Like `here`, beside a run on colour images in runs/colour-001."""
    monkeypatch.delenv("CNNBP_DATA_DIR")
    Path("colours").mkdir()
    for stem, n in (("train", 450), ("t10k", 120)):
        images, labels = colours(n)
        Path("colours", f"{stem}-images-idx4-ubyte").write_bytes(idx_bytes(images))
        Path("colours", f"{stem}-labels-idx1-ubyte").write_bytes(idx_bytes(labels))
    Path("colour.yaml").write_text(CONFIG, encoding="utf-8")
    assert here("train", "--config", "colour.yaml", "--quiet", "--threads", 1)[0] == 0
    return here


def test_it_learns_them_and_resumes(trained_here: Callable) -> None:
    assert json.loads(trained_here("evaluate", "--json")[1])["accuracy"] > 0.9
    assert trained_here("train", "--resume", "runs/colour-001", "--epochs", 5, "--quiet")[0] == 0


def test_the_trace_is_right(trained_here: Callable) -> None:
    code, out, _ = trained_here("inspect-gradients", "--checkpoint", "runs/colour-001", "--batch", 3, "--check")
    assert (code, "FAIL" in out) == (0, False)
    assert trained_here("inspect-gradients", "--checkpoint", "runs/colour-001", "--html", "page.html")[0] == 0


def test_they_are_shown(trained_here: Callable) -> None:
    images, labels = colours(120)
    (shown,) = json.loads(trained_here("data", "show", "--data-dir", "colours", "--index", 5, "--json")[1])["images"]
    assert np.array_equal(shown["pixels"], images[5])
    assert len(trained_here("data", "show", "--data-dir", "colours", "--index", 5)[1].splitlines()) == 2 + 12
    (read,) = json.loads(trained_here("predict", "--index", 5, "--json")[1])["pictures"]
    assert read["label"] == labels[5]
    assert np.array_equal(read["seen"], images[5])
    info = json.loads(trained_here("data", "info", "--data-dir", "colours", "--json")[1])
    assert info["shape"] == [3, 12, 10]
    assert info["counts"]["test"] == np.bincount(labels).tolist()


def test_the_report_and_the_profile_take_them(trained_here: Callable) -> None:
    report = json.loads(trained_here("report", "--json")[1])
    assert len(report["feature_maps"]) == CLASSES
    assert trained_here("report")[0] == 0
    assert trained_here("profile", "--config", "colour.yaml", "--batch", 8)[0] == 0


def test_more_classes_than_the_console_has_room_for_become_a_list(
    trained_here: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    out = trained_here("evaluate")[1]
    table = out[out.index("label") :].splitlines()
    assert max(map(len, table)) <= 40
    assert [line.split()[0] for line in table[1 : 1 + CLASSES]] == [str(label) for label in range(CLASSES)]
