"""The lines that load a checkpoint into PyTorch define a network that computes the same outputs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.mnist.batches import to_input
from cnnbp_cli.network import Worker
from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.documentation.pages import ROOT, blocks
from tests.training.trainings import begin, digits, run

torch = pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[bench]'")


def test_the_snippet_loads_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = load_config(ROOT / "configs" / "seed.yaml", ["train.epochs=1", "data.validation=100"])
    run(begin(tmp_path / "runs" / "seed-001", config))
    monkeypatch.chdir(tmp_path)
    (snippet,) = (block.text for block in blocks(ROOT / "docs" / "howto" / "export.md") if "import torch" in block.text)
    names: dict[str, Any] = {}
    exec(snippet, names)
    saved = load_checkpoint(tmp_path / "runs" / "seed-001" / "best.npz")
    images = to_input(digits().images[:20], np.empty((1, 28, 28, 20), np.float32))
    expected = saved.network.loss.activate(Worker(saved.network).forward(saved.state.params, images))
    with torch.no_grad():
        found = names["net"](torch.from_numpy(np.ascontiguousarray(images.transpose(3, 0, 1, 2)))).numpy()
    np.testing.assert_allclose(found, expected.T, atol=1e-6)
