"""Picture files: every kind of PNG and JPEG, upright and opaque; and files that are none, or mean harm."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, features

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist import picture_file
from cnnbp_cli.mnist.picture_file import MAX_PIXELS, MAX_SIDE, SIDE, pictures_in, read_picture


def spot(mode: str = "RGB") -> Image.Image:
    """Dark in the upper left quarter, light elsewhere; wider than high."""
    picture = Image.new("RGB", (60, 40), (200, 200, 200))
    picture.paste((20, 20, 20), (0, 0, 30, 20))
    return picture.convert(mode)


def dark_quarter(colors: np.ndarray) -> tuple[str, str]:
    height, width, _ = colors.shape
    row, column = np.unravel_index(
        np.argmin(colors.mean(axis=2).reshape(2, height // 2, 2, width // 2).mean(axis=(1, 3))), (2, 2)
    )
    return ("upper", "lower")[row], ("left", "right")[column]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_png(tmp_path: Path, mode: str) -> None:
    picture = spot("L") if mode == "I;16" else spot(mode)
    if mode == "I;16":
        picture = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    picture.save(tmp_path / "a.png")
    colors = read_picture(tmp_path / "a.png")
    assert (colors.shape, colors.dtype) == ((40, 60, 3), np.uint8)
    assert dark_quarter(colors) == ("upper", "left")
    apart = {"1": 8, "P": 32}.get(mode, 2)  # few colours
    assert [colors[:20, :30].mean(), colors[20:, 30:].mean()] == pytest.approx([20, 200], abs=apart)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_jpeg(tmp_path: Path, mode: str) -> None:
    spot(mode).save(tmp_path / "a.jpg", quality=95)
    colors = read_picture(tmp_path / "a.jpg")
    assert [int(colors[5, 5, 0]), int(colors[30, 50, 0])] == pytest.approx([20, 200], abs=12)


@pytest.mark.parametrize(
    ("orientation", "quarter"),
    [(1, ("upper", "left")), (3, ("lower", "right")), (6, ("upper", "right")), (8, ("lower", "left"))],
)
@pytest.mark.parametrize("name", ["a.jpg", "a.png"])
def test_how_the_camera_was_held(tmp_path: Path, name: str, orientation: int, quarter: tuple[str, str]) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    spot().save(tmp_path / name, exif=exif)
    colors = read_picture(tmp_path / name)
    assert colors.shape == ((60, 40, 3) if orientation in (6, 8) else (40, 60, 3))
    assert dark_quarter(colors) == quarter


@pytest.mark.parametrize(("ink", "ground"), [(0, 255), (255, 0)])
def test_a_transparent_background_contrasts_with_the_foreground(tmp_path: Path, ink: int, ground: int) -> None:
    picture = Image.new("RGBA", (50, 50), (ink, ink, ink, 0))
    picture.paste((ink, ink, ink, 255), (10, 10, 30, 40))
    picture.save(tmp_path / "a.png")
    colors = read_picture(tmp_path / "a.png")
    assert (colors[20, 20].tolist(), colors[45, 45].tolist()) == ([ink] * 3, [ground] * 3)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_a_large_picture_is_made_smaller(tmp_path: Path, name: str) -> None:
    spot().resize((3000, 2000)).save(tmp_path / name)
    assert read_picture(tmp_path / name).shape == (round(SIDE * 2 / 3), SIDE, 3)


SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int) -> bytes:
    """A PNG that declares a size, and holds next to nothing."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("sides", [(9000, 9000), (9600, 9600), (40_000, 40_000), (2**31 - 1, 2**31 - 1)])
def test_a_bomb_is_not_decoded(tmp_path: Path, sides: tuple[int, int]) -> None:
    (tmp_path / "a.png").write_bytes(png_of(*sides))
    with pytest.raises(CnnbpError, match=rf"pixels; the largest picture that is read has {MAX_PIXELS:,}"):
        read_picture(tmp_path / "a.png")


def test_another_format_is_refused_whatever_its_name(tmp_path: Path) -> None:
    for kind, name in {"GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "WEBP": "WebP", "AVIF": "AVIF"}.items():
        if kind == "AVIF" and not features.check("avif"):
            continue
        spot().save(tmp_path / "a.png", format=kind)
        with pytest.raises(CnnbpError, match=f"is in the format {name}, not PNG or JPEG"):
            read_picture(tmp_path / "a.png")
    spot().save(tmp_path / "a.png", format="PPM")
    with pytest.raises(CnnbpError, match="neither a PNG nor a JPEG"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"hevc", b"mif1"])
def test_a_picture_of_a_phone_is_named(tmp_path: Path, brand: bytes) -> None:
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftyp" + brand + bytes(40))
    with pytest.raises(CnnbpError, match="is in the format HEIC"):
        read_picture(tmp_path / "a.jpg")


def test_a_palette_that_is_missing_is_damage(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 4, 4, 8, 3, 0, 0, 0)
    pixels = zlib.compress(b"\0\1\2\3\4" * 4)
    (tmp_path / "a.png").write_bytes(SIGNATURE + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b""))
    with pytest.raises(CnnbpError, match="is damaged"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("sides", [(1, 24_000_000), (24_000_000, 1), (MAX_SIDE + 1, 2), (2, MAX_SIDE + 1)])
def test_a_picture_with_a_very_long_side_is_not_decoded(tmp_path: Path, sides: tuple[int, int]) -> None:
    (tmp_path / "a.png").write_bytes(png_of(*sides))
    with pytest.raises(CnnbpError, match=f"at most {MAX_SIDE:,} per side"):
        read_picture(tmp_path / "a.png")


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@given(data=st.data())
def test_damage_is_reported(tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject) -> None:
    """A file that is cut short or changed is read, or its error is one line: nothing else is raised."""
    buffer = io.BytesIO()
    spot().save(buffer, kind)
    raw = bytearray(buffer.getvalue())
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)), max_size=5)):
        raw[place] = value
    file = tmp_path_factory.mktemp("damaged") / "a.bin"
    file.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        colors = read_picture(file)
    except CnnbpError as error:
        assert "\n" not in error.problem
        assert error.where == str(file)
    else:
        assert colors.ndim == 3


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(CnnbpError, match="there is no such file"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(CnnbpError, match="is a folder, not a file"):
        read_picture(tmp_path)


def test_the_pictures_of_a_folder(tmp_path: Path) -> None:
    for name in ("b.PNG", "a.jpeg", "c.txt", ".d.png", "e.webp", "f.HEIC"):
        (tmp_path / name).touch()
    assert [path.name for path in pictures_in(tmp_path)] == ["a.jpeg", "b.PNG", "e.webp", "f.HEIC"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(CnnbpError, match="holds no PNG or JPEG"):
        pictures_in(tmp_path / "empty")


def test_pillow_decodes_nowhere_else() -> None:
    package = Path(picture_file.__file__).parents[1]
    assert [path.name for path in package.rglob("*.py") if "Image.open" in path.read_text(encoding="utf-8")] == [
        "picture_file.py"
    ]
