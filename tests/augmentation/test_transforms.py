"""What each transform draws: its range, its distribution, and Simard's field, smoothed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from cnnbp_cli.augmentation import TRANSFORMS
from cnnbp_cli.augmentation.elastic import Elastic
from cnnbp_cli.augmentation.rotation import Rotation
from cnnbp_cli.augmentation.scale import Scale
from cnnbp_cli.augmentation.shift import Shift
from cnnbp_cli.numerics.arrays import Array

MANY = 20_000


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_every_transform_is_found() -> None:
    assert set(TRANSFORMS) == {Elastic, Rotation, Scale, Shift}


def test_a_shift_reaches_its_limit() -> None:
    drawn = Shift(pixels=2).draw(rng(), MANY)
    assert np.array_equal(drawn[:, :, :2], np.broadcast_to(np.eye(3)[:, :2], (MANY, 3, 2)))
    assert 1.99 < np.abs(drawn[:, :2, 2]).max() <= 2
    np.testing.assert_allclose(drawn[:, :2, 2].std(axis=0), 2 / 3**0.5, rtol=0.02)
    assert abs(np.corrcoef(drawn[:, 0, 2], drawn[:, 1, 2])[0, 1]) < 0.03


def test_a_rotation_turns_and_does_no_more() -> None:
    drawn = Rotation(degrees=20).draw(rng(), MANY)
    np.testing.assert_allclose(drawn @ drawn.transpose(0, 2, 1), np.broadcast_to(np.eye(3), drawn.shape), atol=1e-12)
    angles = np.rad2deg(np.arctan2(drawn[:, 1, 0], drawn[:, 0, 0]))
    assert 19.9 < angles.max() <= 20
    assert -20 <= angles.min() < -19.9


def test_a_scale_grows_as_often_as_it_shrinks() -> None:
    drawn = Scale(by=0.25).draw(rng(), MANY)
    sides = drawn[:, [0, 1], [0, 1]]
    assert 1.24 < sides.max() <= 1.25
    assert 0.8 <= sides.min() < 0.81
    assert abs((sides > 1).mean() - 0.5) < 0.02
    assert not drawn[:, [0, 1, 0, 1], [1, 0, 2, 2]].any()


def fields(elastic: Elastic, height: int, width: int, count: int) -> Array:
    """Displacements of the rows, (count, height, width)."""
    modes = elastic.modes(height, width)
    return np.einsum("nk,kij->nij", elastic.draw(rng(), count, len(modes))[:, 0], modes)


@pytest.mark.parametrize(("height", "width", "sigma"), [(28, 28, 4.0), (12, 20, 3.0), (28, 28, 8.0)])
def test_an_elastic_field_has_the_covariance_of_the_equation(height: int, width: int, sigma: float) -> None:
    modes = Elastic(sigma=sigma, alpha=34).modes(height, width).reshape(-1, height * width)
    i, j = np.indices((height, width)).reshape(2, -1)

    def kappa(places: Array) -> Array:
        return np.exp(-(np.subtract.outer(places, places) ** 2) / (4 * sigma**2)) / (2 * sigma * np.pi**0.5)

    expected = 34**2 / 3 * kappa(i) * kappa(j)
    found = modes.T @ modes
    assert 0.999 <= np.trace(found) / np.trace(expected) <= 1
    np.testing.assert_allclose(found, expected, atol=0.03 * expected.max())
    assert expected.max() ** 0.5 == pytest.approx(34 / (2 * sigma * (3 * np.pi) ** 0.5))


def test_it_is_simards_field_smoothed_from_uniform_noise() -> None:
    """Their standard deviations and their correlations at some distances, over many fields of each."""
    sigma, alpha, count, border = 2.0, 10.0, 3000, 8
    reach = np.arange(-border, border + 1)
    kernel = np.exp(-(reach**2) / (2 * sigma**2))
    kernel /= kernel.sum()
    noise = np.random.default_rng(1).uniform(-1, 1, (count, 9 + 2 * border, 9 + 2 * border))
    smooth = alpha * sum(
        kernel[a] * kernel[b] * noise[:, a : a + 9, b : b + 9] for a in range(len(kernel)) for b in range(len(kernel))
    )
    drawn = fields(Elastic(sigma=sigma, alpha=alpha), 9, 9, count)
    for place in ((4, 4), (4, 5), (4, 7), (0, 0), (8, 4)):
        both = [(field[:, 4, 4] * field[:, place[0], place[1]]).mean() for field in (smooth, drawn)]
        assert both[0] == pytest.approx(both[1], abs=0.06 * float((smooth[:, 4, 4] ** 2).mean()))


def test_modes_are_few_where_the_field_is_smooth() -> None:
    counts = [len(Elastic(sigma=sigma).modes(28, 28)) for sigma in (2.0, 4.0, 8.0)]
    assert counts[1] == 42
    assert counts[0] > counts[1] > counts[2]
