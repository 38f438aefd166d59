"""Names that a stranger chose reach a terminal escaped, on one line, whichever command prints them."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.files.text import command_line
from tests.mnist.drawings import drawn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no such names on Windows")

NAME = "x\x1b[31m\nerror: forged\r\x07\u202e"

COMMANDS: list[list[str]] = [
    ["runs", NAME],
    ["runs", "."],
    ["health", NAME],
    ["evaluate", NAME],
    ["report", NAME],
    ["report", NAME, NAME + "2"],
    ["report", NAME, "-o", NAME + ".html"],
    ["export", NAME, "--format", "safetensors", "-o", NAME + ".safetensors"],
    ["predict", NAME + ".png", "--checkpoint", NAME],
    ["predict", NAME + "-pictures", "--checkpoint", NAME],
    ["predict", NAME + "-missing.png", "--checkpoint", NAME],
    ["init", NAME + ".yaml"],
    ["init", "--preset", NAME],
    ["init", NAME + "/x.yaml"],
    ["config", "show", NAME + "-missing.yaml"],
    ["data", "info", "--data-dir", NAME],
    ["exercise", "make", "-o", NAME + ".npz"],
    ["diagnose", NAME + "-missing.npz", NAME],
    ["inspect-gradients", "--checkpoint", NAME, "--html", NAME + ".html"],
    ["inspect-gradients", "--checkpoint", NAME, "--export", NAME + ".json"],
    ["inspect-gradients", "--run", NAME],
    ["train", "--config", "small.yaml", "--epochs", "1", "--output-dir", NAME + "-new"],
    ["train", "--config", "small.yaml", "--epochs", "1", "--output-dir", NAME],
    ["train", "--resume", NAME, "--epochs", "3"],
    ["train", "--resume", NAME + "-missing"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command).encode("unicode_escape").decode())
def test_a_hostile_name_stays_on_its_line(
    here: Callable[..., tuple[int, str, str]],
    trained: Path,
    small: Path,
    command: list[str],
) -> None:
    shutil.copytree(trained, NAME)
    shutil.copytree(trained, NAME + "2")
    shutil.copy(small, "small.yaml")
    Path(NAME + "-pictures").mkdir()
    for place in (NAME + ".png", f"{NAME}-pictures/{NAME}.png"):
        drawn(4, "serif", 60, "chalk").save(place)
    Path(f"{NAME}-pictures/{NAME}.jpg").write_text("no picture")
    _, out, err = here(*command)
    for line in (out + err).split("\n"):
        assert line.isprintable(), line
        assert not line.startswith("error: forged")


def test_the_next_steps_can_be_pasted(
    here: Callable[..., tuple[int, str, str]],
    small: Path,
) -> None:
    _, out, _ = here("train", "--config", small, "--epochs", "1", "--output-dir", NAME, "-q")
    assert f"  {command_line(['cnnbp', 'health', NAME])}\n" in out
