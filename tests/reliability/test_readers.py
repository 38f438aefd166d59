"""A few hundred reads among saves; the long form is `tests/reliability/readers.py`."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.readers import read


def test_no_reader_sees_half_a_checkpoint(tmp_path: Path) -> None:
    result = read(tmp_path / "last.npz", 400)
    assert result["reads"] == 400
    assert result["seen"] > 10, "the reads met many saves"
