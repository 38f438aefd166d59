"""Results between the markers of a page."""

from __future__ import annotations

import pytest

from benchmarks.all import NAMES
from benchmarks.report import DOCS, insert

PAGE = "a\n<!-- one -->\nold\n<!-- /one -->\nb\n<!-- two -->\n<!-- /two -->\n"


def test_only_the_text_between_the_markers_changes() -> None:
    page = insert(PAGE, "one", r"new \1")
    assert page == "a\n<!-- one -->\n\nnew \\1\n\n<!-- /one -->\nb\n<!-- two -->\n<!-- /two -->\n"
    assert insert(page, "one", r"new \1") == page
    assert "\n\nnewer\n\n<!-- /two -->" in insert(page, "two", "newer")


@pytest.mark.parametrize("page", ["", PAGE + PAGE])
def test_each_marker_occurs_once(page: str) -> None:
    with pytest.raises(SystemExit, match="<!-- one -->"):
        insert(page, "one", "new")


def test_the_page_has_a_place_for_every_benchmark() -> None:
    page = (DOCS / "performance.md").read_text(encoding="utf-8")
    for name in (*NAMES, "targets"):
        assert insert(page, name, "here").count("\nhere\n") == 1
