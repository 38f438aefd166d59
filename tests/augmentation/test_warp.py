"""The warp against a plain one: a loop over pixels, each read between its four neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import Literal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.augmentation import Transform, Warp
from cnnbp_cli.augmentation.base import Affine, Distortion, identities
from cnnbp_cli.augmentation.elastic import Elastic
from cnnbp_cli.augmentation.rotation import Rotation
from cnnbp_cli.augmentation.scale import Scale
from cnnbp_cli.augmentation.shift import Shift
from cnnbp_cli.augmentation.warp import CHUNK
from cnnbp_cli.numerics.arrays import Array
from tests.support.examples import examples

KINDS = [Rotation(degrees=30), Scale(by=0.3), Shift(pixels=2.5), Elastic(sigma=2, alpha=20)]


@dataclass(frozen=True, kw_only=True)
class Set(Affine):
    """An affine transform without chance."""

    type: Literal["set"] = "set"
    matrix: tuple[tuple[float, ...], ...]

    def draw(self, rng: np.random.Generator, count: int) -> Array:
        drawn = identities(count)
        drawn[:, :2] = self.matrix
        return drawn


def pixel(image: Array, i: int, j: int) -> float:
    inside = 0 <= i < image.shape[0] and 0 <= j < image.shape[1]
    return float(image[i, j]) if inside else 0.0


def plain(transforms: list[Transform], images: Array, rng: np.random.Generator) -> Array:
    """What `Warp` does, pixel by pixel, in float64; from the same random numbers."""
    count, height, width = images.shape
    affine = [transform.draw(rng, count) for transform in transforms if isinstance(transform, Affine)]
    bent = []
    for transform in transforms:
        if isinstance(transform, Distortion):
            modes = transform.modes(height, width)
            bent.append(np.einsum("nak,kij->naij", transform.draw(rng, count, len(modes)).astype(np.float64), modes))
    out = np.zeros(images.shape)
    for n, i, j in np.ndindex(*images.shape):
        place = np.array([i - (height - 1) / 2, j - (width - 1) / 2, 1])
        for drawn in reversed(affine):  # A_1 A_2 p: the last one first
            place = drawn[n] @ place
        u, v = place[:2] + np.array([(height - 1) / 2, (width - 1) / 2]) + sum(field[n, :, i, j] for field in bent)
        top, left, f, g = floor(u), floor(v), u - floor(u), v - floor(v)
        out[n, i, j] = (1 - f) * ((1 - g) * pixel(images[n], top, left) + g * pixel(images[n], top, left + 1)) + f * (
            (1 - g) * pixel(images[n], top + 1, left) + g * pixel(images[n], top + 1, left + 1)
        )
    return out


def drawn(shape: tuple[int, ...], seed: int) -> Array:
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@examples(30)
@given(
    st.lists(st.sampled_from(KINDS), max_size=4),
    st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)),
    st.integers(0, 1000),
)
def test_every_pixel_is_read_where_the_equations_say(
    transforms: list[Transform], shape: tuple[int, int, int], seed: int
) -> None:
    images = drawn(shape, seed)
    warped = Warp(transforms, *shape[1:])(images, np.random.default_rng(seed))
    assert warped.dtype == np.uint8
    np.testing.assert_allclose(warped, plain(transforms, images, np.random.default_rng(seed)), atol=0.51)


def test_many_images_are_read_in_pieces_from_numbers_drawn_at_once() -> None:
    images = drawn((2 * CHUNK + 3, 4, 5), 0)
    warped = Warp(KINDS, 4, 5)(images, np.random.default_rng(1))
    np.testing.assert_allclose(warped, plain(list(KINDS), images, np.random.default_rng(1)), atol=0.51)


def test_without_transforms_nothing_changes_not_even_by_rounding() -> None:
    images = drawn((70, 28, 28), 0)
    assert np.array_equal(Warp([], 28, 28)(images, np.random.default_rng(0)), images)


def test_whole_pixels_are_moved_exactly_and_nothing_comes_in_from_outside() -> None:
    images = drawn((3, 6, 5), 0)
    moved = Warp([Set(matrix=((1, 0, 2), (0, 1, -1)))], 6, 5)(images, np.random.default_rng(0))
    assert np.array_equal(moved[:, :4, 1:], images[:, 2:, :-1])
    assert not moved[:, 4:].any()
    assert not moved[:, :, 0].any()
    gone = Warp([Set(matrix=((1, 0, 1e6), (0, 1, -1e6)))], 6, 5)(images, np.random.default_rng(0))
    assert not gone.any()


def test_a_quarter_turn_is_exact() -> None:
    images = drawn((2, 7, 7), 0)
    turned = Warp([Set(matrix=((0, 1, 0), (-1, 0, 0)))], 7, 7)(images, np.random.default_rng(0))
    assert np.array_equal(turned, np.rot90(images, 1, axes=(1, 2)))


def test_a_warp_used_before_gives_what_a_new_one_gives() -> None:
    images, warp = drawn((40, 9, 9), 0), Warp(KINDS, 9, 9)
    first = warp(images, np.random.default_rng(5))
    kept = first.copy()
    warp(images[::-1], np.random.default_rng(6))
    assert np.array_equal(first, kept)
    assert np.array_equal(warp(images, np.random.default_rng(5)), kept)
