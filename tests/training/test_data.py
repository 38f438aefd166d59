"""The data set of a training: split, checked against the network, and identified."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network
from cnnbp_cli.training.data import Data, check_images
from tests.training.trainings import BATCHES, digits, make_config, make_data, synthetic


def changed(images: Images) -> dict[str, Images]:
    """Other sets that differ in one thing."""
    pixels, labels = images.images.copy(), images.labels.copy()
    pixels[7, 3, 2] ^= 1
    labels[9] = (labels[9] + 1) % 10
    return {
        "one pixel": Images(pixels, images.labels),
        "one label": Images(images.images, labels),
        "one image fewer": Images(images.images[:-1], images.labels[:-1]),
        "another order": Images(images.images[::-1].copy(), images.labels[::-1].copy()),
    }


def test_the_split_is_the_configs() -> None:
    data = make_data(make_config())
    assert (len(data.train), len(data.validation), len(data.test)) == (400, 100, 200)
    assert sorted([*data.train, *data.validation]) == list(range(500))
    assert not np.array_equal(data.validation, make_data(make_config(seed=6)).validation)


def test_steps_count_the_last_short_batch() -> None:
    data = make_data(make_config())
    assert (data.steps(64), data.steps(400), data.steps(399), data.steps(1)) == (BATCHES, 1, 2, 400)


@pytest.mark.parametrize("what", changed(synthetic(20)))
def test_the_fingerprint_distinguishes_data_sets(what: str) -> None:
    config = make_config()
    other = changed(digits())[what]
    assert Data.of(config, other, digits("test", 200)).fingerprint != make_data(config).fingerprint


def test_the_fingerprint_is_of_the_bytes_not_of_the_object() -> None:
    images = digits()
    again = Images(images.images.copy(), images.labels.copy())
    config = make_config()
    assert Data.of(config, again, digits("test", 200)).fingerprint == make_data(config).fingerprint


def network(side: int, units: int) -> Network:
    config = make_config()
    *layers, dense = config.layers
    return Network((1, side, side), [*layers, replace(dense, units=units)], config.loss)


def test_more_classes_than_outputs_are_refused() -> None:
    with pytest.raises(CnnbpError, match=r"5 outputs.* labels up to 9") as caught:
        check_images(network(28, units=5), digits())
    assert caught.value.hint == "Give the last layer 10 units."


def test_fewer_classes_than_outputs_are_fine() -> None:
    check_images(network(28, units=12), digits())


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(CnnbpError, match=r"1×32×32.*1×28×28"):
        check_images(network(32, units=10), digits())


def test_both_parts_are_checked() -> None:
    with pytest.raises(CnnbpError, match="1×6×6"):
        Data.of(make_config(), digits(), synthetic(10))
