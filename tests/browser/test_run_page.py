"""The page of a run in a browser: layout, accessibility, and the numbers of metrics.csv and of the evaluation."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cnnbp_cli.show.numbers import cost, fraction
from cnnbp_cli.show.report.run.comparison import comparison_page
from cnnbp_cli.show.report.run.page import run_page
from cnnbp_cli.training.comparison import compare
from cnnbp_cli.training.history import read_history
from cnnbp_cli.training.report import RunReport, make_report
from tests.support.runs import evil_report, small_report
from tests.training.trainings import begin, make_config, run


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    return small_report(tmp_path_factory.mktemp("browser") / "run")


@pytest.fixture
def look(visit: Callable, tmp_path: Path) -> Callable:
    """Opens a page."""

    def open_page(html: str, **window: object) -> object:
        path = tmp_path / "page.html"
        path.write_text(html, encoding="utf-8")
        return visit(path, **window).page

    return open_page


PAGES: dict[str, Callable[[RunReport], str]] = {
    "run": run_page,
    "evil": lambda report: run_page(evil_report(report)),
    "together": lambda report: comparison_page(compare([report.history.run.folder] * 9)),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [420, 1400])
@pytest.mark.parametrize("kind", PAGES)
def test_renders(look: Callable, report: RunReport, kind: str, width: int, scheme: str) -> None:
    page = look(PAGES[kind](report), width=width, scheme=scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.locator("img").evaluate_all("all => all.map(one => one.complete && one.naturalWidth)")
    assert all(sizes)
    drawn = page.locator(".chart > svg").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert len(drawn) >= 4
    assert min(drawn) > 100
    assert page.title() != "broken"


def test_pictures_follow_the_colour_scheme(look: Callable, report: RunReport) -> None:
    shown = []
    for scheme in ("light", "dark"):
        page = look(run_page(report), scheme=scheme)
        shown.append(page.locator(".kernels img").first.evaluate("image => image.currentSrc"))
        inverted = page.locator(".mistakes img").first.evaluate("image => getComputedStyle(image).filter")
        assert inverted == ("invert(1)" if scheme == "light" else "none")
    assert shown[0] != shown[1]


def test_numbers_match_metrics_csv(look: Callable, report: RunReport) -> None:
    page = look(run_page(report))
    with report.history.run.metrics.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    page.get_by_text("These charts as a table").first.click()
    table = page.get_by_role("table", name="Metrics of each epoch")
    for row, line in zip(rows, table.locator("tbody tr").all(), strict=True):
        cells = line.locator("th, td").all_inner_texts()
        assert cells[:4] == [
            str(int(float(row["epoch"]))),
            cost(float(row["train_loss"])),
            cost(float(row["validation_loss"])),
            fraction(float(row["validation_accuracy"])),
        ]
    chart = page.get_by_role("img", name="Validation accuracy")
    tooltips = chart.locator(".tip").evaluate_all(
        "all => all.map(one => [...one.querySelectorAll('text')].map(row => row.textContent))"
    )
    assert tooltips == [
        [f"epoch {place + 1}", fraction(float(row["validation_accuracy"]))] for place, row in enumerate(rows)
    ]
    area = chart.locator(".area").nth(1)
    assert not area.locator(".tip").is_visible()
    area.hover()
    assert area.locator(".tip").is_visible()
    heights = chart.locator("circle").evaluate_all("all => all.map(one => -one.getAttribute('cy'))")
    accuracies = [float(row["validation_accuracy"]) for row in rows]
    assert [heights.index(one) for one in sorted(heights)] == [accuracies.index(one) for one in sorted(accuracies)]


def test_confusion_matches_the_evaluation(look: Callable, report: RunReport) -> None:
    page = look(run_page(report))
    rows = page.locator(".confusion tbody tr").all()
    shown = [[int(cell) for cell in row.locator("td").all_inner_texts()[:-1]] for row in rows]
    assert shown == report.evaluation.confusion.tolist()
    mistakes = page.locator(".mistakes figcaption").all_inner_texts()
    assert len(mistakes) == len(report.mistakes)
    worst = report.mistakes[0]
    for part in (f"label {worst.label}, predicted {worst.answer}", f"{worst.confidence:.3f}", f"image {worst.index}"):
        assert part in mistakes[0]


def test_keyboard_and_screen_reader(look: Callable, report: RunReport) -> None:
    page = look(run_page(report))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the results"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "results"
    page.keyboard.press("Tab")  # to the drawing of the network, which a narrow window scrolls
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Diagram"
    page.keyboard.press("Tab")  # to what folds the table of the curves
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Metrics of each epoch"
    chart = page.get_by_role("img", name="Loss", exact=True)
    described = chart.evaluate("svg => document.getElementById(svg.getAttribute('aria-describedby')).textContent")
    first = report.history.rows[0]
    assert f"training: {cost(first.train_loss)} in epoch 1" in described
    headings = page.get_by_role("heading", level=2).all_inner_texts()
    assert headings == page.locator("nav a").all_inner_texts()
    assert "Most confident mistakes" in headings


def test_findings_are_explained(look: Callable, tmp_path: Path) -> None:
    config = make_config(epochs=1, optimizer={"type": "sgd", "learning_rate": 30.0})
    training = begin(tmp_path / "run", config)
    run(training)
    page = look(run_page(make_report(read_history(tmp_path / "run"), training.data)))
    article = page.locator("article.warning").first
    assert article.locator("h3").inner_text() == "warning: learning rate too large"
    assert "train.optimizer.learning_rate" in article.inner_text()


def test_unfinished_run_without_health(look: Callable, report: RunReport) -> None:
    health = replace(report.history.health)
    health.rows = [[float("nan")] * len(row) for row in report.history.health.rows]
    last = replace(report.history.last, state=replace(report.history.last.state, health=health))
    page = look(run_page(replace(report, summary=None, history=replace(report.history, last=last))))
    assert "unfinished" in page.locator("header").inner_text()
    assert "did not measure" in page.locator("#health-of-the-gradients").inner_text()
    assert "recorded when training ends" in page.locator("#machine-and-times").inner_text()


@pytest.mark.parametrize("width", [390, 800, 1280])
def test_text_is_readable_and_the_confusion_is_whole(look: Callable, report: RunReport, width: int) -> None:
    counts = np.diag([976, 1127, 1006, *[988] * 7]) + 14 * (1 - np.eye(10, dtype=int))  # as wide as those of MNIST
    page = look(run_page(replace(report, evaluation=replace(report.evaluation, confusion=counts))), width=width)
    sizes = page.locator(".axes text").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a)"
    )
    assert min(sizes) >= 11
    frame = page.get_by_role("region", name="Images by true class")
    assert frame.evaluate("one => one.scrollWidth <= one.clientWidth")


def test_shading_is_printed(look: Callable, report: RunReport) -> None:
    page = look(run_page(report))
    page.emulate_media(media="print")
    adjust = page.locator(".confusion td").first.evaluate("cell => getComputedStyle(cell).printColorAdjust")
    assert adjust == "exact"
