"""Event files: read back, they hold the run's own numbers, and the run is the one without them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnbp_cli.export.tensorboard import PIXELS_PER_WEIGHT, EventFiles, picture
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.events import EpochDone, RunDone
from cnnbp_cli.training.fit import fit
from cnnbp_cli.training.start import Training, resume
from tests.support.event_files import records
from tests.training.trainings import EPOCHS, assert_same, begin, make_data, run


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Any]]:
    folder = tmp_path_factory.mktemp("tensorboard") / "run"
    training = begin(folder)
    with EventFiles(training) as files:
        events = []
        for event in fit(training):
            files.show(event)
            events.append(event)
    return folder, events


@pytest.fixture(scope="module")
def values(printed: tuple[Path, list[Any]]) -> dict[tuple[str, int], Any]:
    return {
        (value.tag, event.step): value for event in records(printed[0] / "tensorboard") for value in event.summary.value
    }


def test_the_curves_are_those_of_the_run(printed: tuple[Path, list[Any]], values: dict[tuple[str, int], Any]) -> None:
    epochs = [event for event in printed[1] if isinstance(event, EpochDone)]
    assert len(epochs) == EPOCHS
    for epoch in epochs:
        for tag, value in {
            "loss/train": epoch.train_loss,
            "loss/validation": epoch.validation_loss,
            "accuracy/validation": epoch.validation_accuracy,
            "learning_rate": epoch.learning_rate,
        }.items():
            assert values[tag, epoch.epoch].simple_value == pytest.approx(value, rel=1e-6)
    end = printed[1][-1]
    assert isinstance(end, RunDone)
    assert values["accuracy/test", end.best_epoch].simple_value == pytest.approx(end.test_accuracy, rel=1e-6)


def test_each_parameter_has_two_histograms(printed: tuple[Path, list[Any]], values: dict[tuple[str, int], Any]) -> None:
    params = load_checkpoint(printed[0] / "last.npz").state.params
    for name, array in params.named.items():
        weights, gradients = (values[f"{kind}/{name}", EPOCHS].histo for kind in ("weights", "gradients"))
        assert weights.num == gradients.num == array.size
        assert weights.sum == pytest.approx(float(array.sum()), rel=1e-4, abs=1e-4)
        assert (weights.min, weights.max) == pytest.approx((float(array.min()), float(array.max())), rel=1e-5)
        assert gradients.sum_squares > 0


def test_the_kernels_are_a_picture(printed: tuple[Path, list[Any]], values: dict[tuple[str, int], Any]) -> None:
    kernels = load_checkpoint(printed[0] / "last.npz").state.params.named["conv1.weight"]
    shown = values["kernels/conv1.weight", EPOCHS].image
    with Image.open(io.BytesIO(shown.encoded_image_string)) as image:
        pixels = np.asarray(image.convert("L"))
    np.testing.assert_array_equal(pixels, picture(kernels)[0])


def test_zero_is_grey_and_each_weight_has_its_square() -> None:
    kernels = np.zeros((2, 3, 4, 5), np.float32)
    kernels[1, 2, 3, 4], kernels[0, 0, 0, 0] = 2, -1
    pixels = picture(kernels)
    assert pixels.shape == (1, 2 * (4 * PIXELS_PER_WEIGHT + 2), 3 * (5 * PIXELS_PER_WEIGHT + 2))
    assert pixels[0, -2, -2] == 255
    assert pixels[0, 1, 1] == 64
    assert pixels[0, 1, 1 + PIXELS_PER_WEIGHT] == 128


def test_the_run_is_the_one_without(printed: tuple[Path, list[Any]], tmp_path: Path) -> None:
    run(begin(tmp_path / "run"))
    assert_same(load_checkpoint(tmp_path / "run" / "last.npz"), load_checkpoint(printed[0] / "last.npz"))


def test_two_processes_within_a_second_write_two_files(tmp_path: Path) -> None:
    for _ in range(2):
        training = begin(tmp_path / "run") if not (tmp_path / "run").exists() else again(tmp_path / "run")
        with EventFiles(training) as files:
            for event in fit(training):
                files.show(event)
    assert len(list((tmp_path / "run" / "tensorboard").iterdir())) == 2


def test_an_epoch_that_a_killed_process_saved_but_did_not_show_is_written(tmp_path: Path) -> None:
    run(begin(tmp_path / "run"))
    with EventFiles(again(tmp_path / "run")):
        pass
    events = records(tmp_path / "run" / "tensorboard")
    written = {(value.tag, event.step) for event in events for value in event.summary.value}
    assert {("loss/validation", epoch) for epoch in range(1, EPOCHS + 1)} <= written
    assert ("weights/conv1.weight", EPOCHS) in written


def again(folder: Path) -> Training:
    checkpoint = load_checkpoint(folder / "last.npz")
    return resume(checkpoint, checkpoint.config, make_data(checkpoint.config))
