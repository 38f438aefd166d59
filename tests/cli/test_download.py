"""The download, as a command shows it and as it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnbp_cli.mnist.files import FILES, gz
from tests.mnist.mirror_server import MirrorServer


def test_it_is_shown_on_stderr_and_done_once(here: Callable, nothing_held: Path, mirror: MirrorServer) -> None:
    command = ["data", "show", "--index", 0, "--mirror", mirror.url("good"), "--json"]
    (code, out, err), again = here(*command), here(*command)
    assert code == 0
    assert [line.split(",")[0] for line in err.splitlines()] == [f"Downloading {gz(name)}" for name in FILES]
    assert again == (0, out, "")
    assert len(mirror.requests) == len(FILES)


def test_every_failed_mirror_is_reported(here: Callable, nothing_held: Path, small: Path, mirror: MirrorServer) -> None:
    url = mirror.url("503")
    code, _, err = here("train", "--config", small, "--mirror", url)
    assert code == 2
    assert err.startswith("error: MNIST could not be downloaded. Tried:\n")
    assert f"{url}  HTTP 503" in err
    assert "storage.googleapis.com" in err
    assert "t10k-labels-idx1-ubyte.gz" in err
    assert not Path("runs").exists()
