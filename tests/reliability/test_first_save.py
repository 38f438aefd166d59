"""Until a training has saved, whatever was in its folder stays as it was: with failing writes, and when it diverges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.config import Config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.exceptions import Diverged
from cnnbp_cli.training.generations import load_newest
from cnnbp_cli.training.start import Training, resume, start
from tests.training.trainings import assert_same_runs, begin, files, make_config, make_data, run


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def finished(tmp_path: Path) -> Path:
    """A finished run with a report."""
    folder = tmp_path / "run"
    run(begin(folder))
    (folder / "report.html").write_text("the report", encoding="utf-8")
    return folder


def replacing(folder: Path, config: Config | None = None) -> Training:
    config = config or make_config()
    return start(config, make_data(config), folder, force=True)


def resuming(folder: Path, epochs: int) -> Training:
    config = make_config(epochs=epochs)
    checkpoint, notes = load_newest(folder)
    return resume(checkpoint, config, make_data(config), remarks=notes)


def no_space(path: Path, data: bytes) -> None:
    raise CnnbpError("cannot be written: No space left on device", where=str(path))


@pytest.mark.parametrize("command", ["--force", "--resume"])
def test_failing_writes(finished: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    before = contents(finished)
    training = replacing(finished) if command == "--force" else resuming(finished, 5)
    monkeypatch.setattr(durable, "write", no_space)
    with pytest.raises(CnnbpError, match="No space left"):
        run(training)
    after = contents(finished)
    assert {name: after[name] for name in before if name != "last.1.npz"} == {
        name: before[name] for name in before if name != "last.1.npz"
    }


def test_divergence_in_the_first_epoch(finished: Path) -> None:
    before = contents(finished)
    training = replacing(finished, make_config(optimizer={"type": "sgd", "learning_rate": 1e38}))
    with pytest.raises(Diverged) as caught:
        run(training)
    assert contents(finished) == before
    assert f"The earlier run in {finished} is unchanged" in (caught.value.hint or "")
    assert "last good checkpoint" not in (caught.value.hint or "")


def test_a_resumed_run_keeps_its_results_until_they_are_replaced(finished: Path) -> None:
    before = contents(finished)
    training = resuming(finished, 5)
    assert contents(finished) == before
    run(training)
    assert not (finished / "report.html").exists(), "it described the epochs before; the command writes a new one"
    assert (finished / "summary.json").read_bytes() != before["summary.json"]


def test_a_run_that_was_replaced_has_nothing_of_the_old_one(finished: Path, tmp_path: Path) -> None:
    config = make_config(seed=9)
    run(replacing(finished, config))
    run(begin(tmp_path / "new", config))
    assert_same_runs(finished, tmp_path / "new")
    assert files(finished) == files(tmp_path / "new")


@pytest.mark.parametrize("epochs", [3, 5])
def test_a_damaged_last_save_falls_back_to_the_one_before(finished: Path, tmp_path: Path, epochs: int) -> None:
    last = finished / "last.npz"
    raw = bytearray(last.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    last.write_bytes(raw)
    with pytest.raises(CnnbpError):
        load_checkpoint(last)
    training = resuming(finished, epochs)
    (note,) = [remark for remark in training.remarks if "last.1.npz" in remark]
    assert note.startswith(f"{last} is damaged (")
    run(training)
    run(begin(tmp_path / "whole", make_config(epochs=3)))
    if epochs == 3:
        assert_same_runs(finished, tmp_path / "whole")
    assert len(load_checkpoint(last).state.rows) == epochs
    assert np.isfinite(load_checkpoint(finished / "last.1.npz").state.params.whole).all()


@pytest.mark.parametrize("keep", [1, 2, 4])
def test_the_requested_number_of_generations_is_kept(tmp_path: Path, keep: int) -> None:
    config = make_config(epochs=6)
    run(start(config, make_data(config), tmp_path / "run", keep=keep))
    names = ["last.npz", *(f"last.{number}.npz" for number in range(1, keep))]
    assert {name for name in files(tmp_path / "run") if name.startswith("last")} == set(names)
    assert [load_checkpoint(tmp_path / "run" / name).state.epoch for name in names] == [7 - n for n in range(keep)]
