"""The page that follows a training: it shows the training's numbers, changes no bit of them, and takes little time."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from cnnbp_cli.live.monitor import MAX_WATCHERS, SHARE, Monitor
from cnnbp_cli.live.security import HOST
from cnnbp_cli.live.server import LiveServer
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.start import Training
from tests.training.trainings import begin


class Watcher:
    """A page's connection for events, read in another thread."""

    def __init__(self, server: LiveServer) -> None:
        self.news: list[dict[str, object]] = []
        self.ended = ""
        self.opened = Event()
        self._connection = HTTPConnection(HOST, server.port, timeout=60)
        self._connection.request("GET", server.address.split(str(server.port))[1] + "events")
        self._thread = Thread(target=self._read)
        self._thread.start()
        assert self.opened.wait(10)

    def _read(self) -> None:
        answer = self._connection.getresponse()
        lines = iter(answer.readline, b"")
        for line in lines:
            text = line.decode().strip()
            if text.startswith("event: end"):
                self.ended = next(lines).decode().strip().removeprefix("data: ")
            elif text.startswith("data: "):
                self.news.append(json.loads(text.removeprefix("data: ")))
            self.opened.set()
        self._connection.close()

    def join(self) -> None:
        self._thread.join(20)
        assert not self._thread.is_alive()


@contextmanager
def followed(training: Training) -> Iterator[tuple[Monitor, LiveServer]]:
    monitor = Monitor(training)
    with LiveServer(monitor.app).in_background() as server:
        yield monitor, server
        monitor.end("has stopped")


def get(server: LiveServer, path: str) -> tuple[int, str]:
    connection = HTTPConnection(HOST, server.port, timeout=10)
    connection.request("GET", server.address.split(str(server.port))[1] + path)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def trained(training: Training, monitor: Monitor | None = None) -> np.ndarray:
    """The weights after the training, of which each event is shown to the monitor."""
    with closing(fit(training)) as events:
        for event in events:
            if monitor:
                monitor.show(event)
    return training.state.params.whole.copy()


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is shown."""
    monkeypatch.setattr("cnnbp_cli.live.monitor.NUMBERS", 0.0)
    monkeypatch.setattr("cnnbp_cli.live.monitor.SHARE", 1e9)


@pytest.mark.usefixtures("always")
def test_the_weights_are_the_same_bits_with_a_page_and_without(tmp_path: Path) -> None:
    without = trained(begin(tmp_path / "a"))
    training = begin(tmp_path / "b")
    with followed(training) as (monitor, server):
        watcher = Watcher(server)
        assert np.array_equal(trained(training, monitor), without)
    watcher.join()
    assert watcher.ended == "is complete"
    last = watcher.news[-1]["progress"]
    rows = training.state.rows
    assert isinstance(last, dict)
    assert last["epoch"] == f"{len(rows)} of {training.config.train.epochs}"
    assert last["accuracy"] == f"{100 * rows[-1].validation_accuracy:.2f} %"
    assert len(watcher.news) > 2


@pytest.mark.usefixtures("always")
def test_closing_the_page_changes_nothing(tmp_path: Path) -> None:
    without = trained(begin(tmp_path / "a"))
    training = begin(tmp_path / "b")
    with followed(training) as (monitor, server):
        watcher = Watcher(server)
        watcher._connection.sock.close()
        assert np.array_equal(trained(training, monitor), without)


@pytest.mark.usefixtures("always")
def test_the_sections_show_what_is_known(tmp_path: Path) -> None:
    training = begin(tmp_path / "run")
    with followed(training) as (monitor, server):
        status, page = get(server, "")
        assert status == 200
        assert "Kernels before and now" in page
        assert "Health of the gradients" not in page
        watcher = Watcher(server)
        trained(training, monitor)
        status, sections = get(server, "sections")
        assert status == 200
        for title in ("Curves", "Health of the gradients", "Feature maps", "Kernels before and now"):
            assert f">{title}</h2>" in sections
        assert "<script" not in sections
        assert "style=" not in sections
    watcher.join()


def test_without_a_page_nothing_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    training = begin(tmp_path / "run")
    monitor = Monitor(training)
    monkeypatch.setattr(monitor, "_taken", lambda version: pytest.fail("it copied the weights"))
    trained(training, monitor)


def test_the_pace_follows_from_the_cost(tmp_path: Path) -> None:
    training = begin(tmp_path / "run")
    monitor = Monitor(training)
    monitor._drawing = 0.05
    monitor._take(100.0)
    assert monitor._pictures_due >= 100 + 0.05 / SHARE


def test_watchers_are_bounded(tmp_path: Path) -> None:
    training = begin(tmp_path / "run")
    with followed(training) as (_, server):
        watchers = [Watcher(server) for _ in range(MAX_WATCHERS)]
        assert get(server, "events") == (503, "too many pages")
    for watcher in watchers:
        watcher.join()
        assert watcher.ended == "has stopped"
