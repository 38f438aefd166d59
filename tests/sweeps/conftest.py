"""A small data set, a config that trains in a fraction of a second, and sweeps run in this process."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from threadpoolctl import threadpool_limits

from cnnbp_cli import app
from tests.cli.small import SMALL, write_data

Run: TypeAlias = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file


@pytest.fixture
def run(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in an empty folder: its exit code, stdout and stderr."""
    monkeypatch.setenv("CNNBP_DATA_DIR", str(data))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def command(*arguments: object) -> tuple[int, str, str]:
        with threadpool_limits():
            code = app.run([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return int(code), shown.out, shown.err

    return command


def swept(folder: Path) -> Any:
    """The summary of a sweep."""
    return json.loads((folder / "summary.json").read_text())
