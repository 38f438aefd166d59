"""The parts of a batch, whoever computes them, add up to the gradient of the batch."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from benchmarks.parallel import BATCH, Parts, Replicated
from benchmarks.workload import Workload
from cnnbp_cli.numerics.timing import repeat

ROOT = Path(__file__).parents[2]


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Workload:
    monkeypatch.chdir(ROOT)
    return Workload.of("configs/lenet5.yaml", 2, f"train.batch_size={BATCH}", limit=200)


def test_all_ways_give_one_gradient(work: Workload) -> None:
    found = []
    for made in (Parts(work, 1), Parts(work, 2), Replicated(work, 2)):
        with threadpool_limits(1, user_api="blas"), closing(made):
            repeat(made.step, 0.5)  # a replica starts meanwhile
            found.append(made.grads[0].flat.copy())
    whole, threads, processes = found
    assert np.abs(whole).max() > 0
    np.testing.assert_allclose(threads, whole, rtol=0, atol=1e-5 * np.abs(whole).max())
    assert np.array_equal(processes, threads)
