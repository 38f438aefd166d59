"""Every optimizer and schedule against PyTorch's, from the file that tests/golden/make_optimizer_golden.py made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.optimizers import OPTIMIZERS, SCHEDULES, Optimizer

with np.load(Path(__file__).parents[1] / "golden" / "optimizers.npz", allow_pickle=False) as file:
    GOLDEN = dict(file)


def cases(kind: str, classes: tuple[type, ...]) -> list[Any]:
    """Each declaration in the file, made an object, with the array of its name."""
    by_type = {cls.type: cls for cls in classes}  # type: ignore[attr-defined]
    return [
        pytest.param(by_type[declared["type"]](**declared), GOLDEN[name], id=name)
        for name, declared in json.loads(str(GOLDEN[kind])).items()
    ]


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 2e-6)])
@pytest.mark.parametrize(("optimizer", "expected"), cases("optimizers", OPTIMIZERS))
def test_optimizers_step_as_pytorch_does(
    optimizer: Optimizer, expected: np.ndarray, dtype: Any, tolerance: float
) -> None:
    params = GOLDEN["start"].astype(dtype)
    state, scratch = optimizer.state(params.size, dtype), np.empty_like(params)
    for step, (grads, after) in enumerate(zip(GOLDEN["grads"].astype(dtype), expected, strict=True), start=1):
        optimizer.update(params, grads, state, optimizer.learning_rate, step, scratch)
        np.testing.assert_allclose(params, after, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("schedule", "expected"), cases("schedules", SCHEDULES))
def test_schedules_scale_as_pytorch_does(schedule: Any, expected: np.ndarray) -> None:
    per_epoch, epochs = int(GOLDEN["steps_per_epoch"]), int(GOLDEN["epochs"])
    factors = [schedule.factor(step, per_epoch, epochs) for step in range(1, per_epoch * epochs + 1)]
    np.testing.assert_allclose(factors, expected, rtol=1e-10, atol=1e-15)


def test_the_file_has_every_optimizer_and_schedule() -> None:
    declared = {**json.loads(str(GOLDEN["optimizers"])), **json.loads(str(GOLDEN["schedules"]))}
    types = {keys["type"] for keys in declared.values()}
    assert types == {cls.type for cls in (*OPTIMIZERS, *SCHEDULES)} - {"constant"}
