"""An exercise takes a bounded amount of memory: large batches are refused, and what is large is not kept."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.diagnosis import exchange, shortlist
from cnnbp_cli.diagnosis.answers import read_answers
from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.diagnosis.exchange import read_exercise
from cnnbp_cli.errors import CnnbpError
from tests.training.trainings import peak_memory

CASES = Path(__file__).parent / "cases"

CONFIG = {
    "name": "wide",
    "input": [1, 28, 28],
    "layers": [
        {"type": "conv2d", "filters": 16, "kernel_size": 5, "activation": "relu"},
        {"type": "conv2d", "filters": 16, "kernel_size": 5, "activation": "relu"},
        {"type": "flatten"},
        {"type": "dense", "units": 10, "activation": "softmax"},
    ],
    "loss": "cross_entropy",
    "train": {"epochs": 1, "batch_size": 60, "optimizer": {"type": "sgd"}},
}


def test_a_small_file_with_a_large_batch_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.npz"
    arrays = {
        "config": np.array(json.dumps(CONFIG)),
        "input": np.zeros((60, 1, 28, 28)),
        "labels": np.zeros(60, np.int64),
        "conv1.weight": np.zeros((16, 1, 5, 5)),
        "conv1.bias": np.zeros(16),
        "conv2.weight": np.zeros((16, 16, 5, 5)),
        "conv2.bias": np.zeros(16),
        "dense1.weight": np.zeros((10, 6400)),
        "dense1.bias": np.zeros(10),
    }
    np.savez_compressed(path, **arrays)
    assert path.stat().st_size < 5000

    def read() -> None:
        with pytest.raises(CnnbpError, match=r"a batch of 60 needs 200 MiB .* the limit is 24 MiB"):
            read_exercise(path)

    assert peak_memory(read) < 4 * 2**20


@pytest.mark.parametrize("case", ["s03_pool_stride_forgotten_own_mask", "s05_bn_N_for_m", "s13_forward_sigmoid_sign"])
def test_what_is_not_kept_is_found_as_well(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def verdicts() -> list[object]:
        exercise = read_exercise(CASES / case / "exercise.npz")
        diagnosis = diagnose(exercise, read_answers(CASES / case / "mine.npz", exercise))
        return [(one.name, one.verdict, [fit.title for fit in one.fits]) for one in diagnosis.reports]

    kept = verdicts()
    monkeypatch.setattr(shortlist, "KEPT", 0)
    monkeypatch.setattr(exchange, "KEPT_TRACE", 0)
    assert verdicts() == kept
