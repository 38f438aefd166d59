"""Names made harmless, commands that a shell reads back, plurals."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.files.text import command_line, plural, printable, printable_lines

bash = pytest.mark.skipif(sys.platform == "win32", reason="bash and its quotes")


@given(st.text())
def test_what_is_printable_is_one_line_without_controls(text: str) -> None:
    assert printable(text).isprintable()
    assert all(line.isprintable() for line in printable_lines(text).split("\n"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [("a\nb", r"a\nb"), ("\x1b[31m", r"\x1b[31m"), ("\u202e", r"\u202e"), ("\udcff", r"\udcff"), ("\r\t", r"\r\t")],
)
def test_what_a_terminal_would_act_on_is_escaped(text: str, shown: str) -> None:
    assert printable(text) == shown


@bash
@pytest.mark.parametrize("word", ["runs/a-1", "a b", "it's", "\x1b[31m", "a\nb'c\\d", "\u202ex", "\udcff", "café\x07"])
def test_a_shell_reads_a_command_back(word: str) -> None:
    line = command_line(["printf", "%s", word])
    assert line.isprintable()
    shown = subprocess.run(["bash", "-c", line], env={"LC_ALL": "C.UTF-8"}, stdout=subprocess.PIPE, check=True).stdout
    assert os.fsdecode(shown) == word


@pytest.mark.parametrize(("count", "shown"), [(0, "0 epochs"), (1, "1 epoch"), (2, "2 epochs"), (1200, "1,200 epochs")])
def test_plurals(count: int, shown: str) -> None:
    assert plural(count, "epoch") == shown
