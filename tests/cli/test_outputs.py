"""No command replaces a file that the user names as its output, unless --force is given."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

WRITING = {
    "init": ("init", "OUT", "--preset", "tiny"),
    "config draw": ("config", "draw", "CONFIG", "-o", "OUT"),
    "exercise make": ("exercise", "make", "-o", "OUT"),
    "inspect-gradients --html": ("inspect-gradients", "--config", "CONFIG", "--html", "OUT"),
    "inspect-gradients --export": ("inspect-gradients", "--config", "CONFIG", "--export", "OUT"),
    "export": ("export", "RUN", "--format", "safetensors", "-o", "OUT"),
    "report": ("report", "RUN", "-o", "OUT"),
    "report of several runs": ("report", "RUN", "RUN", "-o", "OUT"),
}
"""Command lines that write the file OUT."""


@pytest.mark.parametrize("command", WRITING.values(), ids=WRITING)
def test_an_existing_file_is_replaced_only_with_force(
    here: Callable, small: Path, trained: Path, command: tuple[str, ...]
) -> None:
    words = {"OUT": "mine.txt", "CONFIG": small, "RUN": trained}
    arguments = [words.get(word, word) for word in command]
    Path("mine.txt").write_bytes(b"mine")
    code, out, err = here(*arguments)
    assert (code, out) == (2, "")
    assert err == "error: mine.txt: already exists\nOverwrite it with --force, or name another file.\n"
    assert Path("mine.txt").read_bytes() == b"mine"
    assert here(*arguments, "--force")[0] == 0
    assert Path("mine.txt").read_bytes() != b"mine"


def test_the_refusal_comes_before_anything_is_read(here: Callable) -> None:
    Path("page.html").write_bytes(b"mine")
    code, _, err = here("report", "no-such-run", "-o", "page.html")
    assert (code, err.splitlines()[0]) == (2, "error: page.html: already exists")


def test_a_link_that_leads_nowhere_counts_as_a_file(here: Callable) -> None:
    Path("exercise.npz").symlink_to("elsewhere.npz")
    assert here("exercise", "make", "-o", "exercise.npz")[0] == 2
    assert not Path("elsewhere.npz").exists()


def test_a_run_gets_its_own_report_again_without_force(here: Callable, trained: Path) -> None:
    shutil.copytree(trained, "again")
    assert Path("again", "report.html").exists()
    assert here("report", "again")[0] == 0
