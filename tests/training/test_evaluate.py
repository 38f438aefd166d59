"""Evaluation: the same numbers as one image at a time, counted right, in bounded memory."""

from __future__ import annotations

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from cnnbp_cli.mnist.dataset import Images
from cnnbp_cli.network import Network, Parameters, Worker
from cnnbp_cli.training.evaluate import Evaluation, evaluate
from tests.training.trainings import digits, make_config, peak_memory


@pytest.fixture(scope="module")
def network() -> Network:
    config = make_config()
    return Network(config.input, config.layers, config.loss)


@pytest.fixture(scope="module")
def params(network: Network) -> Parameters:
    return network.init(np.random.default_rng(1))


def test_agrees_with_one_image_at_a_time_in_float64(network: Network, params: Parameters) -> None:
    images = digits("test", 50)
    worker = Worker(network)
    exact = params.astype(np.float64)
    cost, confusion = 0.0, np.zeros((10, 10), int)
    for image, label in zip(images.images, images.labels, strict=True):
        output = worker.forward(exact, image[None, :, :, None] / 255)
        cost += worker.loss(output, np.array([label]))
        confusion[label, output.argmax()] += 1
    found = evaluate(network, params, images)
    assert found.loss == pytest.approx(cost / 50, rel=1e-5)
    np.testing.assert_array_equal(found.confusion, confusion)
    assert found.accuracy == confusion.trace() / 50


@pytest.mark.parametrize("chunk", [1, 7, 50, 64])
def test_the_chunk_changes_nothing(network: Network, params: Parameters, chunk: int) -> None:
    images = digits("test", 50)
    one, other = evaluate(network, params, images), evaluate(network, params, images, chunk=chunk)
    assert other.loss == pytest.approx(one.loss, rel=1e-5)
    np.testing.assert_array_equal(other.confusion, one.confusion)


def test_a_large_network_sees_fewer_images_at_once(
    network: Network, params: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = digits("test", 200)
    whole = peak_memory(lambda: evaluate(network, params, images))
    expected = evaluate(network, params, images)
    monkeypatch.setattr("cnnbp_cli.training.evaluate.MAX_MEMORY", 1 << 20)
    assert peak_memory(lambda: evaluate(network, params, images)) < min(whole / 2, 1 << 20)
    np.testing.assert_array_equal(evaluate(network, params, images).confusion, expected.confusion)


def test_some_places_only(network: Network, params: Parameters) -> None:
    images, places = digits("test", 50), np.array([3, 1, 4, 15, 9])
    picked = Images(images.images[places], images.labels[places])
    some, all_of_them = evaluate(network, params, images, places), evaluate(network, params, picked)
    assert some.loss == all_of_them.loss
    assert some.samples == 5


def test_has_no_noise(network: Network, params: Parameters) -> None:
    images = digits("test", 50)
    assert evaluate(network, params, images).loss == evaluate(network, params, images).loss


@pytest.mark.parametrize("threads", [2, 3, 64])
@pytest.mark.parametrize("fork_work", [0, 10**18])
def test_the_number_of_threads_or_processes_does_not_matter(
    network: Network, params: Parameters, threads: int, fork_work: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cnnbp_cli.training.evaluate.FORK_WORK", fork_work)
    images = digits("train", 1010)
    one, several = evaluate(network, params, images), evaluate(network, params, images, threads=threads)
    assert one.loss == several.loss
    assert np.array_equal(one.confusion, several.confusion)


def test_blas_has_its_threads_back_afterwards(network: Network, params: Parameters) -> None:
    def blas() -> list[int]:
        return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]

    before = blas()
    evaluate(network, params, digits("train", 20), threads=2)
    assert blas() == before


def test_precision_and_recall_by_hand() -> None:
    #                        answered   0  1  2
    evaluation = Evaluation(0.5, np.array([[3, 1, 0], [2, 2, 0], [0, 0, 0]], np.int64))
    assert evaluation.samples == 8
    assert evaluation.accuracy == 5 / 8
    assert evaluation.precision == [3 / 5, 2 / 3, None]
    assert evaluation.recall == [3 / 4, 2 / 4, None]


def test_memory_is_bounded_by_the_chunk(network: Network, params: Parameters) -> None:
    def peak(n: int) -> int:
        images = Images(np.zeros((n, 28, 28), np.uint8), np.zeros(n, np.uint8))
        return peak_memory(lambda: evaluate(network, params, images))

    assert peak(10_000) < 1.1 * peak(400) + 8 * 10_000
