"""The page of a class and the feedback to a student in a browser: layout, contrast of states, what can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.diagnosis.exchange import pack
from cnnbp_cli.grading.folders import find_handins
from cnnbp_cli.grading.grader import grade
from cnnbp_cli.grading.preparing import prepared
from cnnbp_cli.grading.summary import summarise
from cnnbp_cli.show.grade.feedback import feedback_page
from cnnbp_cli.show.grade.page import class_page
from cnnbp_cli.show.grade.shown import ShowDiagnosis
from cnnbp_cli.show.grade.table import Row
from tests.diagnosis.confusion import Case, program

ROTATED = Case("conv1.grad_weight", ("kernel-gradient-rotated", ""))
LONG = "Ann-Christine von und zu Hohenlohe-Waldenburg-Schillingsfürst the Younger"


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    """A correct, a wrong, an incomplete and a broken submission, and two that are the same."""
    place = tmp_path_factory.mktemp("class")
    tested = program("shipped", 0)
    (place / "exercise.npz").write_bytes(pack(tested.exercise, "npz", questions_only=True))
    folder = place / "submissions"
    folder.mkdir()
    right, wrong = (tested.answers(*cases) for cases in ((), (ROTATED,)))
    for name, answers in {LONG: wrong, "<b>ben": right, "cyd": {"dense1.delta": right["dense1.delta"]}}.items():
        np.savez(folder / f"{name}.npz", **answers)  # type: ignore[arg-type]
    (folder / "dan.npz").write_bytes((folder / f"{LONG}.npz").read_bytes())
    (folder / "eve.npz").write_bytes(b"PK")
    by = prepared(place / "exercise.npz", None)
    return [grade(task) for task in by.tasks(find_handins(folder).handins, ShowDiagnosis(3))]


@pytest.fixture
def look(visit: Callable, tmp_path: Path) -> Callable:
    """Opens a page."""

    def open_page(html: str, **window: object) -> object:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        return visit(path, **window).page

    return open_page


def the_page(rows: list[Row]) -> str:
    names = [mark.name for row in rows if row.judged for mark in row.judged.marks]
    return class_page(rows, summarise(rows, list(dict.fromkeys(names)), 18), "submissions", "flat")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1400])
def test_the_class_fits_into_the_window(look: Callable, rows: list[Row], width: int, scheme: str) -> None:
    page = look(the_page(rows), width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator(".students tbody tr").count() == len(rows) == 5
    assert page.locator(".students tbody th").first.bounding_box()["width"] < 320
    statuses = page.locator(".students .status").all_inner_texts()
    assert sorted(statuses) == ["correct", "incomplete", "ungraded", "wrong", "wrong"]
    assert page.locator(".shares li").first.inner_text().split()[:3] == ["2", "of", "4"]
    assert "submitted the same bytes" in page.locator(".bad").inner_text()
    assert page.locator("nav a").all_inner_texts() == page.get_by_role("heading", level=2).all_inner_texts()


@pytest.mark.parametrize("width", [390, 1400])
def test_feedback_fits_into_the_window(look: Callable, rows: list[Row], width: int) -> None:
    for row in rows:
        page = look(feedback_page(row, 18), width=width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("h1").inner_text().startswith(row.handin.student)
