"""The functions of docs/howto/torch.md run, and print what the page shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.diagnosis.exercise import default_config, make_exercise
from tests.documentation.pages import ROOT, Block, blocks

PAGE = blocks(ROOT / "docs" / "howto" / "torch.md")
START = next(place for place, block in enumerate(PAGE) if "import jax" in block.text)
TORCH, JAX = PAGE[:START], PAGE[START:]


def runs(found: list[Block], folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> int:
    """Run blocks of Python in one scope; what they print starts as the text after them. Returns how many texts."""
    (folder / "exercise.npz").write_bytes(pack(make_exercise(default_config(), 0), "npz"))
    monkeypatch.chdir(folder)
    names: dict[str, Any] = {}
    compared = 0
    for block in found:
        if block.language == "python":
            exec(block.text, names)
        elif block.language == "text":
            assert capsys.readouterr().out.startswith(block.text)
            compared += 1
    return compared


def test_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed: pip install -e '.[bench]'")
    assert runs(TORCH, tmp_path, monkeypatch, capsys) == 2


def test_jax(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("jax", reason="JAX is not installed: pip install jax")
    assert runs(JAX, tmp_path, monkeypatch, capsys) == 1
