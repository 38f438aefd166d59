"""The order in which folders are looked into, and what is said where nothing is found."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.files import FILES, gz
from cnnbp_cli.mnist.source import find
from tests.mnist.idx_files import DATA, write_set
from tests.mnist.mirror_server import MirrorServer


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder of a program that was built without a data set."""
    monkeypatch.setattr("cnnbp_cli.mnist.source.shipped", lambda name: tmp_path / "not-shipped")
    return tmp_path / "cache" / "mnist"


def test_mnist_comes_with_the_program(tmp_path: Path) -> None:
    assert find(cache=write_set(tmp_path / "cache"), offline=True) == DATA
    write_set(Path("data"))
    assert find(cache=tmp_path / "cache", offline=True) == Path("data")


def test_the_command_line_beats_the_config_beats_here_beats_the_cache(tmp_path: Path, cache: Path) -> None:
    write_set(cache)
    assert find(cache=cache, offline=True) == cache
    write_set(Path("data"))
    assert find(cache=cache, offline=True) == Path("data")
    configured = write_set(tmp_path / "fashion")
    assert find(None, configured, cache=cache) == configured
    named = write_set(tmp_path / "kuzushiji", plain=True)
    assert find(named, configured, cache=cache) == named


def test_a_data_folder_of_other_things_is_passed_over(cache: Path) -> None:
    write_set(cache)
    shutil.copytree(cache, "data")
    (Path("data") / gz("t10k-labels-idx1-ubyte")).unlink()
    assert find(cache=cache, offline=True) == cache


@pytest.mark.parametrize("by", ["data_dir", "config_dir"])
def test_a_named_folder_that_lacks_files_is_an_error(by: str, tmp_path: Path, cache: Path) -> None:
    write_set(cache)
    write_set(Path("data"))
    named = write_set(tmp_path / "named")
    (named / gz("t10k-labels-idx1-ubyte")).unlink()
    with pytest.raises(CnnbpError) as info:
        find(**{by: named}, cache=cache)
    assert info.value.where == str(named)
    assert "lacks t10k-labels-idx1-ubyte.gz (" in info.value.problem
    assert ("--data-dir" in info.value.problem) == (by == "data_dir")


def test_a_named_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match="there is no such folder"):
        find(tmp_path / "none")
    (tmp_path / "file").touch()
    with pytest.raises(CnnbpError, match="is a file, not a folder"):
        find(tmp_path / "file")


def test_the_home_folder_may_be_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert find(None, Path("~/fashion") if write_set(tmp_path / "fashion") else None) == tmp_path / "fashion"


def test_offline_contacts_no_mirror(mirror: MirrorServer, cache: Path) -> None:
    with pytest.raises(CnnbpError, match="--offline was given") as info:
        find(cache=cache, offline=True, mirror=mirror.url("good"), mirrors=[])
    assert mirror.requests == []
    assert not cache.exists()
    assert str(cache) in info.value.problem
    assert str(Path("data").absolute()) in info.value.problem
    assert all(gz(name) in str(info.value.hint) for name in FILES)


def test_the_cache_is_filled_once(mirror: MirrorServer, cache: Path) -> None:
    for _ in range(2):
        assert find(cache=cache, mirrors=[mirror.url("good")]) == cache
    assert len(mirror.requests) == 4
    for name in FILES:
        assert (cache / gz(name)).read_bytes() == (DATA / gz(name)).read_bytes()


def test_the_users_mirror_goes_in_front(mirror: MirrorServer, cache: Path) -> None:
    find(cache=cache, mirror=mirror.url("only-labels"), mirrors=[mirror.url("good")])
    assert [path.split("/")[1] for path in mirror.requests] == ["only-labels"] * 4 + ["good"] * 2


def test_the_default_cache_is_the_users(
    mirror: MirrorServer, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnbp_cli.mnist.source.user_cache_path", lambda name, appauthor: tmp_path / "of-user" / name)
    folder = find(mirrors=[mirror.url("good")])
    assert folder == tmp_path / "of-user" / "cnnbp" / "mnist"
    assert len(list(folder.iterdir())) == 4
