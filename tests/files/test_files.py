"""Files are opened where they are files, read up to a bound, and their names made fit to be shown."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable, quoted
from cnnbp_cli.files.untrusted import MISSING, open_regular, read_bounded
from tests.support.nobody import as_nobody, needs_fork

posix = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")


def problem(path: Path, most: int = 10) -> str:
    with pytest.raises(CnnbpError) as caught:
        read_bounded(path, most, CnnbpError)
    return caught.value.problem


def test_all_of_a_file_up_to_the_bound(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"0123456789")
    assert read_bounded(tmp_path / "file", 10, CnnbpError) == b"0123456789"
    assert problem(tmp_path / "file", 9) == "is larger than 9 bytes, the most that is read"


PLACES: dict[str, tuple[Callable[[Path], object], str]] = {
    "nothing": (lambda path: None, MISSING),
    "folder": (lambda path: path.mkdir(), "is a folder, not a file"),
    "link to nothing": (lambda path: path.symlink_to("gone"), MISSING),
    "link to itself": (lambda path: path.symlink_to(path), "cannot be read: Too many levels of symbolic links"),
    "pipe": (lambda path: os.mkfifo(path), "is a device or a pipe, not a file"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is a device or a pipe, not a file"),
}


@posix
@pytest.mark.parametrize("name", PLACES)
def test_what_is_no_file(name: str, tmp_path: Path) -> None:
    make, words = PLACES[name]
    make(tmp_path / "place")
    assert problem(tmp_path / "place") == words


def test_names_that_no_file_can_have(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert problem(tmp_path / "file" / "below") == MISSING
    assert "cannot be read" in problem(tmp_path / "a\0b")
    assert problem(tmp_path / ("x" * 5000)).startswith(("cannot be read", MISSING))


@posix
def test_a_pipe_that_takes_the_files_place_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(tmp_path / "place")
    before = Path(__file__).stat()  # what was there a moment ago
    monkeypatch.setattr(Path, "stat", lambda *_, **__: before)
    assert problem(tmp_path / "place") == "is a device or a pipe, not a file"


@posix
def test_a_link_to_a_file_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"1")
    (tmp_path / "link").symlink_to("file")
    with open_regular(tmp_path / "link", CnnbpError) as file:
        assert file.read() == b"1"


@needs_fork
def test_what_may_not_be_read(tmp_path: Path) -> None:
    path = tmp_path / "locked"
    path.write_bytes(b"1")
    path.chmod(0)

    def read() -> str:
        with pytest.raises(CnnbpError) as caught:
            read_bounded(path, 10, CnnbpError)
        return caught.value.problem

    assert as_nobody(tmp_path, read) == "cannot be read: Permission denied"


@given(st.text())
def test_nothing_that_acts_on_a_terminal_is_shown(text: str) -> None:
    assert printable(text).isprintable()
    assert len(printable(text, 5)) <= 5 * 10 + 1
    assert quoted([text]).isascii()


def test_what_is_shown_of_what_would_act() -> None:
    assert printable("\x1b[31m\n\u202e\ud800é") == r"\x1b[31m\n\u202e\ud800é"
    assert printable("abcdef", 3) == "abc…"
    assert quoted([str(n) for n in range(7)]) == "'0', '1', '2', '3', '4' and 2 more"
