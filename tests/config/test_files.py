"""Every way that a config file can be missing or unreadable has its own message."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config import Config, ConfigError, load_config
from cnnbp_cli.config.files import read_text
from cnnbp_cli.config.yaml_reader import MAX_SIZE

HINT = f"\nA config is a readable YAML file of at most {MAX_SIZE:,} bytes."


def refusal(path: Path | str) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    return str(caught.value)


def test_a_missing_file_names_the_nearest(seed_file: Path) -> None:
    missing = seed_file.with_name("sead.yaml")
    assert refusal(missing) == f"{missing}: there is no such file\nDid you mean {seed_file}?"


@pytest.mark.parametrize("typed", ["seed", "seed.yaml", "seed.yml"])
def test_a_missing_file_may_be_in_configs(typed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("configs").mkdir()
    Path("configs/seed.yaml").write_text("")
    assert refusal(typed) == f"{typed}: there is no such file\nDid you mean {Path('configs/seed.yaml')}?"


def test_a_missing_file_with_nothing_near(tmp_path: Path) -> None:
    assert refusal(tmp_path / "gone" / "x.yaml") == f"{tmp_path / 'gone' / 'x.yaml'}: there is no such file"


def test_a_folder(tmp_path: Path) -> None:
    assert refusal(tmp_path) == f"{tmp_path}: is a folder, not a file{HINT}"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    assert refusal(tmp_path / "pipe.yaml") == f"{tmp_path / 'pipe.yaml'}: is a device or a pipe, not a file{HINT}"


def test_an_unreadable_file(seed_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    assert refusal(seed_file) == f"{seed_file}: cannot be read: Permission denied{HINT}"


def test_a_name_that_no_file_can_have() -> None:
    assert refusal("a\0b.yaml").startswith("a\\x00b.yaml: ")
    assert refusal("x" * 5000).startswith("x" * 200)


def test_not_utf8_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "latin1.yaml"
    path.write_bytes("name: seed\nloss: é".encode("latin-1"))
    assert refusal(path) == f"{path}:2: not UTF-8 text (the byte 0xe9)\nSave the file as UTF-8."
    path.write_bytes("name: seed".encode("utf-16"))
    assert refusal(path) == f"{path}:1: not UTF-8 text (the byte 0xff)\nSave the file as UTF-8."


def test_a_byte_order_mark_and_windows_line_ends_are_fine(seed: str, seed_file: Path) -> None:
    expected = load_config(seed_file)
    seed_file.write_bytes(b"\xef\xbb\xbf" + seed.replace("\n", "\r\n").encode())
    assert load_config(seed_file) == expected


def test_a_large_file_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.seek(50 * 2**30)  # sparse: 50 GiB that take no room
        file.write(b"x")
    assert refusal(path) == f"{path}: is larger than {MAX_SIZE:,} bytes, the most that is read{HINT}"
    path.write_bytes(b"#" * MAX_SIZE)
    assert read_text(path) == "#" * MAX_SIZE


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "---\n"])
def test_an_empty_file(text: str, tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text(text)
    assert "the file is empty" in refusal(path)
    with pytest.raises(ConfigError, match="the file is empty"):
        load_config(path, ["train.epochs=3"])


@pytest.mark.parametrize(
    ("text", "found"), [("- a", "['a']"), ("3", "3"), ("seed", "'seed'"), ("[[1]]", "a list of 1")]
)
def test_a_file_that_holds_something_else(text: str, found: str, tmp_path: Path) -> None:
    path = tmp_path / "other.yaml"
    path.write_text(text)
    assert refusal(path) == f"{path}:1: a config is a mapping (`key: value`), not {found}"


@given(raw=st.binary(max_size=300))
def test_any_bytes_are_refused_in_words(raw: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "fuzz.yaml"
    path.write_bytes(raw)
    try:
        assert isinstance(load_config(path), Config)
    except ConfigError as error:
        assert str(path) in str(error)
