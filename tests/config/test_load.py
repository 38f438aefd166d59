"""A config is loaded whole or refused with all its mistakes, each at its place and in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config import ConfigError, config_from_data, load_config, to_data
from cnnbp_cli.config.problems import MAX_LISTED
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.layers import LAYER_TYPES
from cnnbp_cli.layers.conv import Conv2D
from cnnbp_cli.layers.dense import Dense
from cnnbp_cli.layers.flatten import Flatten
from cnnbp_cli.layers.functions import FUNCTIONS
from cnnbp_cli.layers.pooling import MaxPool2D
from cnnbp_cli.optimizers import Constant
from cnnbp_cli.optimizers.sgd import SGD

from .conftest import Complaints

LAST_TYPE = max(LAYER_TYPES)
KINDS = ", ".join(f"`{kind}`" for kind in sorted(LAYER_TYPES) if kind != LAST_TYPE) + f" or `{LAST_TYPE}`"
ACTIVATIONS = ", ".join(f"`{name}`" for name in FUNCTIONS) + " or null"
SIDES = "a whole number above 0 or a list of 2 (each a whole number above 0)"
PADDING = "a whole number of at least 0, a list of 2 (each a whole number of at least 0), `same` or `valid`"
CONV_KEYS = "`name`, `type`, `filters`, `kernel_size`, `stride`, `padding`, `bias`, `activation` and `initializer`"


def test_the_seed_network(seed_file: Path) -> None:
    config = load_config(seed_file)
    assert config.name == "seed"
    assert config.input == (1, 28, 28)
    assert config.layers == (
        Conv2D(filters=3, kernel_size=5, activation="sigmoid"),
        MaxPool2D(pool_size=2),
        Flatten(),
        Dense(units=10, activation="sigmoid"),
    )
    assert config.loss == "mse"
    assert (config.train.epochs, config.train.batch_size, config.train.seed) == (10, 32, 0)
    assert config.train.optimizer == SGD(learning_rate=0.5, momentum=0.9)
    assert config.train.schedule == Constant()
    assert config.train.early_stopping is None
    assert (config.data.dir, config.data.validation) == (None, 5000)


def test_a_config_cannot_be_changed(seed_file: Path) -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_config(seed_file).train.epochs = 3  # type: ignore[misc]


def test_whole_numbers_and_exponents_are_numbers(seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed.replace("learning_rate: 0.5, momentum: 0.9", "learning_rate: 1e-3, momentum: 0"))
    assert load_config(seed_file).train.optimizer == SGD(learning_rate=0.001, momentum=0.0)


def test_pairs(seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed.replace("kernel_size: 5", "kernel_size: [5, 3], stride: [1, 1], padding: same"))
    conv = load_config(seed_file).layers[0]
    assert isinstance(conv, Conv2D)
    assert (conv.kernel_size, conv.stride, conv.padding) == ((5, 3), (1, 1), "same")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        # keys
        ("filters: 3", "fliters: 3", "4: layers[0].fliters: unknown key; did you mean `filters`?"),
        ("loss: mse", "loss: mse\nlos: mse", "9: los: unknown key; did you mean `loss`?"),
        ("epochs: 10", "epochs: 10, Epochs: 10", "9: train.Epochs: unknown key; did you mean `epochs`?"),
        ("momentum: 0.9", "momentun: 0.9", "9: train.optimizer.momentun: unknown key; did you mean `momentum`?"),
        ("filters: 3", "filters: 3, conv2d: 1", f"4: layers[0].conv2d: unknown key; the keys here are {CONV_KEYS}"),
        ("filters: 3", "filters: 3, units: 1", f"4: layers[0].units: unknown key; the keys here are {CONV_KEYS}"),
        ("validation: 5000", "no: 1", "10: data.no: unknown key; the keys here are `dir`, `validation` and `augment`"),
        ("units: 10, ", "", "7: layers[3].units: is missing; expected a whole number above 0"),
        ("loss: mse\n", "", "1: loss: is missing; expected `mse` or `cross_entropy`"),
        ("batch_size: 32, ", "", "9: train.batch_size: is missing; expected a whole number from 1 to 65,536"),
        # kinds of layers and optimizers
        (
            "type: max_pool2d",
            "type: maxpool",
            f"5: layers[1].type: expected {KINDS}; got 'maxpool'. Did you mean `max_pool2d`?",
        ),
        (
            "type: flatten",
            "type: Flatten",
            f"6: layers[2].type: expected {KINDS}; got 'Flatten'. Did you mean `flatten`?",
        ),
        ("type: flatten", "type: 3", f"6: layers[2].type: expected {KINDS}; got 3"),
        ("type: flatten", "type: xyzzy", f"6: layers[2].type: expected {KINDS}; got 'xyzzy'"),
        ("type: flatten", "name: f", f"6: layers[2].type: is missing; expected {KINDS}"),
        ("type: flatten", "typ: flatten", "6: layers[2].typ: unknown key; did you mean `type`?"),
        (
            "{type: flatten}",
            "flatten",
            f"6: layers[2]: expected a mapping with `type`: {KINDS}; got the text 'flatten'",
        ),
        ("{type: flatten}", "", f"6: layers[2]: expected a mapping with `type`: {KINDS}; got null"),
        (
            "type: sgd",
            "type: SDG",
            "9: train.optimizer.type: expected `adam`, `adamw` or `sgd`; got 'SDG'. Did you mean `sgd`?",
        ),
        # values
        (
            "filters: 3",
            "filters: '3'",
            "4: layers[0].filters: expected a whole number above 0; got the text '3'",
        ),
        ("filters: 3", "filters: 0", "4: layers[0].filters: expected a whole number above 0; got 0"),
        ("filters: 3", "filters: true", "4: layers[0].filters: expected a whole number above 0; got true"),
        ("filters: 3", "filters: 3.0", "4: layers[0].filters: expected a whole number above 0; got 3.0"),
        ("filters: 3", "filters: [3]", "4: layers[0].filters: expected a whole number above 0; got [3]"),
        ("filters: 3", "filters:", "4: layers[0].filters: expected a whole number above 0; got null"),
        (
            "filters: 3",
            "filters: 0x3",
            "4: layers[0].filters: expected a whole number above 0; got the text '0x3'",
        ),
        (
            "filters: 3",
            "filters: 1_0",
            "4: layers[0].filters: expected a whole number above 0; got the text '1_0'",
        ),
        (
            "filters: 3",
            "filters: 1:30",
            "4: layers[0].filters: expected a whole number above 0; got the text '1:30'",
        ),
        ("kernel_size: 5", "kernel_size: '5'", f"4: layers[0].kernel_size: expected {SIDES}; got the text '5'"),
        ("kernel_size: 5", "kernel_size: [5, 0]", f"4: layers[0].kernel_size: expected {SIDES}; got [5, 0]"),
        ("kernel_size: 5", "kernel_size: [5]", f"4: layers[0].kernel_size: expected {SIDES}; got [5]"),
        (
            "kernel_size: 5",
            "kernel_size: [1, 2, 3]",
            f"4: layers[0].kernel_size: expected {SIDES}; got [1, 2, 3]",
        ),
        ("kernel_size: 5", "kernel_size: {a: 1}", f"4: layers[0].kernel_size: expected {SIDES}; got a mapping"),
        (
            "kernel_size: 5",
            "kernel_size: 5, padding: Same",
            f"4: layers[0].padding: expected {PADDING}; got 'Same'. Did you mean `same`?",
        ),
        (
            "kernel_size: 5",
            "kernel_size: 5, bias: no",
            "4: layers[0].bias: expected `per_map`, `per_position` or `none`; got 'no'. Did you mean `none`?",
        ),
        (
            "units: 10",
            "units: 10, bias: no",
            "7: layers[3].bias: expected true or false; got 'no'. Did you mean `false`?",
        ),
        (
            "units: 10",
            "units: 10, bias: On",
            "7: layers[3].bias: expected true or false; got 'On'. Did you mean `true`?",
        ),
        (
            "units: 10, activation: sigmoid",
            "units: 10, activation: sigmod",
            f"7: layers[3].activation: expected {ACTIVATIONS}; got 'sigmod'. Did you mean `sigmoid`?",
        ),
        (
            "units: 10, activation: sigmoid",
            "units: 10, activation: none",
            f"7: layers[3].activation: expected {ACTIVATIONS}; got 'none'. Did you mean `null`?",
        ),
        (
            "{type: flatten}",
            "{type: dropout, rate: 1}",
            "6: layers[2].rate: expected a number of at least 0 and below 1; got 1",
        ),
        (
            "learning_rate: 0.5",
            "learning_rate: 0",
            "9: train.optimizer.learning_rate: expected a number above 0; got 0",
        ),
        ("learning_rate: 0.5", "learning_rate: .inf", "9: train.optimizer.learning_rate: .inf is not a finite number"),
        (
            "learning_rate: 0.5",
            "learning_rate: 1e999",
            "9: train.optimizer.learning_rate: 1e999 is too large for a number",
        ),
        (
            "learning_rate: 0.5, momentum: 0.9",
            "learning_rate: 0.5, nesterov: true",
            "9: train.optimizer: nesterov needs a momentum above 0, such as `momentum: 0.9`",
        ),
        (
            "loss: mse",
            "loss: MSE",
            "8: loss: expected `mse` or `cross_entropy`; got 'MSE'. Did you mean `mse`?",
        ),
        (
            "[1, 28, 28]",
            "[1, 28]",
            "2: input: expected a list of 3 (each a whole number from 1 to 4,096); got [1, 28]",
        ),
        ("[1, 28, 28]", "[1, 28, 0]", "2: input[2]: expected a whole number from 1 to 4,096; got 0"),
        ("[1, 28, 28]", "28", "2: input: expected a list of 3 (each a whole number from 1 to 4,096); got 28"),
        ("epochs: 10", "epochs: 0", "9: train.epochs: expected a whole number from 1 to 100,000; got 0"),
        ("epochs: 10", "epochs: 1e3", "9: train.epochs: expected a whole number from 1 to 100,000; got 1000.0"),
        ("epochs: 10", "epochs: 010", "9: train.epochs: 010 has a leading zero; write 10, or '010' in quotes for text"),
        ("epochs: 10", f"epochs: {'9' * 5000}", "9: train.epochs: the number has 5,000 characters; the limit is 40"),
        ("seed: 0", "seed: -1", "9: train.seed: expected a whole number from 0 to 4,294,967,295; got -1"),
        ("seed: 0", "early_stopping: 3", "9: train.early_stopping: expected a mapping or null; got 3"),
        (
            "seed: 0",
            "early_stopping: {patience: 0}",
            "9: train.early_stopping.patience: expected a whole number from 1 to 100,000; got 0",
        ),
        (
            "seed: 0",
            "early_stopping: {patiense: 3}",
            "9: train.early_stopping.patiense: unknown key; did you mean `patience`?",
        ),
        (
            "seed: 0",
            "schedule: {type: one-cycle}",
            "9: train.schedule.type: expected `constant`, `cosine`, `one_cycle` or `step`; got 'one-cycle'. "
            "Did you mean `one_cycle`?",
        ),
        (
            "validation: 5000",
            "validation: 0",
            "10: data.validation: expected a whole number from 1 to 1,000,000; got 0",
        ),
        ("validation: 5000", "dir: [a]", "10: data.dir: expected text or null; got ['a']"),
        (
            "validation: 5000",
            "dir: 3",
            "10: data.dir: expected text or null; got 3, which is text only if quoted",
        ),
        ("{validation: 5000}", "", "10: data: expected a mapping; got null"),
    ],
)
def test_one_mistake(old: str, new: str, problem: str, edited: Complaints) -> None:
    assert edited(old, new) == [problem]


@pytest.mark.parametrize("name", ["../seed", "a/b", "a b", "", "-x", ".", "é", "x" * 65, "seed\\n", "con:"])
def test_a_name_that_is_unsafe_for_a_folder(name: str, edited: Complaints) -> None:
    (problem,) = edited("name: seed", f'name: "{name}"')
    assert problem.startswith("1: name: ")
    assert "\\n" in name or "1 to 64 letters, digits, - and _, starting with a letter or digit; got " in problem


def test_a_name_that_is_a_number_wants_quotes(edited: Complaints) -> None:
    (problem,) = edited("name: seed", "name: 2024")
    assert problem.endswith("; got 2024, which is text only if quoted")


def test_all_at_once_in_the_order_of_the_file(complaints: Complaints) -> None:
    text = """\
name: ../seed
input: [1, 28]
layers:
  - {type: conv2d, fliters: 3, kernel_size: 5.0}
  - {type: maxpool, pool_size: 2}
  - {type: dense, units: 010}
train: {epochs: ten, batch_size: *x, optimizer: {type: sgd, momentum: 1}}
loss: mse
loss: mse
"""
    assert [problem.rpartition(": ")[0] and ":".join(problem.split(":")[:2]) for problem in complaints(text)] == [
        "1: name",
        "2: input",
        "4: layers[0].kernel_size",
        "4: layers[0].fliters",
        "5: layers[1].type",
        "6: layers[2].units",
        "7: train.batch_size",
        "7: train.epochs",
        "7: train.optimizer.momentum",
        "9: loss",
    ]


def test_a_mistake_of_the_reader_hides_none_beside_it(edited: Complaints) -> None:
    assert edited("epochs: 10", "1: a, <<: {b: 1}, epochs: &x ten, seeds: 0") == [
        "9: train.?: a key must be text, not 1",
        "9: train.<<: merge keys are not supported; write the keys out",
        "9: train.epochs: anchors (`&x`) are not supported; remove it",
        "9: train.seeds: unknown key; did you mean `seed`?",
    ]


def test_one_mistake_is_one_line(seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed.replace("loss: mse", "loss: mae"))
    with pytest.raises(CnnbpError) as caught:
        load_config(seed_file)
    assert caught.value.where == f"{seed_file}:8"
    assert (
        str(caught.value) == f"{seed_file}:8: loss: expected `mse` or `cross_entropy`; got 'mae'. Did you mean `mse`?"
    )
    assert caught.value.exit_code is ExitCode.USAGE


def test_thousands_of_mistakes_are_counted_and_the_first_are_shown(seed: str, seed_file: Path) -> None:
    seed_file.write_text(seed + "".join(f"key{number}: 1\n" for number in range(1000)))
    with pytest.raises(ConfigError) as caught:
        load_config(seed_file)
    lines = str(caught.value).splitlines()
    assert lines[0] == "1000 mistakes in the config:"
    assert lines[-1] == f"  … and {1000 - MAX_LISTED} more"
    assert len(lines) == MAX_LISTED + 2


def test_control_characters_never_reach_the_terminal(complaints: Complaints, seed: str) -> None:
    text = seed + '"\\e[31mred": 1\n' + "long" * 100 + ': "\\u202ereversed"\n'
    shown = "\n".join(complaints(text))
    assert shown.replace("\n", "").isprintable()
    assert "longlonglonglong" in shown
    assert len(shown) < 800


def test_data_of_a_checkpoint(seed_file: Path) -> None:
    config = load_config(seed_file)
    assert config_from_data(to_data(config), "last.npz") == config


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (None, "last.npz: the file is empty; cnnbp init writes a config to start from"),
        ([], "last.npz: a config is a mapping (`key: value`), not []"),
        ({"data": {"validation": float("nan")}}, "last.npz: data.validation: expected a whole number"),
        ({"name": object()}, "last.npz: the config is not JSON: Object of type object is not JSON serializable"),
        ({"data": {"validation": float("inf")}}, "last.npz: data.validation: expected a whole number"),
        ({"data": {"dir": "a\x1b[31m"}}, "last.npz"),
        ({"data": {"dir": "\ud800"}}, "last.npz"),
        ({"x" * 300_000: 1}, "last.npz: longer than"),
    ],
)
def test_bad_data_of_a_checkpoint(data: object, problem: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config_from_data(data, "last.npz")
    assert problem in str(caught.value)
    assert "last.npz:1" not in str(caught.value)


def test_deep_data_of_a_checkpoint() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ConfigError):
        config_from_data(deep, "last.npz")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)


@given(
    st.sampled_from(["name", "input", "layers", "loss", "train", "data"]),
    st.recursive(
        scalars,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(
                    ["type", "filters", "units", "kernel_size", "optimizer", "schedule", "epochs", "x", "conv2d"]
                ),
                inner | st.sampled_from(["conv2d", "dense", "sgd", "adam", "step", "flatten"]),
                max_size=4,
            )
        ),
        max_leaves=15,
    ),
)
def test_any_value_anywhere_is_refused_in_words_or_right(key: str, value: object) -> None:
    data: dict[str, object] = {
        "name": "a",
        "input": [1, 4, 4],
        "layers": [{"type": "flatten"}, {"type": "dense", "units": 2}],
        "loss": "mse",
        "train": {"epochs": 1, "batch_size": 1, "optimizer": {"type": "sgd", "learning_rate": 0.1}},
    }
    try:
        config = config_from_data(data | {key: value}, "here")
    except ConfigError as error:
        for mistake in error.mistakes:
            assert str(mistake).startswith("here: ")
            assert not re.search(r"Input should|pydantic|\bdict|NoneType|literal|constrained", mistake.problem)
    else:
        assert config_from_data(to_data(config), "here") == config
