"""Columns: which are kept, how cells stand, titles of several lines."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.show.columns import TableColumn, fitting, header, row, total_width

COLUMNS = [
    TableColumn("name", "name", 6, left=True),
    TableColumn("loss", "train\nloss", 8, rank=1),
    TableColumn("rate", "rate", 5, rank=2),
]


def test_words_are_left_aligned_and_numbers_right_aligned() -> None:
    assert header(COLUMNS) == ["           train", "name        loss   rate"]
    assert row(COLUMNS, {"name": "conv1", "loss": "0.5", "rate": "0.1"}) == "conv1        0.5    0.1"


@given(st.integers(0, 40))
def test_the_highest_rank_goes_first_and_rank_0_never(width: int) -> None:
    kept = fitting(COLUMNS, width)
    assert kept == COLUMNS[: len(kept)]
    assert kept[0].key == "name"
    assert total_width(kept) <= width or len(kept) == 1
    assert len(kept) == len(COLUMNS) or total_width(COLUMNS[: len(kept) + 1]) > width
