"""PNG pictures: arrays in the colours of the page."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray
from PIL import Image

from cnnbp_cli.show.report.document import template
from cnnbp_cli.show.report.raster import greyscale, palettes, png, signed

PALETTE = np.random.default_rng(0).integers(0, 256, (256, 4), np.uint8)


def decoded(data: bytes) -> NDArray[np.uint8]:
    """(H, W, 4)."""
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        return np.asarray(image.convert("RGBA"))


@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_pixels_and_opacity_come_back(pixels: NDArray[np.uint8]) -> None:
    assert np.array_equal(decoded(png(pixels, PALETTE)), PALETTE[pixels])


def pictures(markup: str) -> list[NDArray[np.uint8]]:
    return [decoded(b64decode(data)) for data in re.findall(r'data:image/png;base64,([^"]*)"', markup)]


def test_colours_match_the_style_sheet() -> None:
    array = np.array([[-2.0, 0.0, 2.0], [-9.0, 1.0, 9.0]])
    dark, light = pictures(signed([array, array], 1, 2.0, "seen", 70))
    assert dark.shape == light.shape == (2, 7, 4)
    assert (light[:, 3, 3] == 0).all()  # the gap
    colours = {
        name: re.findall(rf"--{name}: #(\w+);", template("common.css")) for name in ("negative", "zero", "positive")
    }
    for scheme, picture in enumerate((light, dark)):
        row = [bytes(pixel[:3]).hex() for pixel in picture[0, [0, 1, 2, 4]]]
        assert row == [colours[name][scheme] for name in ("negative", "zero", "positive", "negative")]
        assert np.array_equal(picture[0, [0, 2]], picture[1, [0, 2]])  # beyond the scale


def test_zeros_have_the_colour_of_zero() -> None:
    dark, light = pictures(signed([np.zeros((3, 3))], 1, 0.0, "seen", 30))
    middle = (len(palettes()[0]) - 1) // 2
    assert (light == palettes()[0][middle]).all()
    assert (dark == palettes()[1][middle]).all()


@given(st.integers(0, 255))
def test_greyscale_keeps_grey_levels(value: int) -> None:
    [picture] = pictures(greyscale([np.full((2, 2), value, np.uint8)], 0, "seen", 20))
    assert abs(int(picture[0, 0, 0]) - value) <= 1
