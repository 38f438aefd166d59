"""A short form of `python -m tests.reliability.starting`."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.reliability.starting import interrupt


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be sent so on Windows")
def test_an_interrupt_at_the_start_is_quiet(tmp_path: Path) -> None:
    assert interrupt(tmp_path, 4, random.Random(0)) == []
