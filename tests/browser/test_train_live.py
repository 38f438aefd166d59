"""The page of a training in a browser: it follows the training to its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cnnbp_cli.live.monitor import Monitor
from cnnbp_cli.live.server import LiveServer
from cnnbp_cli.training.fit import fit
from tests.training.trainings import begin


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_follows_the_training(
    visit: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setattr("cnnbp_cli.live.monitor.NUMBERS", 0.05)
    monkeypatch.setattr("cnnbp_cli.live.monitor.SHARE", 1e9)
    training = begin(tmp_path / "run")
    monitor = Monitor(training)
    with LiveServer(monitor.app).in_background() as server:
        seen = visit(server.address, width=width)
        seen.page.locator("#end").filter(has_text="runs").wait_for()
        assert seen.page.locator("h2").all_inner_texts() == ["Progress", "Feature maps", "Kernels before and now"]
        with closing(fit(training)) as events:
            for event in events:
                monitor.show(event)
        seen.page.locator("#end").filter(has_text="is complete").wait_for()
        seen.page.locator("#health-of-the-gradients").wait_for()
    rows = training.state.rows
    assert seen.page.locator("#epoch").inner_text() == f"{len(rows)} of {len(rows)}"
    assert seen.page.locator("#accuracy").inner_text() == f"{100 * rows[-1].validation_accuracy:.2f} %"
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
    titles = ["Progress", "Curves", "Health of the gradients", "Feature maps", "Kernels before and now"]
    assert seen.page.locator("h2").all_inner_texts() == titles
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is not installed")
    found = axe.Axe().run(seen.page).response["violations"]
    assert [(one["id"], one["nodes"][0]["target"]) for one in found] == []
