"""Checkpoints: NumPy and PyTorch's layouts, exact round trips, and every bad file refused in one clear line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import cnnbp_cli
from cnnbp_cli.config import Config, to_data
from cnnbp_cli.errors import CnnbpError, ExitCode
from cnnbp_cli.files.npz import pack
from cnnbp_cli.network import Network
from cnnbp_cli.training.checkpoint import FORMAT_VERSION, MAX_META, load_checkpoint, to_bytes
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.state import State
from tests.support.examples import examples
from tests.training.trainings import LAYERS, NORMED, OPTIMIZERS, make_config, peak_memory

DATA = "500×28×28, checksum 0123abcd"

finite = st.floats(0, 1e30)


def state_of(config: Config, rows: int = 2, batch: int = 3, seed: int = 0) -> State:
    """In the epoch after so many finished ones, with random numbers everywhere."""
    rng = np.random.default_rng(seed)
    network = Network(config.input, config.layers, config.loss)
    state = State.new(config, network)
    state.params.whole[...] = abs(rng.standard_normal(state.params.whole.size))  # no variance is negative
    if config.train.ema:
        state.raw_params.whole[...] = abs(rng.standard_normal(state.params.whole.size))
    for vector in state.optimizer.values():
        vector[...] = rng.standard_normal(vector.size)
    state.epoch, state.batch, state.cost, state.seconds = rows + 1, batch, rng.random(), rng.random()
    state.rows = [EpochMetrics(epoch, *rng.random(6)) for epoch in range(1, rows + 1)]
    state.best = rows and int(rng.integers(1, rows + 1))
    state.health.rows = rng.random((rows, len(state.health.columns))).tolist()
    state.health.sums[:] = rng.random(len(state.health.columns))
    return state


@pytest.fixture(scope="module")
def config() -> Config:
    return make_config()


@pytest.fixture(scope="module")
def good(config: Config) -> bytes:
    return to_bytes(config, state_of(config), DATA)


def saved(tmp_path: Path, data: bytes) -> Path:
    path = tmp_path / "last.npz"
    path.write_bytes(data)
    return path


def unpacked(data: bytes, tmp_path: Path) -> dict[str, Any]:
    with np.load(saved(tmp_path, data), allow_pickle=False) as arrays:
        return dict(arrays)


Edit = Callable[[dict[str, Any]], object]


def edited(data: bytes, tmp_path: Path, *, arrays: Edit | None = None, meta: Edit | None = None) -> Path:
    """The checkpoint with its arrays, or what its meta says, changed."""
    members = unpacked(data, tmp_path)
    if meta:
        said = json.loads(members["meta"].tobytes())
        meta(said)
        members["meta"] = np.frombuffer(json.dumps(said).encode(), np.uint8)
    if arrays:
        arrays(members)
    return saved(tmp_path, pack(members))


def refused(path: Path) -> CnnbpError:
    with pytest.raises(CnnbpError) as caught:
        load_checkpoint(path)
    assert caught.value.exit_code == ExitCode.USAGE
    assert caught.value.where == str(path)
    return caught.value


@pytest.mark.parametrize("ema", [None, {"decay": 0.9}], ids=["last", "averaged"])
@pytest.mark.parametrize("layers", [LAYERS, NORMED], ids=["plain", "normed"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@examples(25)
@given(st.integers(0, 4), st.integers(0, 6), st.integers(0, 2**32), finite, finite)
def test_what_is_saved_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    optimizer: str,
    layers: list[dict[str, Any]],
    ema: dict[str, Any] | None,
    rows: int,
    batch: int,
    seed: int,
    cost: float,
    seconds: float,
) -> None:
    config = make_config(layers, optimizer=OPTIMIZERS[optimizer], epochs=10, ema=ema)
    state = state_of(config, rows, batch, seed)
    state.cost, state.seconds = cost, seconds
    path = saved(tmp_path_factory.mktemp("checkpoint"), to_bytes(config, state, DATA))
    found = load_checkpoint(path)
    assert found.config == config
    assert (found.path, found.data) == (path, DATA)
    assert (found.cnnbp, found.numpy) == (cnnbp_cli.__version__, np.__version__)
    again = found.state
    assert again.params.whole.tobytes() == state.params.whole.tobytes()
    assert again.raw_params.whole.tobytes() == state.raw_params.whole.tobytes()
    assert (again.raw_params is again.params) == (ema is None)
    assert {name: array.tobytes() for name, array in again.optimizer.items()} == {
        name: array.tobytes() for name, array in state.optimizer.items()
    }
    for name in ("epoch", "batch", "cost", "seconds", "rows", "best"):
        assert getattr(again, name) == getattr(state, name), name
    assert (again.health.columns, again.health.rows) == (state.health.columns, state.health.rows)
    assert again.health.sums.tobytes() == state.health.sums.tobytes()


def test_costs_that_rounding_took_below_zero_are_kept(config: Config, tmp_path: Path) -> None:
    state = state_of(config)
    state.cost = -0.0005
    state.rows = [row._replace(train_loss=-1e-6, validation_loss=-1e-6) for row in state.rows]
    found = load_checkpoint(saved(tmp_path, to_bytes(config, state, DATA))).state
    assert (found.cost, found.rows) == (state.cost, state.rows)


def test_state_has_pytorchs_names_and_is_checked_as_weights_are(tmp_path: Path) -> None:
    config = make_config(NORMED)
    data = to_bytes(config, state_of(config), DATA)
    arrays = unpacked(data, tmp_path)
    assert arrays["bn1.running_mean"].shape == arrays["bn1.running_var"].shape == (2,)
    assert arrays["optimizer.velocity"].size == sum(
        arrays[name].size for name in arrays if "weight" in name or "bias" in name
    )
    assert (
        "lacks 'bn1.running_var'" in refused(edited(data, tmp_path, arrays=lambda a: a.pop("bn1.running_var"))).problem
    )

    def spoil(members: dict[str, Any]) -> None:
        members["bn1.running_mean"] = np.array([0, np.inf], "<f4")

    assert "NaN or infinite" in refused(edited(data, tmp_path, arrays=spoil)).problem


def test_the_weights_behind_an_average_are_checked_too(tmp_path: Path) -> None:
    config = make_config(ema={})
    data = to_bytes(config, state_of(config), DATA)
    assert "lacks 'stepped'" in refused(edited(data, tmp_path, arrays=lambda members: members.pop("stepped"))).problem

    def spoil(members: dict[str, Any]) -> None:
        members["stepped"] = np.where(members["stepped"] == members["stepped"][0], np.nan, members["stepped"])

    assert "NaN or infinite" in refused(edited(data, tmp_path, arrays=spoil)).problem


def test_numpy_reads_all_of_it(good: bytes, tmp_path: Path) -> None:
    arrays = unpacked(good, tmp_path)
    shapes = {name: (array.dtype.str, array.shape) for name, array in arrays.items()}
    size = 2 * 25 + 2 + 10 * 72 + 10
    assert shapes == {
        "conv1.weight": ("<f4", (2, 1, 5, 5)),
        "conv1.bias": ("<f4", (2,)),
        "dense1.weight": ("<f4", (10, 72)),
        "dense1.bias": ("<f4", (10,)),
        "optimizer.velocity": ("<f4", (size,)),
        "metrics": ("<f8", (2, 7)),
        "health": ("<f8", (3, 7)),
        "meta": ("|u1", (arrays["meta"].size,)),
    }


def test_the_meta_is_readable(good: bytes, config: Config, tmp_path: Path) -> None:
    meta = json.loads(unpacked(good, tmp_path)["meta"].tobytes())
    state = state_of(config)
    row = state.rows[state.best - 1]
    assert meta["format_version"] == FORMAT_VERSION == 3
    assert meta["config"] == to_data(config)
    assert (meta["epoch"], meta["batch"]) == (3, 3)
    assert meta["best"] == {
        "epoch": state.best,
        "validation_accuracy": row.validation_accuracy,
        "validation_loss": row.validation_loss,
    }


def test_weights_that_somebody_changed_with_numpy_are_read(good: bytes, tmp_path: Path) -> None:
    arrays = unpacked(good, tmp_path)
    arrays["conv1.weight"] = np.full((2, 1, 5, 5), 0.5, np.float32)
    np.savez(tmp_path / "mine.npz", **arrays)
    assert (load_checkpoint(tmp_path / "mine.npz").state.params.named["conv1.weight"] == 0.5).all()


def test_truncations_are_refused(good: bytes, tmp_path: Path) -> None:
    for length in {*range(0, len(good), 97), *range(len(good) - 100, len(good))}:
        assert refused(saved(tmp_path, good[:length])).hint


@given(st.data())
def test_a_flipped_bit_is_refused_or_harmless(
    good: bytes, config: Config, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    damaged = bytearray(good)
    damaged[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    path = saved(tmp_path_factory.mktemp("flipped"), bytes(damaged))
    try:
        found = load_checkpoint(path)
    except CnnbpError as error:
        assert error.where
    else:
        assert to_bytes(found.config, found.state, found.data) == good


def put(name: str, value: Any) -> Edit:
    def change(inside: dict[str, Any]) -> None:
        inside[name] = value

    return change


def drop(name: str) -> Edit:
    return lambda inside: inside.pop(name)


def set_entry(name: str, place: Any, value: float) -> Edit:
    def change(arrays: dict[str, Any]) -> None:
        arrays[name] = arrays[name].copy()
        arrays[name][place] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (drop("conv1.bias"), "lacks 'conv1.bias'"),
        (drop("optimizer.velocity"), "lacks 'optimizer.velocity'"),
        (drop("metrics"), "lacks 'metrics'"),
        (drop("meta"), "lacks meta"),
        (put("conv2.weight", np.zeros(1, "<f4")), "'conv2.weight', which does not belong"),
        (put("optimizer.m", np.zeros(782, "<f4")), "'optimizer.m', which does not belong"),
        (put("conv1.weight", np.zeros((2, 1, 3, 3), "<f4")), "not '<f4' (2, 1, 5, 5)"),
        (put("optimizer.velocity", np.zeros(781, "<f4")), "not '<f4' (782,)"),
        (put("metrics", np.zeros((3, 7))), "not '<f8' (2, 7)"),
        (drop("health"), "lacks 'health'"),
        (put("health", np.zeros((3, 6))), "not '<f8' (3, 7)"),
        (set_entry("health", (0, 2), np.inf), "health has a negative or infinite number"),
        (set_entry("health", (2, 0), -1), "health has a negative or infinite number"),
        (put("meta", np.zeros(MAX_META + 1, "|u1")), "not at most 1,048,576 bytes"),
        (put("meta", np.zeros((2, 2), "|u1")), "not at most"),
        (put("meta", np.zeros(4, "<f4")), "not '|u1'"),
        (put("meta", np.zeros(4, "|u1")), "its meta is invalid"),
        (put("meta", np.frombuffer(b"[" * 100_000, "|u1")), "its meta is invalid"),
        (put("meta", np.frombuffer(b'{"format_version": 1' + b"0" * 5000 + b"}", "|u1")), "its meta is invalid"),
        (set_entry("dense1.bias", 3, np.nan), "a weight is NaN or infinite"),
        (set_entry("conv1.weight", (0, 0, 1, 1), np.inf), "a weight is NaN or infinite"),
        (set_entry("optimizer.velocity", 7, -np.inf), "the optimizer's velocity is NaN or infinite"),
        (set_entry("metrics", (0, 2), np.nan), "metrics does not have one finite row"),
        (set_entry("metrics", (1, 0), np.inf), "metrics does not have one finite row"),
        (set_entry("metrics", (1, 0), 1), "metrics does not have one finite row"),
        (set_entry("metrics", (slice(None), 3), 7), "metrics has no row that matches the best epoch"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(good: bytes, tmp_path: Path, change: Edit, complaint: str) -> None:
    error = refused(edited(good, tmp_path, arrays=change))
    assert complaint in error.problem
    assert "best.npz or last.npz" in (error.hint or "")


def in_config(*keys: Any, value: Any) -> Edit:
    def change(meta: dict[str, Any]) -> None:
        inside = meta["config"]
        for key in keys[:-1]:
            inside = inside[key]
        inside[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (drop("epoch"), "epoch"),
        (put("extra", 1), "extra"),
        (put("epoch", 0), "epoch"),
        (put("epoch", 2), "metrics"),
        (put("epoch", "3"), "epoch"),
        (put("epoch", 3.5), "epoch"),
        (put("epoch", 10**9), "epoch"),
        (put("batch", -1), "batch"),
        (put("cost", float("nan")), "meta"),
        (put("seconds", float("inf")), "meta"),
        (put("data", "\x1b[2J"), "data"),
        (put("numpy", "[red]2.0[/red]"), "numpy"),
        (put("cnnbp", "1" * 1000), "cnnbp"),
        (put("best", None), "best epoch"),
        (put("best", {"epoch": 3, "validation_accuracy": 0.5, "validation_loss": 0.5}), "best epoch"),
        (put("best", {"epoch": 1, "validation_accuracy": 0.5, "validation_loss": 0.5}), "best epoch"),
        (put("config", []), "config"),
        (put("config", {}), "name"),
        (in_config("train", "epochs", value=1), "epoch 3 of 1"),
        (in_config("layers", 0, "filters", value=3), "(3, 1, 5, 5)"),
        (in_config("layers", 0, "filters", value=10**12), "parameters"),
        (in_config("layers", 0, "type", value="exec"), "type"),
        (in_config("train", "optimizer", value={"type": "adam"}), "lacks 'optimizer.m'"),
        (in_config("input", value=[1, 4096, 4096]), "layers"),
    ],
)
def test_a_meta_that_does_not_fit_is_refused(good: bytes, tmp_path: Path, change: Edit, complaint: str) -> None:
    error = refused(edited(good, tmp_path, meta=change))
    assert complaint in str(error)
    assert "\x1b" not in str(error)
    assert "\n" not in error.problem


def test_a_config_of_a_huge_network_takes_no_memory(good: bytes, tmp_path: Path) -> None:
    def grow(meta: dict[str, Any]) -> None:
        in_config("layers", 0, "filters", value=50_000)(meta)  # 36 million weights
        in_config("train", "batch_size", value=1)(meta)

    path = edited(good, tmp_path, meta=grow)
    assert "(50000, 1, 5, 5)" in refused(path).problem
    assert peak_memory(lambda: refused(path)) < 2 << 20


@pytest.mark.parametrize("version", [FORMAT_VERSION + 1, 17])
def test_a_newer_format_is_refused_with_its_version(good: bytes, tmp_path: Path, version: int) -> None:
    def newer(arrays: dict[str, Any]) -> None:
        meta = {"format_version": version, "what else": "is unknown"}
        arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
        arrays["something.new"] = np.zeros(3)

    error = refused(edited(good, tmp_path, arrays=newer))
    assert f"format version {version}" in error.problem
    assert f"reads versions up to {FORMAT_VERSION}" in error.problem
    assert "Upgrade" in (error.hint or "")


@pytest.mark.parametrize("batch", [0, 3])
def test_format_version_1_is_read_and_its_health_is_not_known(
    good: bytes, tmp_path: Path, config: Config, batch: int
) -> None:
    def aged(meta: dict[str, Any]) -> None:
        meta |= {"format_version": 1, "batch": batch}

    state = load_checkpoint(edited(good, tmp_path, arrays=drop("health"), meta=aged)).state
    assert state.rows == state_of(config).rows
    assert state.health.columns == state_of(config).health.columns
    assert np.isnan(state.health.rows).all()
    assert len(state.health.rows) == 2
    assert np.isnan(state.health.sums).all() if batch else not state.health.sums.any()


def test_a_checkpoint_of_format_version_1_is_read_for_ever() -> None:
    """Written by cnnbp 0.1.0, after two epochs and three steps of `make_config()`."""
    found = load_checkpoint(Path(__file__).parents[1] / "golden" / "checkpoint-format-1.npz")
    state = found.state
    assert found.cnnbp == "0.1.0"
    assert (state.epoch, state.batch, state.best, len(state.rows)) == (3, 3, 2, 2)
    assert found.config.train.optimizer == make_config().train.optimizer
    assert state.params.flat[:3].tobytes().hex() == "f3eb59bd1d8200be1796c4be"
    assert state.optimizer["velocity"][:3].tobytes().hex() == "ecd53abd836e193d2187da3d"
    assert state.rows[1][:4] == (2, 2.1994880199432374, 2.1950013732910154, 0.26)


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    assert "there is no such file" in refused(tmp_path / "missing.npz").problem
