"""What differs between a checkpoint and the process that resumes it is reported, also with --quiet."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from threadpoolctl import threadpool_info

from cnnbp_cli.numerics.arithmetic import arithmetic
from tests.reliability.processes import ended, train


@pytest.fixture(scope="module")
def trained(config: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one epoch."""
    folder = tmp_path_factory.mktemp("run") / "run"
    code, printed = ended(train("--config", config, "--data-dir", data, "--epochs", 1, "--output-dir", folder))
    assert code == 0, printed
    return folder


def resumed(folder: Path, data: Path, *options: object) -> str:
    code, printed = ended(train("--resume", folder, "--data-dir", data, "--quiet", "--no-report", *options))
    assert code == 0, printed
    return printed


def test_the_same_kernels_need_no_note(trained: Path, data: Path, tmp_path: Path) -> None:
    assert resumed(trained, data, "--epochs", 2, "--output-dir", tmp_path / "more") == ""


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64")
    or not any(blas["internal_api"] == "openblas" for blas in threadpool_info()),
    reason="OPENBLAS_CORETYPE chooses a kernel of OpenBLAS on x86-64",
)
def test_another_blas_kernel_is_reported(
    trained: Path, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Nehalem")
    printed = resumed(trained, data, "--epochs", 2, "--output-dir", tmp_path / "more")
    assert printed.startswith(f"note: {trained / 'last.npz'} was computed with ")
    assert "openblas" in printed
    assert "Nehalem" in printed.split("this process computes with", 1)[1]
    assert "the last bits of weights may differ" in printed


def test_a_damaged_save_is_reported_with_quiet(trained: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    shutil.copy(folder / "last.npz", folder / "last.1.npz")
    (folder / "last.npz").write_bytes(b"damaged")
    assert f"{folder / 'last.npz'} is damaged" in resumed(folder, data, "--epochs", 2)


def test_a_complete_run_is_not_announced_as_a_training(trained: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(trained, folder)
    rule = ["--set", "train.early_stopping={patience: 1, min_delta: 1}", "--epochs", 9]
    options = ["--data-dir", data, "--output-dir", folder, "--force", *rule]
    code, printed = ended(train("--config", trained / "config.yaml", *options))
    assert code == 0, printed
    code, printed = ended(train("--resume", folder, "--data-dir", data))
    assert code == 0
    assert "note: this run has stopped early, after 1 epoch without an improvement" in printed
    assert printed.endswith(f"Resuming {folder / 'last.npz'} after its last epoch.\n")


def test_the_description_names_the_machine_and_its_blas() -> None:
    described = arithmetic()
    assert described.startswith(f"{platform.machine()}, ")
    assert ", NumPy " in described
    assert len(described) <= 100


def test_the_description_is_the_same_in_every_process() -> None:
    command = [sys.executable, "-c", "from cnnbp_cli.numerics.arithmetic import arithmetic; print(arithmetic())"]
    described = {subprocess.run(command, env={**os.environ}, capture_output=True, text=True).stdout for _ in range(2)}
    assert len(described) == 1
