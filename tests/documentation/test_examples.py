"""The documentation's examples are run, and say what they claim to say."""

from __future__ import annotations

import doctest
import importlib
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.gradients.trace import trace
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.network import Network

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("page", ["docs/backprop.md", "docs/health.md"])
def test_examples_run(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(ROOT / page), module_relative=False, encoding="utf-8")
    assert result.attempted > 0
    assert result.failed == 0


def test_the_layer_in_contributing_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that CONTRIBUTING.md shows is a layer whose gradient is right."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    source = text.split("```python\n")[1].split("```")[0]
    (tmp_path / "scale.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    scale = importlib.import_module("scale").Scale()

    network = Network((2, 3, 4), [scale, Flatten(), Dense(units=3, activation="softmax")], "cross_entropy")
    params = network.init(np.random.default_rng(0), np.float64)
    images, labels = np.random.default_rng(1).normal(size=(2, 3, 4, 5)), np.array([0, 1, 2, 1, 0])
    analytic = trace(network, params, images, labels).layer("scale1").grads["weight"]
    for channel in range(2):
        costs = []
        for step in (1e-6, -1e-6):
            moved = params.astype(np.float64)
            moved.named["scale1.weight"][channel] += step
            costs.append(trace(network, moved, images, labels).cost)
        assert abs((costs[0] - costs[1]) / 2e-6 - analytic[channel]) < 1e-8
