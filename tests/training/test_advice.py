"""What is blamed for a bad training, and what is advised, follows from its config."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnbp_cli.config import Config, ConfigError
from cnnbp_cli.training.advice import Situation
from cnnbp_cli.training.exceptions import Diverged
from cnnbp_cli.training.findings import Finding, findings
from cnnbp_cli.training.symptoms import CAUSES, VANISHING, Symptom
from tests.training.trainings import begin, make_config, run

SGD = {"type": "sgd", "learning_rate": 0.1}
SYMPTOMS = {symptom.name: symptom for symptom in (*CAUSES, VANISHING)}


def dense(*units: dict[str, Any], **config: Any) -> Config:
    layers = [{"type": "dense", "units": 10, **unit} for unit in units]
    return make_config([{"type": "flatten"}, *layers], **config)


def hint_of_divergence(folder: Path, config: Config) -> str:
    with pytest.raises(Diverged) as caught:
        run(begin(folder, config))
    return caught.value.hint or ""


@pytest.mark.parametrize(
    ("optimizer", "blamed"),
    [
        ({**SGD, "weight_decay": 1e30}, "The weight decay multiplies the weights by 1 − ηλ = -1e+29 in each step"),
        ({"type": "adamw", "learning_rate": 0.01, "weight_decay": 1e6}, "1 − ηλ = -1e+04 in each step"),
        ({"type": "adam", "learning_rate": 0.01, "eps": 1e-300}, "ε is too small to bound a step"),
    ],
)
def test_a_divergence_is_not_blamed_on_the_learning_rate(
    tmp_path: Path, optimizer: dict[str, Any], blamed: str
) -> None:
    hint = hint_of_divergence(tmp_path, make_config(optimizer=optimizer, schedule={"type": "constant"}))
    assert blamed in hint
    assert f"--set train.optimizer.{'eps=1e-08' if 'eps' in optimizer else 'weight_decay=0.0001'}" in hint
    assert "learning rate" not in hint
    assert "warm-up" not in hint


def test_a_divergence_without_a_suspect_is_the_learning_rate(tmp_path: Path) -> None:
    config = make_config(optimizer={"type": "sgd", "learning_rate": 1e38}, schedule={"type": "constant"})
    assert hint_of_divergence(tmp_path, config).startswith("Lower the learning rate: ")


def test_the_epsilon_of_a_layer_is_a_suspect() -> None:
    config = make_config(
        [{"type": "batch_norm", "epsilon": 1e-30}, {"type": "flatten"}, {"type": "dense", "units": 10}], "mse"
    )
    diverged = Diverged("z", 1, 1, config)
    assert "--set layers[0].epsilon=1e-05" in (diverged.hint or "")


@pytest.mark.parametrize("units", [{"batch_size": 1}, {"batch_size": 2}])
def test_batch_norm_of_vectors_needs_more_than_one_image(units: dict[str, int]) -> None:
    layers = [{"type": "flatten"}, {"type": "dense", "units": 10}, {"type": "batch_norm"}]
    if units["batch_size"] == 2:
        assert make_config(layers, "mse", **units)
        return
    with pytest.raises(ConfigError, match=r"layers\[2\]: with batches of one image") as caught:
        make_config(layers, "mse", **units)
    assert "train.batch_size" in str(caught.value)


def test_batch_norm_of_maps_learns_from_one_image() -> None:
    assert make_config(
        [{"type": "batch_norm"}, {"type": "flatten"}, {"type": "dense", "units": 10}], "mse", batch_size=1
    )


def advised(symptom: str, config: Config, *layers: str) -> str:
    return Finding(SYMPTOMS[symptom], (), config).symptom.advice(Situation(config, layers))


def explained(symptom: Symptom, config: Config) -> str:
    return symptom.meaning(Situation(config, ("dense1",)))


def test_what_the_config_has_already_is_not_advised() -> None:
    softmax = {"activation": "softmax"}
    sigmoids = dense({"activation": "sigmoid"}, softmax, optimizer=SGD)
    relus = dense({"activation": "relu"}, softmax, optimizer={"type": "adam"})
    assert "relu or tanh" in advised("vanishing gradient", sigmoids)
    assert "adam" in advised("vanishing gradient", sigmoids)
    assert "sigmoid" in explained(VANISHING, sigmoids)
    assert "relu" not in advised("vanishing gradient", relus)
    assert "adam" not in advised("vanishing gradient", relus)
    assert "sigmoid" not in explained(VANISHING, relus)
    for symptom in ("vanishing gradient", "exploding gradient"):
        assert "initializer" not in advised(symptom, sigmoids)
        own = dense({"activation": "sigmoid", "initializer": "he_normal"}, softmax)
        assert "initializer" in advised(symptom, own)


def test_a_warm_up_is_advised_once() -> None:
    constant = make_config(schedule={"type": "constant"})
    assert "warmup_epochs" in advised("learning rate too large", constant)
    for schedule in ({"type": "constant", "warmup_epochs": 1}, {"type": "one_cycle"}):
        assert "warm" not in advised("learning rate too large", make_config(schedule=schedule))


def test_advice_on_saturation_is_about_the_layers_that_show_it() -> None:
    quadratic = dense({"activation": "tanh"}, {"activation": "sigmoid"}, loss="mse")
    entropic = dense({"activation": "tanh"}, {"activation": "sigmoid"}, optimizer=SGD)
    assert "relu" in advised("saturated", quadratic, "dense1")
    assert "cross_entropy" not in advised("saturated", quadratic, "dense1")
    assert "relu" not in advised("saturated", quadratic, "dense2")
    assert "cross_entropy" in advised("saturated", quadratic, "dense2")
    assert "cross_entropy" not in advised("saturated", entropic, "dense1")
    decayed = dense({"activation": "tanh"}, {"activation": "sigmoid"}, optimizer={**SGD, "weight_decay": 0.001})
    assert "weight_decay" in advised("saturated", entropic, "dense1")
    assert "weight_decay" not in advised("saturated", decayed, "dense1")


def test_a_weight_decay_that_is_too_large_is_named(tmp_path: Path) -> None:
    config = make_config(optimizer={"type": "sgd", "learning_rate": 0.01, "weight_decay": 50}, epochs=1)
    training = begin(tmp_path, config)
    run(training)
    [found] = findings(config, training.network, training.state.rows, training.state.health)
    assert found.name == "steps too large"
    assert "--set train.optimizer.weight_decay=0.0001" in found.advice
