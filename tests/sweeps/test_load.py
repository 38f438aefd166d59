"""Sweep files: read with line numbers, every mistake reported; the points that follow from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnbp_cli.config import ConfigError
from cnnbp_cli.config.yaml_reader import SourceLocation, read_inline
from cnnbp_cli.sweeps.file import SweepFile, Variation
from cnnbp_cli.sweeps.load import load_sweep, parse_vary
from cnnbp_cli.sweeps.points import points, written

GOOD = """\
config: small.yaml
method: random
runs: 5
seeds: [3, 4]
parameters:
  train.optimizer.learning_rate: {min: 1e-3, max: 1, log: true}
  train.batch_size: {min: 8, max: 64}
  layers[0].activation: {values: [relu, tanh]}
"""


def written_to(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "sweep.yaml"
    path.write_text(text)
    return path


def test_a_sweep_file(tmp_path: Path) -> None:
    file, _ = load_sweep(written_to(tmp_path, GOOD))
    assert (file.method, file.runs, file.seed_list) == ("random", 5, (3, 4))
    found = points(file)
    assert len(found) == 5
    assert found == points(file)
    for point in found:
        assert 1e-3 <= point.values["train.optimizer.learning_rate"] <= 1
        assert isinstance(point.values["train.batch_size"], int)
        assert point.values["layers[0].activation"] in ("relu", "tanh")


def test_options_replace_what_the_file_says(tmp_path: Path) -> None:
    vary = parse_vary(["train.batch_size=16,32"])
    file, _ = load_sweep(written_to(tmp_path, GOOD), {"parameters": vary, "runs": 7, "seeds": 2, "set": ["name=x"]})
    assert file.parameters["train.batch_size"].values == (16, 32)
    assert len(file.parameters) == 3
    assert (file.runs, file.seed_list, file.set) == (7, (0, 1), ("name=x",))


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("method: random", "method: bayes", r"sweep\.yaml:2: method: expected `grid`, `random` or `halving`"),
        ("runs: 5", "run: 5", r"sweep\.yaml:3: run: unknown key; did you mean `runs`\?"),
        (
            "log: true",
            "log: yes",
            r"sweep\.yaml:6: parameters\.train\.optimizer\.learning_rate\.log: expected true or false",
        ),
        ("min: 1e-3", "min: 0", r"sweep\.yaml:6: .*: a logarithmic scale needs min above 0"),
        ("max: 64", "max: 1e16", r"sweep\.yaml:7: .*: a range ends at 1e\+15 at most"),
        ("max: 64", "max: 4", r"sweep\.yaml:7: .*: min must be below max; got 8 and 4"),
        ("{min: 8, max: 64}", "{min: 8}", r"sweep\.yaml:7: .*: expected `values: \[\.\.\.\]`, or `min` and `max`"),
        ("{min: 8, max: 64}", "{values: []}", r"sweep\.yaml:7: .*values: expected a list of 1 to 1000"),
        ("{min: 8, max: 64}", "{values: [8], min: 1}", r"sweep\.yaml:7: .*: give either `values`, or"),
        ("train.batch_size:", "train batch:", r"sweep\.yaml:7: .*: not a config key"),
        ("seeds: [3, 4]", "seeds: [3, 3]", r"sweep\.yaml:4: seeds: a seed is listed twice"),
        ("seeds: [3, 4]", "seeds: 0", r"sweep\.yaml:4: seeds: expected a whole number"),
        ("runs: 5", "name: a/b", r"sweep\.yaml:3: name: expected a name of 1 to 64 letters, .*; got 'a/b'"),
        ("config: small.yaml\n", "", "config: is missing"),
        (GOOD, "", "the file is empty"),
        (GOOD, "- a", "a sweep is a mapping"),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, wrong: str, right: str, message: str) -> None:
    assert wrong in GOOD
    with pytest.raises(ConfigError, match=message):
        load_sweep(written_to(tmp_path, GOOD.replace(wrong, right)))


def test_several_mistakes_are_reported_together(tmp_path: Path) -> None:
    text = GOOD.replace("max: 64", "max: 4").replace("runs: 5", "runs: none")
    with pytest.raises(ConfigError) as caught:
        load_sweep(written_to(tmp_path, text.replace("runs: none", "runs: 5").replace("min: 1e-3", "min: 2")))
    assert len(caught.value.mistakes) == 2


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(-1e9, 1e9)
    | st.text("abc =#:{},'\"äx-", max_size=8)
)


@given(st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3), max_leaves=4))
def test_a_value_is_written_so_that_it_reads_back(value: object) -> None:
    assert read_inline(written(value), SourceLocation("x")).data == value


@given(st.integers(0, 99), st.floats(1e-6, 1), st.floats(2, 1e6), st.booleans())
def test_numbers_are_drawn_within_their_range_and_are_short(seed: int, low: float, high: float, log: bool) -> None:
    file = SweepFile(
        config="x", method="random", runs=3, seed=seed, parameters={"a": Variation(min=low, max=high, log=log)}
    )
    drawn = [point.values["a"] for point in points(file)]
    assert len(set(drawn)) == 3
    assert all(low <= value <= high for value in drawn)


def test_few_different_points_take_no_time_however_many_are_asked_for() -> None:
    parameters = {"a": Variation(values=(1, 2, 2)), "b": Variation(values=(True, False))}
    assert len(points(SweepFile(config="x", method="random", runs=100_000, parameters=parameters))) == 4


def test_few_different_points_are_drawn_once_each() -> None:
    file = SweepFile(config="x", method="random", runs=50, parameters={"a": Variation(values=(1, 2, 3))})
    assert sorted(point.values["a"] for point in points(file)) == [1, 2, 3]


@pytest.mark.parametrize(
    ("option", "found"),
    [
        ("a=1,2", {"values": [1, 2]}),
        ("a=relu", {"values": ["relu"]}),
        ("a=[1,2],[3,4]", {"values": [[1, 2], [3, 4]]}),
        ("a=0.1..0.3", {"min": 0.1, "max": 0.3, "log": False}),
        ("a=1e-4..1:log", {"min": 1e-4, "max": 1, "log": True}),
        ("a=1..8", {"min": 1, "max": 8, "log": False}),
    ],
)
def test_vary(option: str, found: object) -> None:
    assert parse_vary([option]) == {"a": found}
