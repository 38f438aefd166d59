"""The download, as a command shows it and as it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnbp_cli.mnist.files import FILES, gz
from tests.mnist.mirror_server import MirrorServer

BLOCKED = {"https_proxy": "http://127.0.0.1:9", "no_proxy": "127.0.0.1"}
"""Nothing beyond this machine is reached: a request to a real mirror is refused at once."""


def test_it_is_shown_on_stderr_and_done_once(
    cnnbp: Callable, trained: Path, mirror: MirrorServer, tmp_path: Path
) -> None:
    env = {**BLOCKED, "XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "LOCALAPPDATA": str(tmp_path)}
    command = ["evaluate", trained, "--mirror", mirror.url("good"), "--json"]
    first, again = cnnbp(*command, env=env), cnnbp(*command, env=env)
    assert first.returncode == 0
    lines = first.stderr.splitlines()
    assert [line.split(",")[0] for line in lines] == [f"Downloading {gz(name)}" for name in FILES]
    assert (again.stdout, again.stderr) == (first.stdout, "")
    assert len(mirror.requests) == len(FILES)


def test_every_failed_mirror_is_reported(cnnbp: Callable, small: Path, mirror: MirrorServer, tmp_path: Path) -> None:
    url = mirror.url("503")
    result = cnnbp("train", "--config", small, "--mirror", url, cwd=tmp_path, env=BLOCKED)
    assert result.returncode == 2
    assert result.stderr.startswith("error: MNIST could not be downloaded. Tried:\n")
    assert f"{url}  HTTP 503" in result.stderr
    assert "storage.googleapis.com" in result.stderr
    assert "t10k-labels-idx1-ubyte.gz" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (tmp_path / "runs").exists()
