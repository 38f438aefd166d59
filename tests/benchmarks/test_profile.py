"""`cnnbp profile`: its operation counts, and that it contains every part of a step."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cnnbp_cli.commands.profile import profile as command
from cnnbp_cli.config import Config, config_from_data, load_config
from cnnbp_cli.network import Network
from cnnbp_cli.network.plan import fast_order
from cnnbp_cli.training.profile import Profile, flops, profile, training_flops

ROOT = Path(__file__).parents[2]

app = typer.Typer()
app.command()(command)


def network_of(config: Config) -> Network:
    return Network(config.input, config.layers, config.loss)


@pytest.fixture(scope="module")
def seed() -> Config:
    return load_config(ROOT / "configs" / "seed.yaml")


@pytest.fixture(scope="module")
def measured(seed: Config) -> Profile:
    return profile(seed, batch=8, threads=1, seconds=0.05)


def test_the_operations_of_the_seed_network(seed: Config) -> None:
    conv, dense = 2 * 3 * 24 * 24 * 25, 2 * 432 * 10  # the image gets no delta, the pooled maps do
    assert training_flops(network_of(seed)) == 2 * conv + 3 * dense


@pytest.mark.parametrize("name", ["seed", "lenet5", "wide"])
def test_another_order_of_the_steps_needs_the_same_operations(name: str) -> None:
    network = network_of(load_config(ROOT / "configs" / f"{name}.yaml"))
    assert sum(map(sum, flops(fast_order(network.steps)))) == training_flops(network)


def test_every_part_of_a_step_is_there(seed: Config, measured: Profile) -> None:
    names = [part.name for part in measured.parts]
    assert names[0] == "batch"
    assert names[-2:] == ["loss", "update"]
    assert set(network_of(seed).names) - {"pool1"} <= set(names)  # the pooling is part of conv1's step
    for part in measured.parts:
        assert part.forward is None or part.forward.seconds > 0
        assert part.backward is None or part.backward.seconds > 0


def test_augmentation_is_measured_separately_from_the_step() -> None:
    augmented = load_config(
        ROOT / "configs" / "seed.yaml", ["data.augment=[{type: shift, pixels: 1}, {type: elastic}]"]
    )
    first, second, *_ = profile(augmented, batch=8, threads=1, seconds=0.05).parts
    assert (first.name, first.does, second.name) == ("augment", "shift, elastic", "batch")
    assert first.forward
    assert first.forward.seconds > 0


def test_the_parts_add_up(seed: Config, measured: Profile) -> None:
    total = measured.total("forward").flops + measured.total("backward").flops
    assert total == measured.step.flops == 8 * training_flops(network_of(seed))
    assert measured.peak > 0


def test_layers_before_the_first_that_learns_have_no_backward_pass() -> None:
    layers = [
        {"type": "avg_pool2d", "pool_size": 2},
        {"type": "flatten"},
        {"type": "dropout", "rate": 0.5},
        {"type": "dense", "units": 10, "activation": "softmax"},
    ]
    train = {"epochs": 1, "batch_size": 4, "optimizer": {"type": "adam", "learning_rate": 0.001}}
    data = {"name": "x", "input": [1, 8, 6], "layers": layers, "loss": "cross_entropy", "train": train}
    parts = profile(config_from_data(data, "here"), 4, 1, 0.02).parts
    assert [part.backward is None for part in parts[1:5]] == [True, True, True, False]


def test_colour_images_are_profiled_too() -> None:
    config = load_config(ROOT / "configs" / "seed.yaml", ["input.0=3"])
    names = [part.name for part in profile(config, 4, 1, 0.02).parts]
    assert {"conv1", "dense1"} <= {word for name in names for word in name.replace("+", " ").split()}


def test_the_command_shows_a_table(seed: Config) -> None:
    done = CliRunner().invoke(app, ["--config", str(ROOT / "configs" / "tiny.yaml"), "--batch", "8", "--threads", "1"])
    assert done.exit_code == 0, done.output
    assert "tiny, batch size 8, 1 thread" in done.output
    assert "images/s" in " ".join(done.output.split())
    for name in ("batch", "conv1", "dense1", "loss", "update", "total"):
        assert f"\n{name} " in done.output


def test_the_command_writes_json() -> None:
    done = CliRunner().invoke(app, ["--config", str(ROOT / "configs" / "tiny.yaml"), "--threads", "1", "--json"])
    document = json.loads(done.output)
    assert document["schema"] == "cnnbp.profile/1"
    assert document["batch"] == 64
    assert [part["name"] for part in document["parts"]][-1] == "update"
