"""What is said of a training: the threshold of each symptom, and trainings that go wrong on purpose."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from pathlib import Path
from typing import Any

import pytest

from cnnbp_cli.config import Config, load_config
from cnnbp_cli.network import Network
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.findings import Finding, findings
from cnnbp_cli.training.health import Health, columns
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.start import start
from tests.training.trainings import begin, digits, make_config, run

CONFIGS = Path(__file__).parents[2] / "configs"

SOUND = {"grad_norm": 0.3, "weight_norm": 5.0, "update_ratio": 2e-3, "dead": 0.1, "saturated": 0.4}

NETWORK = make_config(
    [
        {"type": "conv2d", "filters": 4, "kernel_size": 5, "stride": 4, "activation": "relu"},
        {"type": "flatten"},
        {"type": "dense", "units": 10, "activation": "tanh"},
        {"type": "dense", "units": 10, "activation": "sigmoid"},
    ],
    loss="mse",
)


def judged(*epochs: Mapping[str, float], accuracy: float = 0.9) -> list[Finding]:
    """The findings where these numbers take the place of sound ones."""
    network = Network(NETWORK.input, NETWORK.layers, NETWORK.loss)
    health = Health(columns(network))
    health.rows = [
        [changes.get(str(column), SOUND[column.quantity]) for column in health.columns] for changes in epochs
    ]
    rows = [EpochMetrics(epoch, 0.5, 0.5, accuracy, 0.1, 1.0, 1000.0) for epoch in range(1, len(epochs) + 1)]
    return findings(NETWORK, network, rows, health)


def printed(found: list[Finding]) -> dict[str, list[tuple[str, tuple[int, ...], str]]]:
    return {
        finding.symptom.name: [(place.layer, place.epochs, place.severity) for place in finding.places]
        for finding in found
    }


def test_a_healthy_training_has_no_findings() -> None:
    assert judged({}, {}, {}) == judged() == []


@pytest.mark.parametrize(
    ("symptom", "layer", "below", "above"),
    [
        ("learning rate too large", "dense1", {"dense1.update_ratio": 0.099}, {"dense1.update_ratio": 0.101}),
        ("exploding gradient", "dense2", {"dense2.grad_norm": 14.9}, {"dense2.grad_norm": 15.1}),
        ("dead units", "conv1", {"conv1.dead": 0.25}, {"conv1.dead": 0.6}),
        ("saturated", "dense1", {"dense1.saturated": 0.74}, {"dense1.saturated": 0.76}),
        # as root mean squares: 0.003 / √100 of conv1's weights is a hundredth of 0.3 / √100 of dense2's
        (
            "vanishing gradient",
            "conv1",
            {"conv1.grad_norm": 0.0031, "conv1.update_ratio": 1e-5},
            {"conv1.grad_norm": 0.0029, "conv1.update_ratio": 1e-5},
        ),
    ],
)
def test_a_symptom_is_named_beyond_its_threshold(
    symptom: str, layer: str, below: dict[str, float], above: dict[str, float]
) -> None:
    assert judged(below) == []
    assert printed(judged({}, above)) == {symptom: [(layer, (2,), "warning")]}


def test_the_worst_number_is_reported() -> None:
    [finding] = judged({"dense1.saturated": 0.8}, {"dense1.saturated": 0.9}, {"dense1.saturated": 0.85})
    assert finding.places[0].worst == 0.9
    small = {"conv1.grad_norm": 1e-4, "conv1.update_ratio": 0.0}
    [finding] = judged(small, {**small, "conv1.grad_norm": 1e-5}, small)
    assert finding.places[0].worst == pytest.approx(1e-5 / 0.3, rel=0.1)


def test_what_is_over_is_a_note_but_for_steps_that_were_too_large() -> None:
    assert printed(judged({"dense1.saturated": 0.9}, {})) == {"saturated": [("dense1", (1,), "note")]}
    large = {"dense1.update_ratio": 2.0}
    assert printed(judged(large, {})) == {"learning rate too large": [("dense1", (1,), "warning")]}


def test_some_dead_units_are_a_note() -> None:
    [finding] = judged({"conv1.dead": 0.5})
    assert finding.severity == "note"


def test_outputs_at_0_and_1_are_what_the_targets_ask_for_unless_they_are_wrong() -> None:
    assert judged({"dense2.saturated": 1.0}, accuracy=0.9) == []
    assert printed(judged({"dense2.saturated": 1.0}, accuracy=0.1)) == {"saturated": [("dense2", (1,), "warning")]}


def test_a_gradient_that_the_optimizer_makes_up_for_has_not_vanished() -> None:
    assert judged({"conv1.grad_norm": 1e-6, "conv1.update_ratio": 2e-3}) == []


def test_no_gradient_at_all_has_vanished() -> None:
    none = {f"{layer}.{name}": 0.0 for layer in ("conv1", "dense1", "dense2") for name in ("grad_norm", "update_ratio")}
    assert [place.layer for place in judged(none)[0].places] == ["conv1", "dense1", "dense2"]
    assert printed(judged(none)).keys() == {"vanishing gradient"}


def test_a_run_at_chance_is_named_if_nothing_explains_it() -> None:
    guessing = {"no better than guessing": [("dense2", (1, 2), "warning")]}
    assert printed(judged({}, {}, accuracy=0.14)) == guessing
    assert judged({}, {}, accuracy=0.15) == []
    assert printed(judged({"conv1.dead": 0.3}, {}, accuracy=0.1)).keys() == {"dead units", *guessing}
    assert printed(judged({}, {"conv1.dead": 0.9}, accuracy=0.1)).keys() == {"dead units"}


def test_a_mistake_is_reported_once() -> None:
    """Behind dead units there is no gradient either, and no step."""
    behind = {f"{layer}.update_ratio": 0.0 for layer in ("conv1", "dense1", "dense2")}
    assert printed(judged({"conv1.grad_norm": 0.0, "conv1.dead": 1.0, **behind})).keys() == {"dead units"}


def test_steps_are_too_small_where_they_are_in_all_layers_and_epochs() -> None:
    small = {f"{layer}.update_ratio": 5e-5 for layer in ("conv1", "dense1", "dense2")}
    every = [(layer, (1, 2), "warning") for layer in ("conv1", "dense1", "dense2")]
    assert printed(judged(small, small)) == {"learning rate too small": every}
    assert judged({}, small) == []  # as a schedule ends
    assert judged({**small, "dense2.update_ratio": 2e-4}, small) == []


def test_what_was_not_measured_is_not_judged() -> None:
    unknown = {f"{layer}.{quantity}": nan for layer in ("conv1", "dense1", "dense2") for quantity in SOUND}
    assert judged(unknown, unknown) == judged(unknown, {}) == []
    small = {f"{layer}.update_ratio": 5e-5 for layer in ("conv1", "dense1", "dense2")}
    assert printed(judged(unknown, small))["learning rate too small"][0] == ("conv1", (2,), "warning")


SIGMOID = {"type": "dense", "units": 20, "activation": "sigmoid"}
OUTPUT = {"type": "dense", "units": 10, "activation": "softmax"}
CONV = {"type": "conv2d", "filters": 4, "kernel_size": 5, "stride": 2, "activation": "relu"}
FLATTEN = {"type": "flatten"}


def sgd(learning_rate: float) -> dict[str, Any]:
    return {
        "optimizer": {"type": "sgd", "learning_rate": learning_rate},
        "batch_size": 16,
        "schedule": {"type": "constant"},
    }


def of_training(folder: Path, config: Config, **biases: float) -> dict[str, list[str]]:
    """The layers of each symptom that a real training shows, which begins with these biases."""
    training = begin(folder, config)
    for layer, value in biases.items():
        training.state.params.of[layer]["bias"][:] = value
    run(training)
    return {
        finding.symptom.name: [place.layer for place in finding.places if place.severity == "warning"]
        for finding in findings(training.config, training.network, training.state.rows, training.state.health)
        if finding.severity == "warning"
    }


def test_a_learning_rate_of_100(tmp_path: Path) -> None:
    config = make_config([CONV, FLATTEN, OUTPUT], **sgd(100))
    found = of_training(tmp_path, config)
    assert next(iter(found)) == "learning rate too large"
    assert "dead units" in found


def test_a_learning_rate_of_a_hundred_thousandth(tmp_path: Path) -> None:
    config = make_config([CONV, FLATTEN, OUTPUT], **sgd(1e-5))
    assert of_training(tmp_path, config) == {"learning rate too small": ["conv1", "dense1"]}


def test_many_sigmoid_layers(tmp_path: Path) -> None:
    config = make_config([FLATTEN, *[SIGMOID] * 6, OUTPUT], **sgd(0.1))
    assert of_training(tmp_path, config) == {"vanishing gradient": ["dense1", "dense2", "dense3"]}


def test_relu_below_a_huge_negative_bias(tmp_path: Path) -> None:
    config = make_config([CONV, FLATTEN, OUTPUT], **sgd(0.1))
    assert of_training(tmp_path, config, conv1=-100) == {"dead units": ["conv1"]}


def test_sigmoid_far_from_the_middle(tmp_path: Path) -> None:
    config = make_config([FLATTEN, SIGMOID, OUTPUT], **sgd(0.1))
    assert of_training(tmp_path, config, dense1=100) == {"saturated": ["dense1"]}


def test_linear_layers_that_double_what_goes_through(tmp_path: Path) -> None:
    linear = {"type": "dense", "units": 40, "initializer": "he_normal"}
    config = make_config([FLATTEN, *[linear] * 16, OUTPUT], **sgd(1e-5))
    assert "exploding gradient" in of_training(tmp_path, config)


@pytest.mark.parametrize("name", ["seed", "seed_softmax", "lenet5", "tiny"])
def test_the_shipped_configs_have_no_warnings(tmp_path: Path, name: str) -> None:
    """In two epochs of 8,000 images: with fewer, the schedule has no time to warm up, and is rightly blamed."""
    config = load_config(CONFIGS / f"{name}.yaml", ["train.epochs=2", "data.validation=1000"])
    data = Data.of(config, digits(n=9000), digits("test", 200))
    training = start(config, data, tmp_path)
    run(training)
    found = findings(training.config, training.network, training.state.rows, training.state.health)
    assert [finding.symptom.name for finding in found if finding.severity == "warning"] == []
