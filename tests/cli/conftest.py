"""The installed `cnnbp` script, run as a user runs it, and a small data set and config to run it on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from threadpoolctl import threadpool_limits

from cnnbp_cli import app
from tests.cli.small import SMALL, write_data

Cnnbp: TypeAlias = Callable[..., "subprocess.CompletedProcess[str]"]

CHANGING = ("CNNBP_DATA_DIR", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES", "GITHUB_ACTIONS", "PY_COLORS")


@pytest.fixture(scope="session")
def script() -> str:
    """The path of the script that belongs to this Python."""
    found = shutil.which("cnnbp", path=str(Path(sys.executable).parent))
    assert found, "cnnbp is not installed beside this Python; see CONTRIBUTING.md"
    return found


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The process's environment, without what would change the output; an empty cache.

    Warnings are errors, unless PYTHONWARNINGS says otherwise.
    """
    kept = {name: value for name, value in os.environ.items() if name not in CHANGING}
    cache = tmp_path_factory.mktemp("cache")
    return {"PYTHONWARNINGS": "error", **kept, "PYTHONIOENCODING": "utf-8", "XDG_CACHE_HOME": str(cache)}


@pytest.fixture(scope="session")
def cnnbp(script: str, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cnnbp:
    """Runs `cnnbp` with the arguments; returns its exit code, stdout and stderr."""
    empty = tmp_path_factory.mktemp("elsewhere")

    def run(
        *arguments: str | Path, cwd: Path = empty, env: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [script, *map(str, arguments)],
            cwd=cwd,
            env={**environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=300,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the first images of MNIST."""
    return write_data(tmp_path_factory.mktemp("small-data"))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the config SMALL."""
    file = tmp_path_factory.mktemp("small-config") / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def train(cnnbp: Cnnbp, small_data: Path, small: Path) -> Cnnbp:
    """Runs `cnnbp train` with SMALL on `small_data`, on one thread."""
    return partial(cnnbp, "train", "--config", small, "--data-dir", small_data, "--threads", 1)


@pytest.fixture(scope="session")
def trained(train: Cnnbp, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder runs/small-001 of a run that has ended. Not to be changed."""
    place = tmp_path_factory.mktemp("trained")
    assert train("--quiet", cwd=place).returncode == 0
    return place / "runs" / "small-001"


@pytest.fixture
def here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small_data: Path
) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line in this process, in an empty folder; returns its exit code, stdout and stderr.

    It saves the second that a process takes to start. CNNBP_DATA_DIR names `small_data`.
    """
    for name in CHANGING:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CNNBP_DATA_DIR", str(small_data))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        with threadpool_limits():  # what --threads sets ends here
            code = app.run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return int(code), shown.out, shown.err

    return run


@pytest.fixture
def nothing_held(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No data set is named, and the program was built without one; returns the user's cache folder, which is empty.

    Nothing beyond this machine is reached: a request to a real mirror is refused at once.
    """
    cache = tmp_path / "cache"
    monkeypatch.delenv("CNNBP_DATA_DIR", raising=False)
    monkeypatch.setattr("cnnbp_cli.mnist.source.shipped", lambda name: tmp_path / "not-shipped")
    monkeypatch.setattr("cnnbp_cli.mnist.source.user_cache_path", lambda *_, **__: cache)
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return cache
