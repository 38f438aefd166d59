"""`--set KEY=VALUE` replaces one value, by the file's own rules, and says where a mistake came from."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnbp_cli.config import load_config
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.optimizers.adam import Adam
from cnnbp_cli.optimizers.schedules import Cosine
from cnnbp_cli.optimizers.sgd import SGD

from .conftest import Complaints


def test_scalars(seed_file: Path) -> None:
    config = load_config(
        seed_file, ["train.epochs=3", "train.optimizer.momentum = 8e-1", "name=other", "layers[0].filters=4"]
    )
    assert (config.train.epochs, config.train.optimizer, config.name) == (
        3,
        SGD(learning_rate=0.5, momentum=0.8),
        "other",
    )
    assert config.layers[0] == Conv2D(filters=4, kernel_size=5, activation="sigmoid")


def test_an_index_may_follow_a_dot(seed_file: Path) -> None:
    assert load_config(seed_file, ["layers.0.filters=4"]) == load_config(seed_file, ["layers[0].filters=4"])


def test_mappings_and_lists(seed_file: Path) -> None:
    config = load_config(
        seed_file, ["train.optimizer={type: adam, learning_rate: 1e-3}", "layers[0].kernel_size=[5, 3]"]
    )
    assert config.train.optimizer == Adam(learning_rate=0.001)
    assert config.layers[0] == Conv2D(filters=3, kernel_size=(5, 3), activation="sigmoid")


def test_a_section_that_the_file_leaves_out_is_made(seed_file: Path) -> None:
    config = load_config(seed_file, ["train.schedule.type=cosine", "train.schedule.warmup_epochs=1"])
    assert config.train.schedule == Cosine(warmup_epochs=1.0)


def test_the_last_of_the_same_wins(seed_file: Path) -> None:
    assert load_config(seed_file, ["train.epochs=3", "train.epochs=4"]).train.epochs == 4


def test_values_may_hold_equals_signs_and_spaces(seed_file: Path) -> None:
    assert load_config(seed_file, ["data.dir=a b=c"]).data.dir == Path("a b=c")


def test_an_override_fixes_a_mistake_in_the_file(seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed.replace("epochs: 10", "epochs: ten"))
    assert load_config(seed_file, ["train.epochs=3"]).train.epochs == 3


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("train.epochs=0", "train.epochs: expected a whole number from 1 to 100,000; got 0"),
        ("train.epochs='3'", "train.epochs: expected a whole number from 1 to 100,000; got the text '3'"),
        ("train.epochs=", "train.epochs: expected a whole number from 1 to 100,000; got null"),
        ("train.epochs=010", "train.epochs: 010 has a leading zero; write 10, or '010' in quotes for text"),
        ("trian.epochs=3", "trian: unknown key; did you mean `train`?"),
        ("train.epoch=3", "train.epoch: unknown key; did you mean `epochs`?"),
        ("seed=3", "seed: unknown key; the keys here are `name`, `input`, `layers`, `loss`, `train` and `data`"),
        ("layers[4].units=3", "there is no layers[4]: layers has [0] to [3]"),
        ("layers[4]={type: flatten}", "there is no layers[4]: layers has [0] to [3]"),
        ("layers.conv1.filters=3", "there is no layers[conv1]: layers has [0] to [3]"),
        ("name.first=3", "name is 'seed', so it has no key `first`"),
        ("train.epochs.x.y=3", "train.epochs is 10, so it has no key `x`"),
        ("input[2]=x", "input[2]: expected a whole number from 1 to 4,096; got the text 'x'"),
        (
            "train.optimizer={type: adam",
            "not valid YAML: while parsing a flow mapping, expected ',' or '}', but got '<stream end>'",
        ),
        ("train.optimizer=&a {type: adam}", "train.optimizer: anchors (`&a`) are not supported; remove it"),
        ("train.optimizer={type: adam, betas: 1}", "train.optimizer.betas: unknown key; did you mean `beta2`?"),
        ("train.optimizer={type: adam, type: sgd}", "train.optimizer.type: duplicate key, first used on line 1"),
        (
            "layers[0].name=a b",
            "layers[0].name: a layer name is a letter followed by at most 39 letters, digits or _; got 'a b'",
        ),
        ("layers[0].filters=[" + "[" * 50, "nested deeper than 32 levels"),
        ("train.epochs", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("=3", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("layers[-1].units=3", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("layers[0=3", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("train..epochs=3", "expected KEY=VALUE, such as train.epochs=3 or layers[0].filters=4"),
        ("a" + ".a" * 40 + "=3", "nested deeper than 32 levels"),
    ],
)
def test_the_place_of_a_mistake_is_the_option(override: str, problem: str, complaints: Complaints, seed: str) -> None:
    assert complaints(seed, override) == [f"--set {override}: {problem}"]


def test_a_long_option_is_cut(complaints: Complaints, seed: str) -> None:
    (problem,) = complaints(seed, "name=" + "x" * 100_000)
    assert len(problem) < 500


def test_mistakes_of_the_file_and_of_the_options_come_together(complaints: Complaints, seed: str) -> None:
    problems = complaints(seed.replace("loss: mse", "loss: mae"), "train.epochs=0", "layers[9].units=3")
    assert [problem.partition(": ")[0] for problem in problems] == [
        "8",
        "--set layers[9].units=3",
        "--set train.epochs=0",
    ]


def test_shapes_that_an_option_breaks_are_reported_at_the_option(complaints: Complaints, seed: str) -> None:
    (problem,) = complaints(seed, "layers[0]={type: conv2d, filters: 3, kernel_size: 29}")
    assert problem.startswith(
        "--set layers[0]={type: conv2d, filters: 3, kernel_size: 29}: layers[0]: conv1 does not fit"
    )
