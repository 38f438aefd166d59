"""Picture files: an untrusted PNG or JPEG as an array of colours.

Of Pillow's many decoders only these two are used. A picture's size is checked before it is decoded, and the orientation
that a camera has recorded is applied.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.untrusted import open_regular

if TYPE_CHECKING:
    from PIL import Image

SUFFIXES = (".png", ".jpg", ".jpeg")
FORMATS = ("PNG", "JPEG")

MAX_PIXELS = 24_000_000
"""The largest picture that is decoded. With transparency it takes 8 bytes per pixel until it is reduced: 192 MB. A
photograph of 6000×4000 is read; phones take pictures of half that size."""

MAX_SIDE = 65_535
"""The longest side, which is also JPEG's limit. Pillow keeps a pointer per row and coefficients per column: a picture
of 24,000,000×1 pixels would take 550 MB."""

SIDE = 640
"""The longer side that larger pictures are reduced to: enough for a digit, and what follows takes less time."""

OTHER_FORMATS: tuple[tuple[str, bytes, int], ...] = (
    ("GIF", b"GIF8", 0),
    ("WebP", b"WEBP", 8),
    ("HEIC", b"ftyphei", 4),
    ("HEIC", b"ftyphev", 4),
    ("HEIC", b"ftypmif1", 4),
    ("HEIC", b"ftypmsf1", 4),
    ("AVIF", b"ftypavi", 4),
    ("TIFF", b"II*\0", 0),
    ("TIFF", b"MM\0*", 0),
    ("BMP", b"BM", 0),
    ("JPEG XL", b"\xff\x0a", 0),
    ("JPEG XL", b"JXL ", 4),
    ("JPEG 2000", b"jP  ", 4),
    ("PDF", b"%PDF", 0),
    ("SVG", b"<svg", 0),
)
"""Pictures that are not read: name, signature, and where in the file the signature is."""

OTHER_SUFFIXES = (".gif", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".bmp", ".jxl", ".jp2")


def read_picture(path: Path) -> NDArray[np.uint8]:
    """The picture in a file; see `decode_picture`. Also raises CnnbpError if there is no such file."""

    def wrong(problem: str) -> CnnbpError:
        return CnnbpError(problem, where=str(path), hint="Name a PNG or JPEG file, or a folder of them.")

    with open_regular(path, wrong) as file:
        return decode_picture(file, str(path))


def decode_picture(file: IO[bytes], name: str) -> NDArray[np.uint8]:
    """The picture, upright, (H, W, 3): red, green, blue; no side longer than SIDE.

    Transparent pixels become black or white, whichever differs more from the opaque ones.

    Raises
    ------
    CnnbpError
        It cannot be read, is neither PNG nor JPEG, is damaged, or is too large.
    """
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged camera metadata does not matter
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS or max(picture.size) > MAX_SIDE:
                    raise _too_large(name, f"has {picture.width:,} × {picture.height:,} pixels")
                return _colors(picture)
    except (CnnbpError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise CnnbpError(_other_format(file), where=name, hint="Save it as PNG or JPEG first.") from None
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise _too_large(name, "has far too many pixels") from None
    except Exception as error:  # damage surfaces in Pillow as almost any exception, an AttributeError among them
        raise CnnbpError(
            f"is damaged: {ascii(str(error))[1:-1]:.100}", where=name, hint="Save or download it again."
        ) from None


def pictures_in(folder: Path) -> list[Path]:
    """The files of a folder that are pictures by their names, sorted by name.

    Pictures in formats that are not read are among them, so that reading reports each of them instead of passing it
    over.

    Raises
    ------
    CnnbpError
        There are none, or the folder cannot be listed.
    """
    try:
        found = sorted(
            path
            for path in folder.iterdir()
            if path.suffix.lower() in SUFFIXES + OTHER_SUFFIXES and not path.name.startswith(".")
        )
    except OSError as error:
        raise CnnbpError(
            f"cannot be listed: {error.strerror}", where=str(folder), hint="Get permission to read the folder."
        ) from None
    if not found:
        raise CnnbpError(
            "holds no PNG or JPEG file", where=str(folder), hint=f"Their names end in {', '.join(SUFFIXES)}."
        )
    return found


def _other_format(file: IO[bytes]) -> str:
    """What is wrong with a file that is neither PNG nor JPEG; the format is named if it is a known one."""
    file.seek(0)
    start = file.read(32)
    if not start:
        return "is empty"
    for name, signature, place in OTHER_FORMATS:
        if start[place:].startswith(signature):
            return f"is in the format {name}, not PNG or JPEG"
    return "is neither a PNG nor a JPEG picture"


def _colors(picture: Image.Image) -> NDArray[np.uint8]:
    from PIL import Image, ImageOps

    picture.draft("RGB", (SIDE, SIDE))  # a JPEG decodes faster to 1/2, 1/4 or 1/8 of its size, not below SIDE
    small = _eight_bits(picture)
    small.info = picture.info
    # Before anything else copies a large picture; by an integer factor first, which takes less memory.
    small.thumbnail((SIDE, SIDE), Image.Resampling.BOX, reducing_gap=1.0)
    upright = ImageOps.exif_transpose(small)
    if upright.has_transparency_data:
        upright = _opaque(upright.convert("RGBA"))
    return np.asarray(upright.convert("RGB"))


def _eight_bits(picture: Image.Image) -> Image.Image:
    """Apply the palette; of 16 bits keep the upper 8, which `convert` would clip at 255, a strip at a time."""
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
    background = Image.new("RGBA", picture.size, "black" if mean > 127 else "white")
    return Image.alpha_composite(background, picture)


def _too_large(name: str, problem: str) -> CnnbpError:
    return CnnbpError(
        f"{problem}; the largest picture that is read has {MAX_PIXELS:,}, and at most {MAX_SIDE:,} per side",
        where=name,
        hint="Reduce it first: a thousand pixels per side are plenty.",
    )
