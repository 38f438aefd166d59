"""Output in encodings that lack our signs."""

from __future__ import annotations

import io

import pytest

from cnnbp_cli.files.text import printable_lines
from cnnbp_cli.show.characters import ASCII_SUBSTITUTES, substitute


@pytest.mark.parametrize(
    ("encoding", "shown"), [("ascii", "3x3 d ? ok"), ("latin-1", "3×3 d ? ok"), ("utf-8", "3×3 δ 界 ok")]
)
def test_the_nearest_ascii_character_is_substituted(encoding: str, shown: str) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    substitute(stream)
    stream.write("3×3 δ 界 ok")
    stream.flush()
    assert raw.getvalue() == shown.encode(encoding)


def test_every_substitute_is_one_ascii_character() -> None:
    assert all(sign.isascii() and len(sign) == 1 for sign in ASCII_SUBSTITUTES.values())


def test_a_stream_that_cannot_change_is_left_alone() -> None:
    substitute(None)
    substitute(io.StringIO())


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", "a\nb"), ("\x1b[31m", r"\x1b[31m"), ("\u202e", r"\u202e"), ("\udcff", r"\udcff"), ("\r\t", r"\r\t")],
)
def test_what_a_terminal_would_act_on_is_written_out(text: str, shown: str) -> None:
    assert printable_lines(text) == shown
