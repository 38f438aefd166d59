"""Arrays as small PNG pictures: one pixel per number, enlarged by the page, in a light and a dark version."""

from __future__ import annotations

import io
import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.dataset import grey
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.show.report.document import template
from cnnbp_cli.show.report.markup import Markup, element

STOPS = ("negative", "negative-half", "zero", "positive-half", "positive")
LEVELS = 255
"""Colours of a palette: the first for −max, the middle one for 0, the last for max."""

GAP = LEVELS
"""The transparent colour of each palette, for the space between arrays."""

DARK = "(prefers-color-scheme: dark)"


def signed(arrays: Sequence[Array], gap: int, scale: float, alt: str, width: int) -> Markup:
    """Arrays (H, W) of the same size side by side, from blue to orange: the colours of `common.css`.

    Parameters
    ----------
    gap
        Pixels between two arrays.
    scale
        The magnitude at the ends of the colour scale; with 0, all numbers are drawn as 0.
    alt
        Alternative text.
    width
        Width on the page, in CSS pixels.
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


def pictured(images: Sequence[NDArray[np.uint8]], gap: int, alt: str, width: int) -> Markup:
    """Images (H, W) or (C, H, W) side by side: three channels in colour, others grey."""
    if images[0].ndim == 3 and len(images[0]) == 3:
        return colored(images, gap, alt, width)
    return greyscale([image if image.ndim == 2 else grey(image[None])[0] for image in images], gap, alt, width)


def colored(images: Sequence[NDArray[np.uint8]], gap: int, alt: str, width: int) -> Markup:
    """Red, green and blue images (3, H, W) side by side."""
    from PIL import Image

    opaque = [np.dstack([*image, np.full(image.shape[1:], 255, np.uint8)]) for image in images]
    space = np.zeros((len(opaque[0]), gap, 4), np.uint8)
    pixels = np.hstack([part for image in opaque for part in (space, image)][1:])
    file = io.BytesIO()
    with Image.fromarray(pixels) as picture:
        picture.save(file, "PNG", optimize=True)
    return element("img", **_sizes(pixels[..., 0], width), src=_png_url(file.getvalue()), alt=alt)


def greyscale(images: Sequence[NDArray[np.uint8]], gap: int, alt: str, width: int) -> Markup:
    """Grey images side by side, white on black; a light page inverts them, so that 0 is always the background."""
    pixels = _beside([np.rint(image / 255 * (LEVELS - 1)) for image in images], gap)
    grey = np.rint(np.linspace(0, 255, LEVELS))
    palette = _with_gap(np.stack([grey] * 3, axis=1))
    return element("img", **_sizes(pixels, width), src=_url(pixels, palette), alt=alt, class_="greyscale")


@cache
def palettes() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The light and the dark palette, (LEVELS + 1, 4): interpolated between the stops of `common.css`, and the gap."""
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
    return _png_url(png(pixels, palette))


def _png_url(data: bytes) -> str:
    return f"data:image/png;base64,{b64encode(data).decode()}"


def png(pixels: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """A PNG file with a palette of the colours that occur.

    Parameters
    ----------
    pixels
        (H, W), indices into the palette.
    palette
        (colours, 4): red, green, blue, opacity.
    """
    from PIL import Image  # 20 ms: only commands that write a page pay for it

    used, places = np.unique(pixels, return_inverse=True)
    file = io.BytesIO()
    with Image.fromarray(places.reshape(pixels.shape).astype(np.uint8)) as image:
        image.putpalette(palette[used].tobytes(), "RGBA")
        image.save(file, "PNG", optimize=True)
    return file.getvalue()


def _sizes(pixels: NDArray[np.uint8], width: int) -> dict[str, int]:
    rows, columns = pixels.shape
    return {"width": width, "height": round(width * rows / columns)}
