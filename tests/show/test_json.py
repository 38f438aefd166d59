"""Documents for programs: valid JSON whatever the numbers are."""

from __future__ import annotations

import json

import pytest

from cnnbp_cli.show.json import show_json


def test_what_json_has_no_number_for_is_null(capsys: pytest.CaptureFixture[str]) -> None:
    show_json({"loss": float("nan"), "rows": [(1.5, float("inf"))], "name": "δ", "none": None, "yes": True})
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text) == {"loss": None, "rows": [[1.5, None]], "name": "δ", "none": None, "yes": True}
