"""The cells of the notebook run, one after the other, and what each shows is a page in a frame."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from tests.documentation.pages import ROOT

NOTEBOOK = ROOT / "docs" / "howto" / "notebook.ipynb"


def test_the_cells_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CNNBP_DATA_DIR", raising=False)
    names: dict[str, Any] = {}
    frames = 0
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        assert cell["outputs"] == []  # a notebook is kept without what it shows
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, str(NOTEBOOK), "exec"), names)
        if isinstance(last, ast.Expr):
            shown = eval(compile(ast.Expression(last.value), str(NOTEBOOK), "eval"), names)
            assert shown._repr_html_().startswith("<iframe srcdoc=")
            frames += 1
    assert frames == 7
