"""A config whose values are each right may still not fit together, or be too large: found without allocating."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from cnnbp_cli.config import ConfigError, load_config
from cnnbp_cli.config.limits import BYTES, MAX_ACTIVATION_BYTES, MAX_PARAMETERS, activation_counts, parameter_counts
from cnnbp_cli.network import Network

from .conftest import Complaints


def test_shapes_that_do_not_fit_are_reported_with_those_before(edited: Complaints) -> None:
    (problem,) = edited("pool_size: 2", "pool_size: 25")
    assert problem.startswith("5: layers[1]: pool1 does not fit: a pooling window of 25×25 does not fit")
    assert [line.split() for line in problem.splitlines()[1:3]] == [["input", "1×28×28"], ["conv1", "3×24×24"]]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("kernel_size: 5", "kernel_size: 29", "4: layers[0]: conv1 does not fit: a kernel of 29×29"),
        ("[1, 28, 28]", "[1, 4, 28]", "4: layers[0]: conv1 does not fit: a kernel of 5×5"),
        ("{type: max_pool2d, pool_size: 2}", "{type: dense, units: 3}", "5: layers[1]: dense1 does not fit: "),
        ("  - {type: flatten}\n", "", "6: layers[2]: dense1 does not fit: "),
        (
            "  - {type: flatten}\n  - {type: dense, units: 10, activation: sigmoid}\n",
            "",
            "3: layers: the last layer gives (3, 12, 12)",
        ),
        ("units: 10", "units: 1", "7: layers[3]: the network has 1 output; it needs one per class, so at least 2"),
        (
            "units: 10, activation: sigmoid}\nloss: mse",
            "units: 10, activation: relu}\nloss: cross_entropy",
            "8: loss: the loss cross_entropy needs a last layer with activation softmax or sigmoid, not relu\nGive ",
        ),
        (
            "units: 10, activation: sigmoid}\nloss: mse",
            "units: 10}\nloss: cross_entropy",
            "8: loss: the loss cross_entropy needs a last layer with activation softmax or sigmoid, not none\nGive ",
        ),
        ("type: flatten", "type: flatten, name: conv1", "6: layers[2].name: two layers are called conv1\n"),
        ("type: conv2d", "type: conv2d, name: pool1", "5: layers[1].name: two layers are called pool1\n"),
    ],
)
def test_layers_that_do_not_fit_together(old: str, new: str, problem: str, edited: Complaints) -> None:
    (printed,) = edited(old, new)
    assert printed.startswith(problem)


def test_an_elastic_field_that_is_too_rough_for_its_images(edited: Complaints, seed: str, tmp_path: Path) -> None:
    augmented = "validation: 5000, augment: [{type: shift, pixels: 1}, {type: elastic, sigma: 2}]"
    edited_text = seed.replace("validation: 5000", augmented)
    path = tmp_path / "seed.yaml"
    path.write_text(edited_text, encoding="utf-8")
    assert load_config(path).data.augment
    path.write_text(edited_text.replace("[1, 28, 28]", "[1, 128, 160]"), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert "data.augment[1]: so rough a field has too many modes for 128×160 pixels: sigma must be at least 2.5" in str(
        caught.value
    )


@pytest.mark.parametrize("name", ["1st", "a b", "a.b", "a-b", "../a", "", "é", "[red]", "x" * 41, "a\u202e"])
def test_a_layer_name_that_is_unsafe_in_files_and_tables(name: str, edited: Complaints) -> None:
    (printed,) = edited("type: flatten", f"type: flatten, name: '{name}'")
    assert printed.startswith(
        "6: layers[2].name: a layer name is a letter followed by at most 39 letters, digits or _; got '"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("loss: mse", "loss: cross_entropy"),
        ("units: 10, activation: sigmoid}\nloss: mse", "units: 10, activation: softmax}\nloss: cross_entropy"),
        ("units: 10, activation: sigmoid", "units: 10"),
        ("{type: max_pool2d, pool_size: 2}", "{type: avg_pool2d, pool_size: [3, 2], stride: 2}"),
        ("{type: flatten}", "{type: flatten, name: Flat_1}"),
    ],
)
def test_layers_that_fit_together(old: str, new: str, seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed.replace(old, new))
    load_config(seed_file)


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        (
            "layers[3].units=200000",
            "seed.yaml:7: layers[3]: the network has 86,600,078 parameters, 86,600,000 of them in dense1; "
            "the limit is 50,000,000",
        ),
        (
            "train.batch_size=65536",
            "seed.yaml:4: layers[0]: a batch of 65,536 needs 9.361 GiB for activations and deltas, 93% of it in conv1; "
            "the limit is 4 GiB",
        ),
    ],
)
def test_too_large(override: str, problem: str, seed_file: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(seed_file, [override])
    assert problem in str(caught.value)


def test_counting_allocates_nothing(complaints: Complaints, seed: str) -> None:
    huge = "9" * 39
    tracemalloc.start()
    try:
        problems = complaints(seed, f"layers[0].filters={huge}", f"layers[0].padding={huge}", f"layers[3].units={huge}")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [problem.split(":")[1] for problem in problems] == [" layers[0]", " layers[3]"]
    assert peak < 20e6


def test_the_counts_of_the_seed_network(seed_file: Path) -> None:
    config = load_config(seed_file)
    network = Network(config.input, config.layers, config.loss)
    assert parameter_counts(network) == {"conv1": 3 * 25 + 3, "dense1": 432 * 10 + 10}
    z, windows, pooled = 3 * 24 * 24, 25 * 24 * 24, 432
    assert activation_counts(network) == {
        "conv1": 2 * (2 * z + windows),
        "pool1": 2 * pooled,
        "flatten1": 2 * pooled,
        "dense1": 2 * (2 * 10 + 432),
    }


def test_the_limits_are_reached_and_not_passed(seed_file: Path) -> None:
    config = load_config(seed_file)
    numbers = activation_counts(Network(config.input, config.layers, config.loss)).total()
    most = MAX_ACTIVATION_BYTES // (BYTES * numbers)
    load_config(seed_file, [f"train.batch_size={most}"])
    units = (MAX_PARAMETERS - 78) // 433
    load_config(seed_file, [f"layers[3].units={units}"])
    for override in (f"train.batch_size={most + 1}", f"layers[3].units={units + 1}"):
        with pytest.raises(ConfigError, match="the limit is"):
            load_config(seed_file, [override])
