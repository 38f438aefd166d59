"""Picture files: a PNG or a JPEG that anybody may have sent, as an array of colours.

The one place that knows Pillow. Of its many formats only these two are asked, a picture's size is looked at before it
is decoded, and a camera's note of how it was held is obeyed.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import open_regular

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")

MAX_PIXELS = 24_000_000
"""The largest picture that is decoded: one with transparency takes 8 bytes a pixel until it is smaller, 192 MB. A
photograph of 6000×4000 is read; one of a phone has half as many."""

SIDE = 640
"""A larger picture is made smaller, to this longer side: a digit needs no more, and what follows takes its time."""


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture, upright, (H, W, 3): red, green, blue; no side longer than SIDE.

    What is transparent becomes black or white, whichever is further from what is not.

    Raises
    ------
    CnnbpError
        There is no such file, it cannot be read, is neither PNG nor JPEG, is damaged, or has too many pixels.
    """
    from PIL import Image, UnidentifiedImageError

    def wrong(problem: str) -> CnnbpError:
        return CnnbpError(problem, where=str(path), hint="Name a PNG or JPEG file, or a folder of them.")

    try:
        with open_regular(path, wrong) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a damaged note about the camera does not matter
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise _too_large(path, f"has {picture.width:,} × {picture.height:,} pixels")
                return _colors(picture)
    except UnidentifiedImageError:
        raise CnnbpError(
            "is neither a PNG nor a JPEG picture", where=str(path), hint="Save it as PNG or JPEG first."
        ) from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large(path, "has far too many pixels") from None
    except _broken() as error:
        raise CnnbpError(
            f"is damaged: {ascii(str(error))[1:-1]:.100}", where=str(path), hint="Save or download it anew."
        ) from None


def pictures_in(folder: Path) -> list[Path]:
    """The files of a folder that are PNG or JPEG by their names, in the names' order.

    Raises
    ------
    CnnbpError
        There are none, or the folder cannot be looked into.
    """
    try:
        found = sorted(
            path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        raise CnnbpError(
            f"cannot be looked into: {error.strerror}", where=str(folder), hint="Give yourself the right to read it."
        ) from None
    if not found:
        raise CnnbpError(
            "holds no PNG and no JPEG file", where=str(folder), hint=f"Their names end in {', '.join(SUFFIXES)}."
        )
    return found


def _broken() -> tuple[type[Exception], ...]:
    """What Pillow raises over damaged files: SyntaxError for a PNG's chunks, struct.error for what is cut short."""
    import struct
    import zlib

    return (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


def _colors(picture: Image.Image) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    picture.draft("RGB", (SIDE, SIDE))  # a JPEG decodes faster to a half, a quarter or an eighth, none below SIDE
    small = _eight_bits(picture)
    small.info = picture.info
    # Before anything else copies a large picture; by a whole factor first, which takes less memory.
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=1.0)
    upright = ImageOps.exif_transpose(small)
    if upright.has_transparency_data:
        upright = _opaque(upright.convert("RGBA"))
    return np.asarray(upright.convert("RGB"))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Palettes looked up, and the upper half of 16 bits, which `convert` would cut off at 255, a strip at a time."""
    from PIL import Image

    if not picture.mode.startswith("I"):
        return picture.convert("RGBA" if picture.has_transparency_data else "RGB") if picture.mode in "P1" else picture
    grey = np.empty((picture.height, picture.width), np.uint8)
    for top in range(0, picture.height, 256):
        strip = picture.crop((0, top, picture.width, min(top + 256, picture.height)))
        grey[top : top + 256] = np.asarray(strip) >> 8
    return Image.fromarray(grey)


def _opaque(picture: Image.Image) -> Image.Image:
    from PIL import Image

    small = np.asarray(picture.resize((64, 64), Image.Resampling.BOX), float)
    opacity = small[..., 3:]
    mean = float((small[..., :3] * opacity).sum() / max(3 * opacity.sum(), 1))
    ground = Image.new("RGBA", picture.size, "black" if mean > 127 else "white")
    return Image.alpha_composite(ground, picture)


def _too_large(path: Path, problem: str) -> CnnbpError:
    return CnnbpError(
        f"{problem}; the largest picture that is read has {MAX_PIXELS:,}",
        where=str(path),
        hint="Make it smaller first: a thousand pixels along a side are plenty.",
    )
