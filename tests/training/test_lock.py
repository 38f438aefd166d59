"""The lock on a folder: held by one, kept out of the way of readers, gone with whoever held it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files import mounts
from cnnbp_cli.training.events import EpochDone
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.lock import LOCK, FolderLock
from cnnbp_cli.training.runs import Run
from cnnbp_cli.training.start import resume, start
from tests.training.trainings import COMPLETE, begin, files, make_config, run

HOLDER = """
import sys, time
from pathlib import Path
from cnnbp_cli.training.lock import FolderLock

lock = FolderLock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


FLOCK = """
import fcntl, sys

with open(sys.argv[1], "r+b") as file:
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
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
    for lock in (FolderLock(tmp_path), FolderLock(tmp_path)):
        assert lock.caveat == (
            f"the file system of {tmp_path} has no locks: nothing keeps another training out of this folder"
        )
    (remark,) = begin(tmp_path / "run").remarks
    assert remark.startswith(f"the file system of {tmp_path / 'run'} has no locks")


@pytest.fixture
def network_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Makes the mounts of this process show the folder on a network drive with these options."""
    device = tmp_path.stat().st_dev

    def show(options: str) -> None:
        table = tmp_path.with_name("mountinfo")
        own = f"36 25 {os.major(device)}:{os.minor(device)} / /home rw shared:1 - nfs4 server:/home rw,{options}"
        table.write_text(f"22 27 0:99999 / /proc rw - proc proc rw\n{own}\n", encoding="utf-8")
        monkeypatch.setattr(mounts, "MOUNTS", table)

    return show


posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps the lock of a file on every drive")


@posix
def test_on_a_network_drive_a_file_is_locked(tmp_path: Path, network_drive: Callable[[str], None]) -> None:
    """The server knows the lock of a file; the lock of a folder stays on one machine."""
    network_drive("vers=4.2,local_lock=none")
    held = FolderLock(tmp_path)
    assert held.caveat is None
    assert files(tmp_path) == {LOCK}
    command = [sys.executable, "-c", FLOCK, str(tmp_path / LOCK)]
    assert subprocess.run(command, check=False).returncode == 1, "another process gets the lock of the file"
    refused(tmp_path)
    held.release()
    assert files(tmp_path) == set()


@posix
def test_a_lock_file_of_a_killed_process_locks_nothing(tmp_path: Path, network_drive: Callable[[str], None]) -> None:
    network_drive("local_lock=none")
    (tmp_path / LOCK).touch()
    training = begin(tmp_path)
    assert files(tmp_path) >= {LOCK, "config.yaml"}
    run(training)
    assert files(tmp_path) == COMPLETE
    (tmp_path / LOCK).touch()
    run(start(training.config, training.data, tmp_path, force=True))
    assert files(tmp_path) == COMPLETE


@posix
@pytest.mark.parametrize("option", ["nolock", "local_lock=all", "local_lock=flock"])
def test_locks_of_one_machine_only_are_reported(
    tmp_path: Path, network_drive: Callable[[str], None], option: str
) -> None:
    network_drive(f"vers=3,{option}")
    (remark,) = begin(tmp_path / "run").remarks
    assert remark == (
        f"{tmp_path / 'run'} is on a network drive (nfs4, {option}) whose locks are known on this machine only: "
        "do not train in this folder on two machines"
    )


def test_of_two_trainings_that_no_lock_keeps_apart_one_notices(tmp_path: Path) -> None:
    first = begin(tmp_path, make_config(epochs=5))
    events = fit(first)
    assert any(isinstance(event, EpochDone) for event in events)  # stops after the first
    first.run.close()  # as if its lock were unknown to the other machine
    run(start(make_config(epochs=1), first.data, tmp_path, force=True))
    other = (tmp_path / "last.npz").read_bytes()
    with pytest.raises(CnnbpError, match="another process has changed this file") as caught:
        list(events)
    assert caught.value.where == str(tmp_path / "last.npz")
    assert (tmp_path / "last.npz").read_bytes() == other


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
