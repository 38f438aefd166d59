"""Paths that a stranger's config may name."""

from __future__ import annotations

import pytest

from cnnbp_cli.config import ConfigError, config_from_data, to_data
from cnnbp_cli.files.foreign_paths import refused
from tests.training.trainings import make_config

DEVICES = ["nul", "NUL", "con", "Con.txt", "aux.tar.gz", "prn ", "nul .txt", "data/com1", "COM¹", "lpt9.npz", "CONIN$"]
BAD = [
    *DEVICES,
    "a/nul/b",
    r"a\con\b",
    "//host/share",
    r"\\host\share",
    r"\\?\C:\data",
    r"\/host/share",
    "a" * 201,
    "a/" * 121,
]
GOOD = ["data", "../data", "/home/con-nul/data", "C:/data", "console", "null", "com", "com10", "nul-1", "a.nul", "~/x"]


@pytest.mark.parametrize("path", BAD)
def test_refused(path: str) -> None:
    assert refused(path)


@pytest.mark.parametrize("path", GOOD)
def test_accepted(path: str) -> None:
    assert refused(path) is None


@pytest.mark.parametrize("path", ["nul", "//host/share", r"\\host\share"])
def test_a_config_with_such_a_data_dir_is_refused(path: str) -> None:
    data = to_data(make_config())
    data["data"]["dir"] = path
    with pytest.raises(ConfigError, match=r"data\.dir") as caught:
        config_from_data(data, "a stranger's config")
    assert "--data-dir" in str(caught.value)
