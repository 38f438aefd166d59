"""What a run folder may hold that no training wrote: large files, odd dates, impossible and extreme numbers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.training.checkpoint import load_checkpoint, to_bytes
from cnnbp_cli.training.exceptions import Interrupted
from cnnbp_cli.training.listing import list_runs
from cnnbp_cli.training.metrics import EpochMetrics, from_csv
from cnnbp_cli.training.start import resume
from tests.training.trainings import NORMED, after, begin, make_config, make_data, peak_memory, run

MEBIBYTE = 2**20


def test_a_metrics_file_of_many_megabytes_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    line = ",".join(["1", "2.5", "2.5", "0.5", "0.1", "1.0", "400.0", *["0.125"] * 4000]) + "\n"
    path.write_text(
        ",".join(EpochMetrics._fields) + "\n" + line + line * (40 * MEBIBYTE // len(line)), encoding="utf-8"
    )

    def read() -> None:
        with pytest.raises(CnnbpError, match="line 3 is not the row of epoch 2"):
            from_csv(path)

    assert peak_memory(read) < MEBIBYTE


def test_a_line_without_an_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "metrics.csv"
    path.write_bytes(",".join(EpochMetrics._fields).encode() + b"\n" + b"1" * (8 * MEBIBYTE))

    def read() -> None:
        with pytest.raises(CnnbpError, match="a line of 65,536 bytes"):
            from_csv(path)

    assert peak_memory(read) < MEBIBYTE


@pytest.mark.parametrize("seconds", [2.6e11, -7e10])
def test_a_run_of_the_year_ten_thousand_is_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    """Most file systems cannot have such dates, and keep the nearest one, so the time is put in what they report."""
    run(begin(tmp_path / "runs" / "one", make_config(epochs=1)))
    real = Path.stat

    def stat(path: Path, **options: Any) -> os.stat_result:
        found = real(path, **options)
        return os.stat_result([*found[:7], int(seconds), int(seconds), int(seconds)])

    monkeypatch.setattr(Path, "stat", stat)
    (listed,) = list_runs(tmp_path / "runs")
    assert listed.state == "finished"
    assert listed.saved.isoformat()


def test_a_negative_variance_is_refused(tmp_path: Path) -> None:
    training = begin(tmp_path / "run", make_config(layers=NORMED))
    training.state.params.state["bn1.running_var"][0] = -1
    (tmp_path / "bad.npz").write_bytes(to_bytes(training.config, training.state, training.data.fingerprint))
    with pytest.raises(CnnbpError, match=r"bn1\.running_var has a negative variance"):
        load_checkpoint(tmp_path / "bad.npz")


def test_a_run_that_was_resumed_after_its_end_is_listed_as_unfinished(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    run(begin(folder, make_config(epochs=1)))
    config = make_config(epochs=3)
    checkpoint = load_checkpoint(folder / "last.npz")
    with pytest.raises(Interrupted):
        run(resume(checkpoint, config, make_data(config)), after(10))
    assert not (folder / "summary.json").exists(), "it described the first epoch"
    (listed,) = list_runs(tmp_path / "runs")
    assert (listed.state, listed.epochs, listed.planned) == ("unfinished", 2, 3)


def notes(folder: Path, **train: object) -> str:
    checkpoint = load_checkpoint(folder / "last.npz")
    config = checkpoint.config.model_copy(update={"train": checkpoint.config.train.model_copy(update=train)})
    training = resume(checkpoint, config, make_data(config))
    training.run.close()
    return "\n".join(training.remarks)


def test_a_resume_says_what_its_end_means(tmp_path: Path) -> None:
    run(begin(tmp_path / "done", make_config(epochs=2)))
    assert "this run is finished, after 2 epochs; nothing is left to train. To train longer: --epochs 4" in notes(
        tmp_path / "done"
    )
    longer = notes(tmp_path / "done", epochs=4)
    assert "the schedule one_cycle now ends after 4 epochs instead of 2: the learning rate goes from" in longer

    config = make_config(epochs=9, early_stopping={"patience": 1, "min_delta": 0.9}, schedule={"type": "constant"})
    run(begin(tmp_path / "early", config))
    assert "stopped early" in notes(tmp_path / "early")
    assert "train.early_stopping.patience=2" in notes(tmp_path / "early")
    patient = replace_patience(config, 5)
    resumed = resume(load_checkpoint(tmp_path / "early" / "last.npz"), patient, make_data(patient))
    assert "stopped early" not in "\n".join(resumed.remarks)
    run(resumed)
    assert len(load_checkpoint(tmp_path / "early" / "last.npz").state.rows) > 2
    assert np.isfinite(resumed.state.params.whole).all()


def replace_patience(config: Config, patience: int) -> Config:
    assert config.train.early_stopping
    rule = config.train.early_stopping.model_copy(update={"patience": patience})
    return config.model_copy(update={"train": config.train.model_copy(update={"early_stopping": rule})})
