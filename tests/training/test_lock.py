"""The lock on a folder: held by one, kept out of the way of readers, gone with whoever held it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.lock import FolderLock
from cnnbp_cli.training.runs import Run
from cnnbp_cli.training.start import resume
from tests.training.trainings import begin, files, make_config, run

HOLDER = """
import sys, time
from pathlib import Path
from cnnbp_cli.training.lock import FolderLock

lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def refused(folder: Path) -> CnnbpError:
    with pytest.raises(CnnbpError, match="another process is training in this folder") as caught:
        FolderLock(folder)
    assert caught.value.where == str(folder)
    assert caught.value.exit_code == ExitCode.USAGE
    return caught.value


def test_one_holds_it_until_it_is_released(tmp_path: Path) -> None:
    first = FolderLock(tmp_path)
    assert "--output-dir" in (refused(tmp_path).hint or "")
    first.release()
    second = FolderLock(tmp_path)
    first.release()  # once more does not take it from another
    refused(tmp_path)
    del second
    FolderLock(tmp_path)


def test_it_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "held\n"
        refused(tmp_path)
        holder.kill()
    FolderLock(tmp_path)
    assert not files(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="there it needs no locks of the file system")
def test_a_file_system_without_locks_gives_it_to_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", unsupported)
    assert FolderLock(tmp_path) is not FolderLock(tmp_path)


def test_a_training_holds_it_to_its_end(tmp_path: Path) -> None:
    training = begin(tmp_path)
    refused(tmp_path)
    run(training)
    FolderLock(tmp_path)


def test_a_training_that_is_left_lets_go(tmp_path: Path) -> None:
    training = begin(tmp_path)
    events = fit(training)
    next(events)
    refused(tmp_path)
    events.close()
    FolderLock(tmp_path)


def test_neither_resume_nor_force_takes_a_folder_from_a_training(tmp_path: Path) -> None:
    from cnnbp_cli.training.checkpoint import load_checkpoint

    run(begin(tmp_path))
    saved = load_checkpoint(tmp_path / "last.npz")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    held = FolderLock(tmp_path)
    with pytest.raises(CnnbpError, match="another process"):
        resume(saved, saved.config, begin(tmp_path / "other").data)
    with pytest.raises(CnnbpError, match="another process"):
        Run.new(make_config(), tmp_path, force=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == before
    held.release()
