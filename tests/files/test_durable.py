"""A file is there whole, the old one or the new one, whatever fails while it is written."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files import durable
from tests.support.nobody import as_nobody, needs_fork

OLD, NEW = b"old" * 1000, b"new!" * 2000

Fault = Callable[..., Any]


def fails(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt


STEPS = ["pathlib.Path.open", "os.fsync", "pathlib.Path.read_bytes", "pathlib.Path.replace"]
"""Each call between the old file and the new one."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "last.npz"
    path.write_bytes(OLD)
    return path


def test_takes_the_place_of_the_old_file(path: Path) -> None:
    durable.write(path, NEW)
    assert path.read_bytes() == NEW
    assert list(path.parent.iterdir()) == [path]


def test_makes_a_new_file(tmp_path: Path) -> None:
    durable.write(tmp_path / "new", b"")
    assert (tmp_path / "new").read_bytes() == b""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_a_new_file_has_the_usual_rights(tmp_path: Path) -> None:
    durable.write(tmp_path / "saved", NEW)
    (tmp_path / "plain").write_bytes(NEW)
    assert (tmp_path / "saved").stat().st_mode == (tmp_path / "plain").stat().st_mode


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_step_leaves_the_old_file_and_nothing_else(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(step, fails)
        with pytest.raises(CnnbpError, match="No space left") as caught:
            durable.write(path, NEW)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.where == str(path)
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("step", STEPS)
def test_an_interrupted_step_leaves_the_old_file_and_nothing_else(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            durable.write(path, NEW)
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


KILLED = """
import os, sys
from pathlib import Path
from cnnbp_cli.files import durable

module, _, call = sys.argv[2].rpartition(".")
target = Path if module == "pathlib.Path" else os
setattr(target, call, lambda *_, **__: os._exit(9))
durable.write(Path(sys.argv[1]), b"new!" * 2000)
"""


@pytest.mark.parametrize("step", STEPS)
def test_a_process_that_dies_leaves_the_old_file_and_what_sweep_removes(path: Path, step: str) -> None:
    died = subprocess.run([sys.executable, "-c", KILLED, str(path), step], check=False)
    assert died.returncode == 9
    assert path.read_bytes() == OLD
    durable.sweep(path.parent)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot open a folder")
def test_a_folder_that_cannot_be_synced_is_reported_but_the_new_file_is_complete(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync
    calls: list[int] = []

    def second_fails(descriptor: int) -> None:
        calls.append(descriptor)
        fails() if len(calls) == 2 else real(descriptor)

    monkeypatch.setattr(os, "fsync", second_fails)
    with pytest.raises(CnnbpError):
        durable.write(path, NEW)
    assert path.read_bytes() == NEW
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot open a folder")
def test_a_file_system_that_syncs_no_folders_is_no_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.fsync

    def no_folders(descriptor: int) -> None:
        if os.path.isdir(f"/dev/fd/{descriptor}"):  # noqa: PTH112
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", no_folders)
    durable.write(path, NEW)
    assert path.read_bytes() == NEW


def test_what_reads_back_otherwise_is_not_taken(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", lambda _: NEW[:-1] + b"?")
        with pytest.raises(CnnbpError, match="reads back otherwise"):
            durable.write(path, NEW)
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


def refusing(times: int) -> tuple[Callable[[Path, Path], Path], list[Path]]:
    """`Path.replace` as on Windows while another process reads the target, so many times."""
    real = Path.replace
    asked: list[Path] = []

    def replace(self: Path, target: Path) -> Path:
        asked.append(self)
        if len(asked) <= times:
            raise PermissionError(errno.EACCES, "in use")
        return real(self, target)

    return replace, asked


def test_a_refused_name_is_asked_for_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, asked = refusing(3)
    monkeypatch.setattr(durable, "RENAME_PAUSES", (0.0,) * 5)
    monkeypatch.setattr(Path, "replace", replace)
    durable.write(path, NEW)
    assert path.read_bytes() == NEW
    assert len(asked) == 4


def test_a_name_that_stays_refused_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, asked = refusing(1000)
    monkeypatch.setattr(durable, "RENAME_PAUSES", (0.0,) * 5)
    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(CnnbpError, match="in use"):
        durable.write(path, NEW)
    assert len(asked) == 6
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


FULL = """
import resource, signal, sys
from pathlib import Path
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files import durable

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
try:
    durable.write(Path(sys.argv[1]), b"new!" * 2000)
except CnnbpError as error:
    sys.exit(3)
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit on the size of a file")
def test_a_file_system_that_takes_no_more_leaves_the_old_file(path: Path) -> None:
    assert subprocess.run([sys.executable, "-c", FULL, str(path)], check=False).returncode == 3
    assert path.read_bytes() == OLD
    assert list(path.parent.iterdir()) == [path]


def test_sweep_removes_nothing_of_others(tmp_path: Path) -> None:
    for name in ("notes.tmp", ".notes.tmp", ".last.npz.0123.tmp", "last.npz"):
        (tmp_path / name).touch()
    before = set(tmp_path.iterdir())
    (tmp_path / ".last.npz.0123456789abcdef.tmp").touch()
    durable.sweep(tmp_path)
    assert set(tmp_path.iterdir()) == before


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match="No such file") as caught:
        durable.write(tmp_path / "gone" / "last.npz", NEW)
    assert caught.value.hint


def test_a_reader_sees_the_old_file_or_the_new_one(path: Path) -> None:
    seen: set[bytes] = set()
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            seen.add(path.read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(150):
        durable.write(path, (OLD, NEW)[number % 2])
    done.set()
    reader.join()
    assert seen <= {OLD, NEW}


@needs_fork
def test_a_folder_that_may_not_be_written_into(path: Path) -> None:
    def write() -> str:
        with pytest.raises(CnnbpError) as caught:
            durable.write(path, NEW)
        return f"{caught.value.where}: {caught.value.problem}"

    assert as_nobody(path.parent, write) == f"{path}: cannot be written: Permission denied"
    assert path.read_bytes() == OLD
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_is_written_through(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "folder").mkdir()
    target = tmp_path / "folder" / "target"
    if exists:
        target.write_bytes(OLD)
    (tmp_path / "first").symlink_to("second")
    (tmp_path / "second").symlink_to("folder/target")
    durable.write(tmp_path / "first", NEW)
    assert (tmp_path / "first").is_symlink()
    assert (tmp_path / "second").is_symlink()
    assert target.read_bytes() == NEW
    assert not target.is_symlink()
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize(
    ("to", "problem"), [("/dev/null", "is a device or a pipe"), ("link", "is a link to itself"), (".", "is a folder")]
)
def test_a_link_to_what_is_no_file_is_refused(tmp_path: Path, to: str, problem: str) -> None:
    (tmp_path / "link").symlink_to(to)
    with pytest.raises(CnnbpError, match=problem):
        durable.write(tmp_path / "link", NEW)
    assert (tmp_path / "link").is_symlink()
    assert [path.name for path in tmp_path.iterdir()] == ["link"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no permission bits")
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664])
def test_permissions_stay(path: Path, mode: int) -> None:
    path.chmod(mode)
    durable.write(path, NEW)
    assert path.stat().st_mode & 0o7777 == mode


@pytest.mark.skipif(os.name == "nt" or (hasattr(os, "geteuid") and os.geteuid() != 0), reason="only root may do this")
def test_the_owner_stays(path: Path) -> None:
    os.chown(path, 12345, 23456)
    durable.write(path, NEW)
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 23456)
