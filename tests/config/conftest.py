"""A good config, and a way to see what is wrong with a bad one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.config import ConfigError, load_config

SEED = """\
name: seed
input: [1, 28, 28]
layers:
  - {type: conv2d, filters: 3, kernel_size: 5, activation: sigmoid}
  - {type: max_pool2d, pool_size: 2}
  - {type: flatten}
  - {type: dense, units: 10, activation: sigmoid}
loss: mse
train: {epochs: 10, batch_size: 32, optimizer: {type: sgd, learning_rate: 0.5, momentum: 0.9}, seed: 0}
data: {validation: 5000}
"""

Complaints = Callable[..., list[str]]


@pytest.fixture
def seed() -> str:
    """The text of the network that everything is measured on."""
    return SEED


@pytest.fixture
def seed_file(tmp_path: Path) -> Path:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED, encoding="utf-8")
    return path


@pytest.fixture
def complaints(tmp_path: Path) -> Complaints:
    """The lines of the error of a file with this text, as `LINE: PATH: PROBLEM` or `--set …: PATH: PROBLEM`."""

    def load(text: str, *overrides: str) -> list[str]:
        path = tmp_path / "bad.yaml"
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ConfigError) as caught:
            load_config(path, overrides)
        printed = [str(mistake) for mistake in caught.value.mistakes]
        assert all(problem in str(caught.value) for problem in printed)
        return [problem.replace(f"{path}:", "") for problem in printed]

    return load


@pytest.fixture
def edited(complaints: Complaints) -> Complaints:
    """The complaints about the seed network with one piece of its text replaced."""

    def load(old: str, new: str) -> list[str]:
        assert SEED.count(old) == 1, f"{old!r} must stand once in the seed config"
        return complaints(SEED.replace(old, new))

    return load
