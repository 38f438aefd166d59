"""The confusion matrix: numbers, percents, and classes that have no images or no answers."""

from __future__ import annotations

import io

import numpy as np
import pytest
from rich.console import Console

from cnnbp_cli.show.confusion import LAYOUTS, show_confusion
from cnnbp_cli.training.evaluate import Evaluation

CONFUSION = np.array([[990, 6, 0, 4], [0, 2000, 0, 0], [0, 0, 0, 0], [100, 0, 0, 900]])


def shown(width: int, **how: object) -> list[str]:
    file = io.StringIO()
    show_confusion(Console(file=file, width=width, **how), Evaluation(0.1, CONFUSION))  # type: ignore[arg-type]
    return file.getvalue().splitlines()


def test_numbers_of_images() -> None:
    assert [line.split() for line in shown(80)[:6]] == [
        ["label", "0", "1", "2", "3", "recall"],
        ["0", "990", "6░", "·", "4", "99.0"],
        ["1", "·", "2000", "·", "·", "100.0"],
        ["2", "·", "·", "·", "·", "–"],
        ["3", "100█", "·", "·", "900", "90.0"],
        ["precision", "90.8", "99.7", "–", "99.6"],
    ]


def test_percents_where_it_is_narrow() -> None:
    lines = shown(LAYOUTS[1].width(4))
    assert [line.split() for line in lines[1:5]] == [
        ["0", "99", "1░", "·", "<1", "99"],
        ["1", "·", "100", "·", "·", "100"],
        ["2", "·", "·", "·", "·", "–"],
        ["3", "10█", "·", "·", "90", "90"],
    ]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_keeps_its_width(layout) -> None:
    assert max(map(len, shown(layout.width(4))[:6])) <= layout.width(4)


def test_background_colours_set_a_text_colour() -> None:
    lines = shown(80, force_terminal=True, color_system="256", legacy_windows=False)
    assert "\x1b[1;38;5;16;48;5;157m  990 " in lines[1]
    assert "\x1b[38;5;16;48;5;210m  100 " in lines[4]
    assert not any(mark in "".join(lines) for mark in "░▒▓█")
