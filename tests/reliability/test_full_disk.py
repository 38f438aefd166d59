"""A file system that is really full: one clear line, the last checkpoint whole, and the run resumes once there is
space."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from cnnbp_cli import app
from tests.reliability.processes import ended, train
from tests.training.trainings import REPORTED, assert_same_runs, files

PAGE = 4096

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(config: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """`cnnbp train` in this process: its exit code, and what it printed."""

    def train(*options: object, new: bool = True) -> tuple[int, str]:
        command = ["train", *(("--config", config) if new else ()), *options, "--data-dir", data, "--threads", 1]
        with threadpool_limits():
            code = app.run([*map(str, command), "--checkpoint-every", "5", "--quiet"])
        return code, capsys.readouterr().err

    return train


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A file system of so many pages; asked again, the same one with another size."""
    place = tmp_path / "disk"
    place.mkdir()

    def resized(pages: int) -> Path:
        size = f"size={pages * PAGE}"
        options = f"remount,{size}" if place.is_mount() else size
        made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", place], capture_output=True, text=True)
        if made.returncode:
            pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
        return place

    yield resized
    if place.is_mount():
        subprocess.run(["umount", place], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="tmpfs is Linux's")
@pytest.mark.parametrize(
    ("pages", "file", "saved"),
    [
        (4, "last.npz", False),  # config.yaml and metrics.csv take one page each, last.npz takes three
        (7, "last.npz", True),  # so does the temporary file of the next save
        (10, "best.npz", True),  # the save before the latest is kept as well
    ],
)
def test_a_full_file_system(
    disk: Callable[[int], Path], run: Run, tmp_path: Path, pages: int, file: str, saved: bool
) -> None:
    folder = disk(pages) / "run"
    code, printed = run("--output-dir", folder)
    assert code == 2
    first, _ = printed.splitlines()
    assert first == f"error: {folder / file}: cannot be written: No space left on device"
    assert files(folder) >= {"config.yaml", "metrics.csv"}
    assert not list(folder.glob(".*"))
    assert (folder / "last.npz").exists() is saved
    disk(100)
    if saved:
        assert run("--resume", folder, new=False) == (0, "")
    else:
        assert run("--output-dir", folder, "--force") == (0, "")
    assert run("--output-dir", tmp_path / "whole") == (0, "")
    assert_same_runs(folder, tmp_path / "whole")
    assert files(folder) == REPORTED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a file")
def test_a_system_that_takes_no_more(run: Run, data: Path, tmp_path: Path) -> None:
    """The same where nobody may mount: a process whose files may have no more than a page."""
    import resource

    folder = tmp_path / "run"
    assert run("--output-dir", folder, "--epochs", 1) == (0, "")
    before = (folder / "last.npz").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (PAGE, hard))
    try:
        limited = train("--resume", folder, "--epochs", 2, "--data-dir", data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    code, printed = ended(limited)
    assert code == 2
    errors = [f"error: {folder / name}: cannot be written: File too large" for name in ("best.npz", "last.npz")]
    assert [line for line in printed.splitlines() if line in errors], printed
    assert (folder / "last.npz").read_bytes() == before
    assert not list(folder.glob(".*"))
    assert run("--resume", folder, "--epochs", 2, new=False) == (0, "")
    assert run("--output-dir", tmp_path / "whole") == (0, "")
    assert_same_runs(folder, tmp_path / "whole")
