"""A network whose outputs overflow gives no results: one line and an exit code, never a document without numbers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

COMMANDS = {
    "predict": ["predict", "--index", "0", "--checkpoint", "run/best.npz"],
    "evaluate": ["evaluate", "run/best.npz"],
    "report": ["report", "run"],
    "train": ["train", "--resume", "run", "--threads", "1"],
}


@pytest.fixture
def overflowing(here: Callable, trained: Path) -> Callable:
    """Runs a command where `run` is a finished run whose weights are about the largest float32."""
    shutil.copytree(trained, "run")
    for name in ("best.npz", "last.npz"):
        with np.load(Path("run", name)) as archive:
            arrays = dict(archive)
        for weight in ("conv1.weight", "dense1.weight"):
            arrays[weight] = np.full_like(arrays[weight], 3e38)
        np.savez(Path("run", name), **arrays)
    return here


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("as_json", [False, True])
def test_outputs_that_overflow_are_refused(
    overflowing: Callable, recwarn: pytest.WarningsRecorder, name: str, as_json: bool
) -> None:
    code, out, err = overflowing(*COMMANDS[name], *(["--json"] if as_json else []))
    assert (code, out) == (2, "")
    assert "the outputs of this network are NaN or infinite" in err
    assert not recwarn.list
