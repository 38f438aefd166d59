"""The report of a run: agrees with the evaluation, with the weights before the first step, with a plain pass."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev

import numpy as np
import pytest

from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.network import Worker
from cnnbp_cli.show.numbers import mean_fraction
from cnnbp_cli.show.report.run.comparison import comparison_page
from cnnbp_cli.show.report.run.record import comparison_document
from cnnbp_cli.training.checkpoint import load_checkpoint
from cnnbp_cli.training.comparison import compare, differences, seed_groups
from cnnbp_cli.training.evaluate import evaluate
from cnnbp_cli.training.events import RunDone
from cnnbp_cli.training.feature_maps import first_of_each
from cnnbp_cli.training.history import read_history
from cnnbp_cli.training.report import RunReport, confident_mistakes, make_report
from cnnbp_cli.training.start import Training
from cnnbp_cli.training.summary import Summary, read_summary
from tests.training.trainings import after, begin, digits, make_config, make_data, run


@pytest.fixture(scope="module")
def training(tmp_path_factory: pytest.TempPathFactory) -> Training:
    """One that has ended. Not to be changed."""
    made = begin(tmp_path_factory.mktemp("report") / "run")
    run(made)
    return made


@pytest.fixture(scope="module")
def report(training: Training) -> RunReport:
    return make_report(read_history(training.run.folder), training.data)


def test_it_is_of_the_best_weights_as_the_run_ended(report: RunReport, training: Training) -> None:
    best = load_checkpoint(training.run.best)
    assert report.row == best.state.rows[-1] == training.state.rows[training.state.best - 1]
    assert report.summary is not None
    assert report.summary.test_accuracy == report.evaluation.accuracy
    assert report.summary.test_loss == report.evaluation.loss
    assert np.array_equal(
        report.evaluation.confusion, evaluate(best.network, best.state.params, training.data.test).confusion
    )


def test_threads_change_nothing(report: RunReport, training: Training) -> None:
    other = make_report(read_history(training.run.folder), training.data, threads=3)
    assert (other.mistakes, other.evaluation.loss) == (report.mistakes, report.evaluation.loss)


def test_the_mistakes_are_wrong_answers_the_most_confident_first(report: RunReport, training: Training) -> None:
    best, test = load_checkpoint(training.run.best), training.data.test
    x = (test.images.astype(np.float32) / 255)[None].transpose(0, 2, 3, 1)
    outputs = best.network.loss.activate(Worker(best.network).forward(best.state.params, x))
    assert 0 < len(report.mistakes) <= 20
    for mistake in report.mistakes:
        assert mistake.label == test.labels[mistake.index] != mistake.answer == outputs[:, mistake.index].argmax()
        assert mistake.confidence == pytest.approx(float(outputs[:, mistake.index].max()), abs=1e-5)
    confidences = [mistake.confidence for mistake in report.mistakes]
    assert confidences == sorted(confidences, reverse=True)
    wrong = outputs.argmax(axis=0) != test.labels
    assert min(confidences) >= np.sort(outputs.max(axis=0)[wrong])[-len(confidences)] - 1e-5


def test_of_equally_confident_mistakes_the_earlier_comes_first() -> None:
    labels = np.array([0, 1, 2, 3, 4], np.uint8)
    found = confident_mistakes(np.array([9, 1, 9, 9, 9]), np.array([0.5, 1, 0.9, 0.5, 0.9]), labels, 3)
    assert [(mistake.index, mistake.label, mistake.answer) for mistake in found] == [(2, 2, 9), (4, 4, 9), (0, 0, 9)]


def test_the_kernels_before_are_those_that_the_training_began_with(report: RunReport, tmp_path: Path) -> None:
    fresh = begin(tmp_path / "run")
    [kernels] = report.kernels
    assert kernels.layer == "conv1"
    assert np.array_equal(kernels.before, fresh.state.params.of["conv1"]["weight"])
    assert np.array_equal(kernels.after, load_checkpoint(report.history.run.best).state.params.of["conv1"]["weight"])
    moved = np.linalg.norm((kernels.after - kernels.before)[1]) / np.linalg.norm(kernels.before[1])
    assert kernels.changes[1] == pytest.approx(moved, rel=1e-5)


def test_kernels_that_began_as_zeros_have_no_relative_change(report: RunReport) -> None:
    [kernels] = report.kernels
    before = kernels.before.copy()
    before[0] = 0
    assert np.isnan(replace(kernels, before=before).changes).tolist() == [True, False]


def test_feature_maps_are_those_of_a_digit_of_each_class(report: RunReport, training: Training) -> None:
    test, maps = training.data.test, report.feature_maps
    assert test.labels[maps.places].tolist() == list(range(10))
    assert all(label not in test.labels[:place] for label, place in enumerate(maps.places))
    assert {layer: array.shape for layer, array in maps.maps.items()} == {
        "conv1": (2, 12, 12, 10),
        "pool1": (2, 6, 6, 10),
    }
    kernels, image = report.kernels[0].after[1, 0], test.images[maps.places[3]] / 255
    bias = load_checkpoint(training.run.best).state.params.of["conv1"]["bias"][1]
    z = (kernels * image[4:9, 6:11]).sum() + bias
    assert maps.maps["conv1"][1, 2, 3, 3] == pytest.approx(max(z, 0), abs=1e-5)  # after relu
    assert np.array_equal(maps.maps["pool1"], maps.maps["conv1"].reshape(2, 6, 2, 6, 2, 10).max(axis=(2, 4)))
    assert maps.outputs.sum(axis=0) == pytest.approx(np.ones(10), abs=1e-5)


def test_a_class_without_images_is_left_out() -> None:
    assert first_of_each(np.array([7, 2, 7, 0], np.uint8)).tolist() == [3, 1, 0]


def test_other_images_are_refused(training: Training) -> None:
    config = make_config()
    other = replace(make_data(config), images=digits(n=501))
    with pytest.raises(CnnbpError, match="trained on other images"):
        make_report(read_history(training.run.folder), other)


def test_an_interrupted_run_is_reported_as_far_as_it_is(tmp_path: Path) -> None:
    begun = begin(tmp_path / "run")
    with pytest.raises(CnnbpError, match="stopped"):
        run(begun, after(10))
    made = make_report(read_history(begun.run.folder), begun.data)
    assert (made.summary, made.row.epoch, len(made.history.rows)) == (None, 1, 1)


def test_a_run_is_reported_from_its_last_weights_where_the_best_are_gone(tmp_path: Path) -> None:
    begun = begin(tmp_path / "run")
    run(begun)
    begun.run.best.unlink()
    assert make_report(read_history(begun.run.folder), begun.data).row == begun.state.rows[-1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "is damaged"),
        (b"\xff", "is damaged"),
        (b"{}", "is damaged"),
        (b'{"cnnbp": "\\ud800"}', "is damaged"),
        (b"[" * 100_000, "is damaged"),
        (b" " * 2**21, "larger than"),
    ],
)
def test_a_damaged_summary_is_reported(training: Training, tmp_path: Path, text: bytes, said: str) -> None:
    damaged = replace(training.run, folder=tmp_path)
    assert read_summary(damaged, Summary) is None
    damaged.summary.write_bytes(text)
    with pytest.raises(CnnbpError, match=said) as caught:
        read_summary(damaged, Summary)
    assert caught.value.where == str(damaged.summary)
    assert "Delete it" in (caught.value.hint or "")


def test_differences_are_listed_in_the_order_of_a_config(tmp_path: Path) -> None:
    small = make_config(epochs=1)
    layers = (*small.layers[:2], *small.layers[3:])  # without dropout, those after it move up
    folders = []
    for name, config in (("a", small), ("b", small.model_copy(update={"layers": layers}))):
        events = run(begin(tmp_path / name, config))
        assert isinstance(events[-1], RunDone)
        folders.append(tmp_path / name)
    runs = compare(folders)
    assert [one.label for one in runs] == ["a", "b"]
    assert differences([run.history.config for run in runs]) == {
        "layers[2].type": ["dropout", "flatten"],
        "layers[2].rate": [0.2, None],
        "layers[3].type": ["flatten", "dense"],
        "layers[3].units": [None, 10],
        "layers[3].bias": [None, True],
        "layers[3].activation": [None, "softmax"],
        "layers[4].type": ["dense", None],
        "layers[4].units": [10, None],
        "layers[4].bias": [True, None],
        "layers[4].activation": ["softmax", None],
    }
    assert differences([run.history.config for run in compare(folders[:1] * 2)]) == {}
    assert [one.label for one in compare(folders[:1] * 2)] == [str(folders[0])] * 2


def test_runs_that_differ_in_the_seed_only_are_one_column(tmp_path: Path) -> None:
    folders = []
    for name, changes in (("a", {"seed": 1}), ("b", {"seed": 2}), ("c", {"seed": 1, "batch_size": 32})):
        run(begin(tmp_path / name, make_config(epochs=2, **changes)))
        folders.append(tmp_path / name)
    runs = compare(folders)
    pair, other = seed_groups(runs)
    assert [one.label for one in pair.runs] == ["a", "b"]
    assert (pair.label, other.label) == ("a … b (2 seeds)", "c")
    accuracies = [one.summary.test_accuracy for one in runs if one.summary]
    assert pair.mean(lambda one: one.summary and one.summary.test_accuracy) == (
        fmean(accuracies[:2]),
        stdev(accuracies[:2]),
    )
    assert other.mean(lambda one: one.summary and one.summary.test_accuracy) == (accuracies[2], None)
    document = comparison_document(runs)
    assert [group["runs"] for group in document["groups"]] == [["a", "b"], ["c"]]
    assert document["groups"][0]["test_spread"] == stdev(accuracies[:2])
    page = comparison_page(runs)
    assert mean_fraction(fmean(accuracies[:2]), stdev(accuracies[:2])) in page
    assert page.count('class="band"') == 4
    assert comparison_page(compare(folders[1:])).count('class="band"') == 0
