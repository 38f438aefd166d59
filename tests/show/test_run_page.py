"""The page of a run as a file: no scripts, nothing loaded, names escaped, and the numbers of the run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cnnbp_cli.show.numbers import cost, fraction
from cnnbp_cli.show.report.run.comparison import comparison_page
from cnnbp_cli.show.report.run.page import run_page
from cnnbp_cli.training.comparison import Compared, compare
from cnnbp_cli.training.history import History
from cnnbp_cli.training.report import RunReport
from tests.support.html import Reader
from tests.support.pages import EVIL
from tests.support.runs import evil_report, small_report


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> RunReport:
    return small_report(tmp_path_factory.mktemp("page") / "run")


@pytest.fixture(scope="module")
def pages(report: RunReport) -> dict[str, str]:
    evil = evil_report(report)
    folder = report.history.run.folder
    return {
        "run": run_page(report),
        "evil": run_page(evil),
        "together": comparison_page(compare([folder, folder])),
        "evil together": comparison_page([Compared(EVIL, evil.history, evil.summary)] * 3),
    }


@pytest.mark.parametrize("kind", ["run", "evil", "together", "evil together"])
def test_has_no_scripts_and_loads_nothing(pages: dict[str, str], kind: str) -> None:
    reader = Reader(pages[kind])
    assert not reader.open
    for tag, attributes in reader.elements:
        assert tag not in {"script", "iframe", "object", "embed", "form", "base"}
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        for name in ("src", "srcset"):
            assert (attributes.get(name) or "data:image/png;base64,").startswith("data:image/png;base64,")
        assert (attributes.get("href") or "#").startswith(("#", "data:image/svg"))
    [policy] = [a["content"] or "" for _, a in reader.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "script-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("kind", ["run", "evil", "together", "evil together"])
def test_pictures_have_alt_text_and_ids_are_unique(pages: dict[str, str], kind: str) -> None:
    reader = Reader(pages[kind])
    assert all(attributes.get("alt") for tag, attributes in reader.elements if tag == "img")
    names = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(names) == len(set(names))
    for _, attributes in reader.elements:
        for key in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(key) in (None, *names)
        if (attributes.get("href") or "").startswith("#"):
            assert (attributes["href"] or "")[1:] in names


@pytest.mark.parametrize("kind", ["evil", "evil together"])
def test_escapes_names(pages: dict[str, str], kind: str) -> None:
    assert EVIL.lower() not in pages[kind].lower()
    assert "<img src=x" not in pages[kind]
    reader = Reader(pages[kind])
    assert EVIL in "".join(reader.text["title"] + reader.text["h1"])


def test_shows_the_numbers_of_the_run(report: RunReport, pages: dict[str, str]) -> None:
    text = Reader(pages["run"]).text
    for row in report.history.rows:
        assert {cost(row.train_loss), fraction(row.validation_accuracy)} <= {*text["td"]}
    assert fraction(report.evaluation.accuracy) in text["dd"]
    assert [str(count) for count in report.evaluation.confusion[0]] == text["td"][
        text["td"].index(f"{100 * (report.evaluation.recall[0] or 0):.1f}") - 10 :
    ][:10]
    assert len([alt for alt in text["small"] if alt.startswith("image ")]) == len(report.mistakes)


def test_runs_of_one_config_have_no_differences(pages: dict[str, str]) -> None:
    assert "The configs are identical." in Reader(pages["together"]).text["p"]


def test_does_not_write_to_the_run_folder(report: RunReport) -> None:
    assert not Path(report.history.run.report).exists()


def test_different_losses_get_charts_of_their_own(report: RunReport) -> None:
    history = report.history
    other = replace(history.last, config=history.config.model_copy(update={"loss": "mse"}))
    runs = [Compared("a", history, None), Compared("b", History(history.run, other), None)]
    titles = Reader(comparison_page(runs)).text["b"]
    assert [title for title in titles if "loss" in title] == [
        f"{kind} loss ({loss})" for loss in ("cross_entropy", "mse") for kind in ("Training", "Validation")
    ]


@pytest.mark.parametrize("value", [1e308, 5e-324, float("inf"), 0.0])
def test_any_number_of_a_file_is_drawn_or_omitted(report: RunReport, value: float) -> None:
    history = report.history
    rows = [row._replace(train_loss=value, seconds=value, learning_rate=value) for row in history.rows]
    health = replace(history.health)
    health.rows = [[value] * len(row) for row in history.health.rows]
    last = replace(history.last, state=replace(history.last.state, rows=rows, health=health))
    page = run_page(replace(report, history=History(history.run, last)))
    assert len(page) < 10**6
    assert ("not drawn" in page) == (value in (0.0, 5e-324) or value > 1)
    assert not re.search(r"\d{40}", re.sub(r"base64,\S+", "", page))
