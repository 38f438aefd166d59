"""A config written out, with its defaults, is the same config when it is read again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config import Config, config_from_data, dump_config, load_config, to_data
from cnnbp_cli.config.yaml_reader import read_yaml
from cnnbp_cli.layers.functions import FUNCTIONS
from tests.support.examples import examples

SHIPPED = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))


def reloaded(config: Config) -> Config:
    return config_from_data(read_yaml(dump_config(config), "dump").data, "dump")


def test_the_defaults_are_filled_in(seed_file: Path) -> None:
    assert (
        dump_config(load_config(seed_file))
        == """\
name: seed
input: [1, 28, 28]
layers:
- {type: conv2d, filters: 3, kernel_size: 5, stride: 1, padding: valid, bias: per_map, activation: sigmoid}
- {type: max_pool2d, pool_size: 2}
- {type: flatten}
- {type: dense, units: 10, bias: true, activation: sigmoid}
loss: mse
train:
  epochs: 10
  batch_size: 32
  optimizer: {type: sgd, learning_rate: 0.5, weight_decay: 0.0, momentum: 0.9, nesterov: false}
  schedule: {type: constant, warmup_epochs: 0.0}
  label_smoothing: 0.0
  seed: 0
data: {validation: 5000}
"""
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_configs_round_trip(path: Path) -> None:
    config = load_config(path)
    assert config.name == path.stem
    assert reloaded(config) == config


def test_data_is_json(seed_file: Path) -> None:
    config = load_config(seed_file)
    assert config_from_data(json.loads(json.dumps(to_data(config))), "json") == config


def test_using_a_layer_does_not_change_what_is_written(seed_file: Path) -> None:
    config = load_config(seed_file)
    before = dump_config(config)
    for layer in config.layers:  # layers keep what they derived from their fields
        for name in dir(type(layer)):
            getattr(layer, name)
    assert dump_config(config) == before


@pytest.mark.parametrize(
    "name", ["1e3", "10", "010", "0", "null", "true", "no", "3_0", "0x1F", "2024-01-31", "1-2", "a-"]
)
def test_a_name_that_looks_like_something_else(name: str, seed_file: Path) -> None:
    config = load_config(seed_file, [f"name='{name}'"])
    assert config.name == name
    assert reloaded(config) == config


layer_names = st.none() | st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
sizes = st.integers(1, 3) | st.lists(st.integers(1, 3), min_size=2, max_size=2)
activations = st.sampled_from([*FUNCTIONS, None])
initializers = st.sampled_from(["glorot_uniform", "he_normal", "lecun_normal", "normal", "zeros", None])


def declared(**keys: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {key: value if isinstance(value, st.SearchStrategy) else st.just(value) for key, value in keys.items()}
    )


conv = declared(
    type="conv2d",
    filters=st.integers(1, 3),
    kernel_size=sizes,
    stride=sizes,
    padding=st.sampled_from(["same", "valid", 0, 2, [1, 2]]),
    bias=st.sampled_from(["per_map", "per_position", "none"]),
    activation=activations,
    initializer=initializers,
)
hidden = st.one_of(
    declared(type="activation", activation=st.sampled_from(["tanh", "softmax"])),
    declared(type="dropout", rate=st.floats(0, 1, exclude_max=True)),
)
positive = st.floats(0, 10, exclude_min=True)
optimizers = st.one_of(
    declared(type="sgd", learning_rate=positive, momentum=st.floats(0.1, 0.9), nesterov=st.booleans()),
    declared(type="adam", learning_rate=positive, beta1=st.floats(0, 1, exclude_max=True), eps=positive),
    declared(type="adamw", weight_decay=st.floats(0, 1)),
)
schedules = st.one_of(
    declared(type="constant", warmup_epochs=positive),
    declared(type="step", step_size=st.integers(1, 5), gamma=st.floats(0, 1, exclude_min=True)),
    declared(type="cosine"),
    declared(type="one_cycle", pct_start=st.floats(0, 1, exclude_max=True)),
)


@examples(50)
@given(
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_-]{0,10}", fullmatch=True),
    layers=st.lists(conv | hidden, max_size=2),
    first=layer_names,
    optimizer=optimizers,
    schedule=schedules,
    stopping=st.none() | declared(patience=st.integers(1, 9), min_delta=st.floats(0, 1)),
    folder=st.none() | st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=8),
    seed=st.integers(0, 2**32 - 1),
)
def test_every_config_round_trips(
    name: str,
    layers: list[dict[str, Any]],
    first: str | None,
    optimizer: dict[str, Any],
    schedule: dict[str, Any],
    stopping: dict[str, Any] | None,
    folder: str | None,
    seed: int,
) -> None:
    data = {
        "name": name,
        "input": [1, 40, 40],
        "layers": [*layers, {"type": "flatten", "name": first}, {"type": "dense", "units": 3, "bias": False}],
        "loss": "mse",
        "train": {
            "epochs": 1,
            "batch_size": 2,
            "optimizer": optimizer,
            "schedule": schedule,
            "early_stopping": stopping,
            "seed": seed,
        },
        "data": {"dir": folder, "validation": 7},
    }
    if first and first.startswith(("conv", "dense", "dropout", "activation")):
        data["layers"][-2]["name"] = None  # might be the default name of another
    config = config_from_data(data, "drawn")
    assert config.name == name
    assert reloaded(config) == config
    assert config_from_data(json.loads(json.dumps(to_data(config))), "json") == config
