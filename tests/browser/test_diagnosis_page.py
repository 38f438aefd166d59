"""The page of a diagnosis: pictures, equation, worst entry and its sum fit every window, in light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.diagnosis.diagnose import diagnose
from cnnbp_cli.show.report.diagnosis.page import diagnosis_fragment, diagnosis_page
from tests.diagnosis.confusion import exercise

SHIPPED = exercise("shipped", 0)
SUBMITTED = {name: tensor.exchanged(tensor.right).copy() for name, tensor in SHIPPED.tensors.items()}
SUBMITTED["conv1.grad_weight"] = SUBMITTED["conv1.grad_weight"][..., ::-1, ::-1]
SUBMITTED["pool1.grad_input"][2, 1, 3:5] *= -1.3
SUBMITTED["dense1.grad_bias"] = SUBMITTED["dense1.grad_bias"] * float("nan")
DIAGNOSIS = diagnose(SHIPPED, SUBMITTED)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1280])
def test_it_fits(visit: Callable, tmp_path: Path, width: int, scheme: str) -> None:
    path = tmp_path / "page.html"
    path.write_text(diagnosis_page(SHIPPED, DIAGNOSIS, title="mine.npz", source="exercise.npz"), encoding="utf-8")
    page = visit(path, width=width, scheme=scheme).page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    pictures = page.locator("section img")
    assert pictures.count() == 6
    assert all(pictures.evaluate_all("all => all.map(one => one.complete && one.naturalWidth)"))
    assert page.get_by_role("heading", name="conv1.grad_weight is the right gradient rotated by 180°.").is_visible()
    assert page.get_by_role("heading", name="pool1.grad_input").is_visible()
    assert page.locator(".terms").count() == 2


def test_hints_are_kept() -> None:
    whole, kind, none = (
        diagnosis_page(SHIPPED, DIAGNOSIS, title="mine.npz", source="exercise.npz", hint=hint) for hint in (3, 2, 1)
    )
    assert "rotated by 180°" in whole
    assert "rotated by 180°" not in kind + none
    assert "orientation" in kind
    assert "orientation" not in none
    assert "<img" not in kind + none


def test_what_a_file_is_called_is_text() -> None:
    name = '<img src=x onerror=alert(1)>"'
    page = diagnosis_page(SHIPPED, DIAGNOSIS, title=name, source=name)
    assert "<img src=x" not in page


def test_a_notebook_gets_no_document(visit: Callable, tmp_path: Path) -> None:
    path = tmp_path / "cell.html"
    path.write_text(f"<meta charset='utf-8'><body>{diagnosis_fragment(SHIPPED, DIAGNOSIS)}", encoding="utf-8")
    page = visit(path, width=800).page
    assert page.locator(".cnnbp-diagnosis img").count() == 6
    assert page.evaluate("document.documentElement.scrollWidth") <= 800
