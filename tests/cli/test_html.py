"""`cnnbp inspect-gradients --html`: the page is written whole, or a sentence says why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support.pages import ROOT

LOOK = ("inspect-gradients", "--config", ROOT / "configs" / "seed.yaml", "--data-dir", ROOT / "data")


def test_a_page_is_written_instead_of_the_tables(cnnbp: Callable, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = cnnbp(*LOOK, "--index", "3", "--html", page)
    assert result.returncode == 0, result.stderr
    assert f"Report written to {page}" in result.stdout
    assert "Forward pass" not in result.stdout
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "seed.yaml with freshly initialised weights (seed 0) · test image 3 · label 0 · " in text
    assert len(text.encode()) < 400_000


def test_programs_have_it_too(cnnbp: Callable, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = cnnbp(*LOOK, "--json", "--html", page)
    assert result.stdout.startswith("{")
    assert page.exists()


def test_several_images_make_no_page(cnnbp: Callable, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = cnnbp(*LOOK, "--batch", "2", "--html", page)
    assert (result.returncode, result.stdout) == (2, "")
    assert "one image, not 2" in result.stderr
    assert not page.exists()


def test_where_it_cannot_be_written(cnnbp: Callable, tmp_path: Path) -> None:
    result = cnnbp(*LOOK, "--html", tmp_path)
    assert (result.returncode, result.stdout) == (2, "")
    assert f"{tmp_path}: cannot be written" in result.stderr
    assert list(tmp_path.iterdir()) == []
