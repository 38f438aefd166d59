"""Arrays as small pictures for a page: a pixel a number, enlarged by the page, for light and for dark."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.report.document import template
from cnnbp_cli.show.report.markup import Markup, element
from cnnbp_cli.show.report.png import png

STOPS = ("negative", "negative-half", "zero", "positive-half", "positive")
LEVELS = 255
"""Of a palette: −max is 0, 0 the one in the middle, max the last."""

GAP = LEVELS
"""The place in each palette that nothing is drawn with: what lies between arrays."""

DARK = "(prefers-color-scheme: dark)"


def signed(arrays: Sequence[Array], gap: int, scale: float, alt: str, width: int) -> Markup:
    """Arrays (H, W) of one size side by side: blue to orange, as `common.css` has the colours.

    Parameters
    ----------
    gap
        Pixels between two.
    scale
        The size at which the colours end; 0 draws all as 0.
    alt
        What is seen, in words.
    width
        Of the picture on the page, in its pixels.
    """
    middle = LEVELS // 2
    levels = [np.rint(middle * (1 + np.clip(array / (scale or 1.0), -1, 1))) for array in arrays]
    pixels = _beside(levels, gap)
    light, dark = (_url(pixels, palette) for palette in palettes())
    return element(
        "picture",
        element("source", srcset=dark, media=DARK),
        element("img", **_sizes(pixels, width), src=light, alt=alt),
    )


def ink(images: Sequence[NDArray[np.uint8]], gap: int, alt: str, width: int) -> Markup:
    """Grey images side by side: 0 is the page's ground, 255 ink. White on black, and turned where the page is light."""
    pixels = _beside([np.rint(image / 255 * (LEVELS - 1)) for image in images], gap)
    grey = np.rint(np.linspace(0, 255, LEVELS))
    palette = _with_gap(np.stack([grey] * 3, axis=1))
    return element("img", **_sizes(pixels, width), src=_url(pixels, palette), alt=alt, class_="ink")


@cache
def palettes() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """(LEVELS + 1, 4), for light and for dark: the colours between the stops of `common.css`, and the gap."""
    style = template("common.css")
    found = [re.findall(rf"--{stop}: #(\w{{6}});", style) for stop in STOPS]
    light, dark = (np.array([list(bytes.fromhex(stop)) for stop in scheme]) for scheme in zip(*found, strict=True))
    places = np.linspace(0, len(STOPS) - 1, LEVELS)
    return _between(places, light), _between(places, dark)


def _between(places: NDArray[np.float64], stops: NDArray[np.integer]) -> NDArray[np.uint8]:
    return _with_gap(np.stack([np.interp(places, range(len(stops)), part) for part in stops.T], axis=1))


def _with_gap(colours: NDArray[np.float64]) -> NDArray[np.uint8]:
    opaque = np.pad(np.rint(colours), ((0, 0), (0, 1)), constant_values=255)
    return np.pad(opaque, ((0, 1), (0, 0))).astype(np.uint8)


def _beside(levels: Sequence[Array], gap: int) -> NDArray[np.uint8]:
    first, *others = levels
    space = np.full((len(first), gap), GAP)
    return np.hstack([first, *(part for other in others for part in (space, other))]).astype(np.uint8)


def _url(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> str:
    return f"data:image/png;base64,{b64encode(png(pixels, palette)).decode()}"


def _sizes(pixels: NDArray[np.uint8], width: int) -> dict[str, int]:
    rows, columns = pixels.shape
    return {"width": width, "height": round(width * rows / columns)}
