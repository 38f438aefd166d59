"""The pages build into a site without a warning, and those that are made from the program say what it says now."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from docs.make_reference import PAGES, REFERENCE
from tests.documentation.pages import ROOT


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_is_up_to_date(name: str) -> None:
    make: Callable[[], str] = PAGES[name]
    assert (REFERENCE / name).read_text(encoding="utf-8") == make(), "run: python -m docs.make_reference"


def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "sphinx",
            "-W",
            "--keep-going",
            "-q",
            "-d",
            tmp_path / "trees",
            "docs",
            tmp_path / "site",
        ],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "site" / "tutorial.html").exists()
