"""docs/reliability.md names tests and scripts that are there."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys

import pytest

from tests.reliability.figures import ROOT

PAGE = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("named", sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE))))
def test_what_it_names_is_there(named: str) -> None:
    path, _, test = named.partition("::")
    assert f"def {test}" in (ROOT / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("line", re.search(r"```sh\n(.*?)```", PAGE, re.DOTALL)[1].splitlines())  # type: ignore[index]
def test_its_scripts_take_these_options(line: str) -> None:
    _, *script, option, value = shlex.split(line, comments=True)
    asked = subprocess.run([sys.executable, *script, "--help"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert option in asked.stdout
    assert value.isdecimal()
