"""Digits, drawn and photographed: what people would show to a network."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageDraw, ImageFont

FONTS = {
    "plain": None,  # Pillow's own
    "serif": ("font_caladea", "Caladea-Regular.ttf"),
    "bold italic": ("font_caladea", "Caladea-BoldItalic.ttf"),
    "hand": ("font_intuitive", "Intuitive.ttf"),
    "light": ("font_source_sans_pro", "SourceSansPro-Light.ttf"),
    "black": ("font_source_sans_pro", "SourceSansPro-Black.ttf"),
}

GROUNDS = {
    "black on white": ((255, 255, 255), (0, 0, 0)),
    "white on black": ((0, 0, 0), (255, 255, 255)),
    "ink on paper": ((250, 245, 230), (30, 40, 120)),
    "chalk": ((40, 90, 50), (240, 240, 220)),
    "red on green, equally light": ((60, 142, 60), (230, 60, 60)),
    "grey on grey": ((120, 120, 120), (60, 60, 60)),
    "red on yellow": ((255, 240, 120), (180, 30, 30)),
}
"""Colours of ground and ink."""


def font(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font at a size in pixels."""
    file = FONTS[name]
    if file is None:
        return ImageFont.load_default(size=size)
    spec = find_spec(file[0])
    assert spec and spec.origin
    return ImageFont.truetype(str(Path(spec.origin).parent / "files" / file[1]), size)


def drawn(digit: int, face: str, size: int, colors: str, move: tuple[int, int] = (0, 0)) -> Image.Image:
    """A digit in a font, on a ground of twice its size, off the middle by `move`."""
    ground, ink = GROUNDS[colors]
    picture = Image.new("RGB", (2 * size, 2 * size), ground)
    place = (size + move[0], size + move[1])
    ImageDraw.Draw(picture).text(place, str(digit), font=font(face, size), fill=ink, anchor="mm")
    return picture


def photographed(digit: NDArray[np.uint8], colors: str, rng: np.random.Generator) -> Image.Image:
    """A digit of MNIST (28, 28) somewhere on a sheet, in light that falls from a side, with a camera's grain."""
    ground, ink = (np.array(color, float) for color in GROUNDS[colors])
    large = 28 * int(rng.integers(4, 10))
    height, width = (int(large * rng.uniform(1, 1.8)) for _ in range(2))
    top, left = int(rng.integers(height - large + 1)), int(rng.integers(width - large + 1))
    sheet = np.zeros((height, width))
    enlarged = Image.fromarray(digit).resize((large, large), Image.Resampling.BICUBIC)
    sheet[top : top + large, left : left + large] = np.asarray(enlarged, float) / 255
    colored = ground + (ink - ground) * sheet[..., None]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    angle = rng.uniform(0, 2 * np.pi)
    light = 0.75 + 0.17 * (np.cos(angle) * x + np.sin(angle) * y)
    grainy = colored * light[..., None] + rng.normal(0, 4, colored.shape)
    return Image.fromarray(np.clip(grainy, 0, 255).astype(np.uint8))


PAPER, INK, RULING, DESK = (246, 243, 232), (32, 42, 112), (92, 112, 180), (62, 42, 26)


def written(digit: NDArray[np.uint8], size: tuple[int, int] = (420, 500)) -> Image.Image:
    """A digit of MNIST (28, 28), 252 pixels high with its margins, in ink in the middle of a sheet."""
    sheet = Image.new("RGB", size, PAPER)
    mask = Image.fromarray(digit).resize((252, 252), Image.Resampling.BICUBIC)
    sheet.paste(
        Image.new("RGB", mask.size, INK), tuple((a - b) // 2 for a, b in zip(size, mask.size, strict=True)), mask
    )
    return sheet


def ruled(sheet: Image.Image, distance: int, *, squared: bool = False) -> Image.Image:
    """The sheet with printed lines under the ink."""
    lines = Image.new("RGB", sheet.size, (255, 255, 255))
    draw = ImageDraw.Draw(lines)
    for y in range(distance // 2, sheet.height, distance):
        draw.line([(0, y), (sheet.width, y)], fill=RULING, width=2)
    if squared:
        for x in range(distance // 2, sheet.width, distance):
            draw.line([(x, 0), (x, sheet.height)], fill=RULING, width=2)
    return ImageChops.darker(sheet, lines)


def on_desk(sheet: Image.Image, degrees: float, *, desk: float = 1.5) -> Image.Image:
    """The sheet on a desk `desk` times as long, turned."""
    turned = sheet.convert("RGBA").rotate(degrees, expand=True, resample=Image.Resampling.BICUBIC)
    picture = Image.new("RGB", (round(desk * turned.width), round(desk * turned.height)), DESK)
    picture.paste(turned, tuple((a - b) // 2 for a, b in zip(picture.size, turned.size, strict=True)), turned)
    return picture


def framed(sheet: Image.Image, width: int) -> Image.Image:
    """The sheet with the dark border of a scan."""
    picture = sheet.copy()
    ImageDraw.Draw(picture).rectangle((0, 0, sheet.width - 1, sheet.height - 1), outline=(8, 8, 8), width=width)
    return picture


def outlined(sheet: Image.Image) -> Image.Image:
    """The sheet with a printed box around the digit, as on a form."""
    picture = sheet.copy()
    box = (60, 60, sheet.width - 60, sheet.height - 60)
    ImageDraw.Draw(picture).rectangle(box, outline=(8, 8, 8), width=4)
    return picture
