"""Arrays as pictures in a terminal: the colours of each kind of terminal, and characters without colours."""

from __future__ import annotations

from io import StringIO

import numpy as np
import pytest
from rich.color import Color
from rich.console import Console

from cnnbp_cli.show.picture import Picture, picture_lines

SIGNED = Picture("δ", np.array([[-1.0, 0.0, 1.0]] * 2), signed=True)


def hues(system: str) -> list[tuple[int, int, int]]:
    """The colours, red, green and blue, of the most negative number, of 0 and of the most positive number."""
    console = Console(file=StringIO(), force_terminal=True, color_system=system, width=20)
    (line,) = picture_lines(console, SIGNED)
    return [tuple(Color.parse(str(span.style).split(" on ")[0]).get_truecolor()) for span in line.spans]


@pytest.mark.parametrize("system", ["truecolor", "256", "standard"])
def test_negative_is_blue_zero_white_and_positive_red_on_every_terminal(system: str) -> None:
    negative, zero, positive = hues(system)
    assert negative[2] > 1.4 * max(negative[:2])
    assert min(zero) > 200
    assert positive[0] > 1.4 * max(positive[1:])


def test_without_colours_there_are_characters() -> None:
    (line, _) = picture_lines(Console(file=StringIO(), width=20), SIGNED)
    assert line.plain == "= #"
