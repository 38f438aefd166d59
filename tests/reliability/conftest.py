"""A small data set and a config, as the tests of the command line have them, for trainings in their own processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.small import SMALL, write_data


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("config") / "small.yaml"
    file.write_text(SMALL, encoding="utf-8")
    return file
