"""In a container a user may be unknown to the system, and HOME not set: only downloads need a home folder."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.small import SMALL

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows always knows a user's folder")

WORKS = [
    ["data", "info"],
    ["evaluate"],
    ["predict", "--index", "3"],
    ["report"],
    ["health", "runs/small-001"],
    ["exercise", "make", "-o", "exercise.npz"],
    ["inspect-gradients", "--config", "small.yaml"],
    ["config", "show", "small.yaml"],
    ["train", "--resume", "runs/small-001", "--epochs", "3", "--quiet"],
    ["data", "show", "--data-dir", "~kept-by-shells"],
]

NEEDS_A_HOME = [
    ["data", "fetch"],
    ["data", "fetch", "kmnist"],
    ["train", "--config", "small.yaml", "--data-dir", "kmnist"],
    ["train", "--config=~/small.yaml"],
    ["train", "--config", "small.yaml", "--output-dir=~/run"],
    ["exercise", "make", "--output=~/exercise.npz"],
    ["train", "--config", "small.yaml", "--set", "data.dir=~/set"],
]


@pytest.fixture
def homeless(here: Callable, monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Like `here`, for a user whom the system does not know."""
    import pwd

    def unknown(uid: int) -> None:
        raise KeyError(f"getpwuid(): uid not found: {uid}")

    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for name in ("HOME", "XDG_CACHE_HOME", "USERPROFILE"):
        monkeypatch.delenv(name, raising=False)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return here


def test_everything_else_works(homeless: Callable, small_data: Path) -> None:
    Path("~kept-by-shells").symlink_to(small_data)
    assert homeless("train", "--config", "small.yaml", "--threads", 1, "--quiet")[0] == 0
    for arguments in WORKS:
        code, _, err = homeless(*arguments)
        assert code == 0, (arguments, err)


@pytest.mark.parametrize("arguments", NEEDS_A_HOME, ids=" ".join)
def test_what_needs_a_home_says_so(homeless: Callable, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.delenv("CNNBP_DATA_DIR")
    code, out, err = homeless(*arguments)
    assert (code, out) == (2, "")
    assert "no home folder" in err
    assert "HOME" in err
    assert not Path("~").exists()


def test_mnist_in_the_program_needs_no_cache(homeless: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CNNBP_DATA_DIR")
    assert homeless("data", "info")[0] == 0
