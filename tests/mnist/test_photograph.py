"""A picture in MNIST's form: found, levelled, scaled, centred; and what is said where it may be no digit."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from cnnbp_cli.mnist.dataset import load
from cnnbp_cli.mnist.photograph import BOX, MIDDLE, see
from tests.mnist.drawings import GROUNDS, drawn, font, framed, on_desk, outlined, photographed, ruled, written
from tests.mnist.idx_files import DATA


def seen(picture: Image.Image) -> np.ndarray:
    found = see(np.asarray(picture))
    assert found.image is not None
    return found.image.astype(float)


def centre(image: np.ndarray) -> np.ndarray:
    return np.array([image.sum(axis=1) @ np.arange(28), image.sum(axis=0) @ np.arange(28)]) / image.sum()


@pytest.mark.parametrize("colors", GROUNDS)
def test_colours_do_not_matter(colors: str) -> None:
    there, reference = seen(drawn(5, "serif", 120, colors)), seen(drawn(5, "serif", 120, "black on white"))
    assert np.abs(there - reference).mean() < 4


@pytest.mark.parametrize("size", [20, 30, 60, 300])
@pytest.mark.parametrize("move", [(0, 0), (-4, 3)])
def test_size_and_place_do_not_matter(size: int, move: tuple[int, int]) -> None:
    there, reference = seen(drawn(3, "plain", size, "black on white", move)), seen(drawn(3, "plain", 120, "chalk"))
    assert np.abs(there - reference).mean() < 12
    assert np.corrcoef(there.ravel(), reference.ravel())[0, 1] > 0.9


@pytest.mark.parametrize("digit", range(10))
def test_it_is_scaled_and_centred_as_mnist_is(digit: int) -> None:
    image = seen(drawn(digit, "bold italic", 90, "red on yellow"))
    rows, columns = np.nonzero(image.any(axis=1))[0], np.nonzero(image.any(axis=0))[0]
    assert max(np.ptp(rows), np.ptp(columns)) + 1 in (BOX - 1, BOX)
    assert np.abs(centre(image) - MIDDLE).max() <= 0.5
    assert image.max() == 255


def test_mnists_own_centre() -> None:
    images = load(DATA, "train").images[:5000].astype(float)
    assert np.mean([centre(image) for image in images], axis=0) == pytest.approx([MIDDLE, MIDDLE], abs=0.05)


def test_an_image_of_mnist_stays_what_it_is() -> None:
    images = load(DATA, "test").images[:60]
    apart = [np.abs(seen(Image.fromarray(image).convert("RGB")) - image).mean() for image in images]
    assert np.median(apart) < 6
    inverse = [np.abs(seen(Image.fromarray(255 - image).convert("RGB")) - image).mean() for image in images]
    assert inverse == pytest.approx(apart, abs=1)


def test_uneven_light() -> None:
    image = load(DATA, "test").images[0]
    rng = np.random.default_rng(3)
    shots = [seen(photographed(image, "ink on paper", rng)) for _ in range(4)]
    assert all(np.corrcoef(shot.ravel(), image.ravel())[0, 1] > 0.85 for shot in shots)


def test_thin_strokes_are_widened() -> None:
    def line(width: int) -> float:
        picture = Image.new("RGB", (400, 400), "white")
        ImageDraw.Draw(picture).line([(180, 60), (220, 340)], fill="black", width=width)
        return float(seen(picture).sum()) / 255

    assert line(3) > 0.6 * line(30)


@pytest.mark.parametrize("grain", [0, 8])
def test_nothing_is_found_in_nothing(grain: int) -> None:
    noise = np.random.default_rng(0).normal(180, grain, (120, 160, 3))
    found = see(np.clip(noise, 0, 255).astype(np.uint8))
    assert found.image is None
    assert "nothing is drawn" in found.doubts[0]


def test_a_single_pixel() -> None:
    assert see(np.zeros((1, 1, 3), np.uint8)).image is None
    dot = np.zeros((3, 3, 3), np.uint8)
    dot[1, 1] = 255
    assert see(dot).doubts == ("the mark is only 1 pixel high",)


def doubts(*digits: tuple[str, int, tuple[int, int]]) -> str:
    picture = Image.new("RGB", (400, 300), "white")
    for text, size, place in digits:
        ImageDraw.Draw(picture).text(place, text, font=font("plain", size), fill="black", anchor="mm")
    return "; ".join(see(np.asarray(picture)).doubts)


def test_doubts() -> None:
    assert doubts(("5", 150, (200, 150))) == ""
    assert doubts(("5", 150, (120, 150)), ("8", 150, (290, 150))).startswith("there are other marks")
    assert doubts(("5", 150, (200, 150)), (".", 40, (60, 60))) == ""  # dust
    assert "reaches the edge" in doubts(("5", 150, (10, 150)))
    assert "only" in doubts(("5", 8, (200, 150)))


def test_a_dark_edge_is_not_the_digit() -> None:
    picture = drawn(7, "plain", 150, "black on white")
    reference = seen(picture)
    ImageDraw.Draw(picture).rectangle((0, 0, 18, 300), fill="black")
    assert np.abs(seen(picture) - reference).mean() < 12


SCENES = {
    "on a desk": lambda sheet: on_desk(sheet, 4),
    "on a desk that shows at the edges only": lambda sheet: on_desk(sheet, -2, desk=1.04),
    "on ruled paper": lambda sheet: ruled(sheet, 40),
    "on squared paper": lambda sheet: ruled(sheet, 30, squared=True),
    "on ruled paper on a desk": lambda sheet: on_desk(ruled(sheet, 45), 3),
    "in a dark scan border": lambda sheet: framed(sheet, 24),
    "in a printed box": outlined,
}


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("number", range(4))
def test_what_is_around_the_digit_does_not_matter(scene: str, number: int) -> None:
    image = load(DATA, "test").images[number]
    rng = np.random.default_rng(number)
    plain = written(image)
    found = see(np.asarray(grainy(SCENES[scene](plain), rng)))
    assert found.image is not None
    alike = np.corrcoef(found.image.ravel(), seen(plain).ravel())[0, 1]
    assert (found.doubts, alike) == ((), pytest.approx(1, abs=0.2))


def grainy(picture: Image.Image, rng: np.random.Generator) -> Image.Image:
    noisy = np.asarray(picture, float) + rng.normal(0, 3, (picture.height, picture.width, 3))
    return Image.fromarray(np.clip(noisy, 0, 255).astype(np.uint8))


def test_a_border_darker_than_the_ink_does_not_hide_it() -> None:
    picture = framed(drawn(7, "plain", 120, "grey on grey"), 20)
    assert np.corrcoef(seen(picture).ravel(), seen(drawn(7, "plain", 120, "grey on grey")).ravel())[0, 1] > 0.95


def test_strokes_that_do_not_touch_are_one_digit() -> None:
    picture = Image.new("RGB", (400, 400), "white")
    draw = ImageDraw.Draw(picture)
    draw.line([(150, 90), (130, 210), (225, 210)], fill="black", width=12)
    draw.line([(245, 80), (245, 320)], fill="black", width=12)
    image = seen(picture)
    assert see(np.asarray(picture)).doubts == ()
    assert image[:, :14].sum() > 0.3 * image.sum() and image[:, 14:].sum() > 0.3 * image.sum()


def shapes(*draws: tuple[str, tuple[int, ...]]) -> str:
    picture = Image.new("RGB", (400, 400), "white")
    for name, box in draws:
        getattr(ImageDraw.Draw(picture), name)(box, fill="black")
    return "; ".join(see(np.asarray(picture)).doubts)


def test_what_is_no_digit_is_doubted() -> None:
    full = "the mark fills its box, as no digit does"
    assert shapes(("rectangle", (120, 120, 280, 300))) == full
    assert shapes(("ellipse", (120, 120, 280, 300))) == full
    assert shapes(("rectangle", (180, 80, 215, 320))) == ""  # a 1
    lines = [("rectangle", (0, y, 399, y + 2)) for y in range(30, 400, 40)]
    assert shapes(*lines).startswith("the only marks are straight lines across the picture")
    assert "two digits" in shapes(("rectangle", (130, 80, 150, 320)), ("rectangle", (185, 80, 205, 320)))
