"""axe-core finds nothing to object to on any page, at any width, in either colour scheme."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnbp_cli.gradients.page import page_data
from cnnbp_cli.gradients.trace import Trace
from cnnbp_cli.show.report.page import gradient_page
from cnnbp_cli.show.report.run.comparison import comparison_page
from cnnbp_cli.show.report.run.page import run_page
from cnnbp_cli.training.comparison import compare
from tests.support.runs import small_report


@pytest.fixture(scope="module")
def pages(seed: Trace, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("axe")
    report = small_report(folder / "run")
    texts = {
        "gradients": gradient_page(page_data(seed), "seed", source="seed", image="test image 0"),
        "run": run_page(report),
        "comparison": comparison_page(compare([report.history.run.folder] * 2)),
    }
    for name, text in texts.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.html" for name in texts}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 800, 1280])
@pytest.mark.parametrize("kind", ["gradients", "run", "comparison"])
def test_no_violations(pages: dict[str, Path], visit: Callable, kind: str, width: int, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    page = visit(pages[kind], width=width, scheme=scheme).page
    if kind == "gradients":
        page.locator("#network .picture canvas").first.click()  # opens the panel on a phone
    found = axe.Axe().run(page).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
