"""Trainings at the same time, each a process of its own."""

from __future__ import annotations

from pathlib import Path

from cnnbp_cli.training.checkpoint import load_checkpoint
from tests.reliability.processes import ended, train
from tests.training.trainings import REPORTED, assert_same_runs, files


def test_two_trainings_of_one_name_get_two_folders(config: Path, data: Path, tmp_path: Path) -> None:
    both = [train("--config", config, "--data-dir", data, cwd=tmp_path) for _ in range(2)]
    assert [ended(process)[0] for process in both] == [0, 0]
    one, other = tmp_path / "runs" / "small-001", tmp_path / "runs" / "small-002"
    assert files(one) == files(other) == REPORTED
    assert_same_runs(one, other)


def test_of_two_that_name_one_folder_one_gets_it(config: Path, data: Path, tmp_path: Path) -> None:
    options = ["--config", config, "--data-dir", data, "--output-dir", tmp_path / "run"]
    printed = dict(ended(process) for process in [train(*options) for _ in range(2)])
    assert printed.keys() == {0, 2}
    assert printed[2].startswith(f"error: {tmp_path / 'run'}: ")
    assert files(tmp_path / "run") == REPORTED


def test_a_run_that_is_training_is_not_resumed_and_continues(config: Path, data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    options = ["--data-dir", data, "--epochs", 5000]
    with train("--config", config, "--output-dir", folder, *options) as first:
        try:
            assert any(line.startswith("epoch 3/") for line in first.stderr)
            for second in (["--resume", folder], ["--config", config, "--output-dir", folder, "--force"]):
                code, printed = ended(train(*second, *options))
                assert code == 2
                line, hint = printed.splitlines()
                assert line == f"error: {folder}: another process is training in this folder"
                assert "--output-dir" in hint
            assert any(line.startswith("epoch ") for line in first.stderr), "it has not been disturbed"
        finally:
            first.kill()
    assert load_checkpoint(folder / "last.npz").state.epoch > 3
