"""Checkpoints: the state and config of a training run in one .npz file.

| array                    | type, shape           |                                                                   |
|--------------------------|-----------------------|-------------------------------------------------------------------|
| conv1.weight, …          | float32, as `Network` | the parameters, in PyTorch's layouts                              |
| bn1.running_mean, …      | float32, as `Network` | layer state that is not learned                                   |
| stepped                  | float32 (both,)       | the raw weights, if the arrays above are their moving average     |
| optimizer.velocity, …    | float32 (parameters,) | the optimizer's state, in the order of the parameters             |
| metrics                  | float64 (epochs, 7)   | the finished epochs: the first columns of metrics.csv             |
| health                   | float64 (epochs + 1,  | the other columns, and the sums of the current epoch: `Health`;   |
|                          | columns)              | since format version 2                                            |
| meta                     | uint8 (bytes,)        | JSON: `Meta`                                                      |

Numbers are little-endian. Other format versions may have other arrays; every version has `format_version` in `meta`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cnnbp_cli import __version__
from cnnbp_cli.config import Config, ConfigError, config_from_data, to_data
from cnnbp_cli.config.limits import MAX_PARAMETERS
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.npy import Header
from cnnbp_cli.files.npz import Archive, open_archive, pack
from cnnbp_cli.files.text import printable
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.network.parameters import size
from cnnbp_cli.numerics.arithmetic import arithmetic
from cnnbp_cli.numerics.arrays import Array
from cnnbp_cli.training.health import Health, columns
from cnnbp_cli.training.metrics import EpochMetrics
from cnnbp_cli.training.state import State

FORMAT_VERSION = 3
"""Version 1 had no `health`, version 2 no `arithmetic`; both can still be read."""

MAX_BYTES = 4 * 4 * MAX_PARAMETERS + 64 * 2**20
"""Four float32 vectors of the parameters' size (weights, raw weights, two of the optimizer), 64 MiB for the rest."""

MAX_META = 2**20
"""Bytes of `meta`, which contains the config: four times the largest config file."""

MAX_EPOCHS = 100_000

_HINT = "Use another checkpoint, such as the best.npz or last.npz that cnnbp train saved in a run folder."

_Words = Annotated[str, Field(pattern=r"^[\w×., +-]{1,100}$")]  # no character that a terminal would act on
_Cost = Annotated[float, Field(allow_inf_nan=False)]  # rounding can make a tiny cost negative


class NewerFormat(CnnbpError):
    """The checkpoint was saved by a newer version of cnnbp."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Best(_Strict):
    """The best epoch so far, with its validation metrics."""

    epoch: Annotated[int, Field(ge=1, le=MAX_EPOCHS)]
    validation_accuracy: Annotated[float, Field(ge=0, le=1)]
    validation_loss: _Cost


class Meta(_Strict):
    """The part of a checkpoint that is not an array. `epoch`, `batch`, `cost` and `seconds` are those of `State`."""

    format_version: Annotated[int, Field(ge=1, le=FORMAT_VERSION)]
    cnnbp: _Words
    numpy: _Words
    arithmetic: _Words | None = None
    """The kernels that computed it; None if it was saved in an older format version."""
    config: dict[str, Any]
    data: _Words
    """Fingerprint of the training images."""
    epoch: Annotated[int, Field(ge=1, le=MAX_EPOCHS + 1)]
    batch: Annotated[int, Field(ge=0, lt=2**32)]
    cost: _Cost
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    best: Best | None


class _AnyMeta(BaseModel):
    """The part of `meta` that every format version has."""

    format_version: Annotated[int, Field(strict=True, ge=1, lt=1_000_000)]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A checkpoint loaded from a file.

    Attributes
    ----------
    path
        The file.
    config, network
        What was trained.
    state
        The state of the training; `state.params` are the weights.
    data
        Fingerprint of the training images.
    cnnbp, numpy
        Versions of the programs that saved it.
    arithmetic
        The kernels that computed it: see `numerics.arithmetic`. None if they are unknown.
    """

    path: Path
    config: Config
    network: Network
    state: State
    data: str
    cnnbp: str
    numpy: str
    arithmetic: str | None


def to_bytes(config: Config, state: State, data: str) -> bytes:
    """The bytes of a checkpoint of this state; `data` is the fingerprint of the training images."""
    meta = Meta(
        format_version=FORMAT_VERSION,
        cnnbp=__version__,
        numpy=np.__version__,
        arithmetic=arithmetic(),
        config=to_data(config),
        data=data,
        epoch=state.epoch,
        batch=state.batch,
        cost=state.cost,
        seconds=state.seconds,
        best=_best(state.rows, state.best),
    )
    arrays: dict[str, Array] = {name: np.asarray(array, "<f4") for name, array in state.params.arrays.items()}
    if config.train.ema:
        arrays["stepped"] = np.asarray(state.raw_params.whole, "<f4")
    arrays |= {f"optimizer.{name}": np.asarray(array, "<f4") for name, array in state.optimizer.items()}
    arrays["metrics"] = np.array(state.rows, "<f8").reshape(-1, len(EpochMetrics._fields))
    arrays["health"] = np.array([*state.health.rows, state.health.sums], "<f8")
    arrays["meta"] = np.frombuffer(meta.model_dump_json().encode(), np.uint8)
    return pack(arrays)


def load_checkpoint(path: Path) -> Checkpoint:
    """Load a checkpoint from an untrusted file.

    Memory is allocated only for arrays that the file really contains, and nothing in the file is executed.

    Raises
    ------
    CnnbpError
        The file does not exist, is damaged, is not a checkpoint, or was saved by a newer version.
    """
    with open_archive(path, max_bytes=MAX_BYTES, hint=_HINT) as archive:
        meta = _read_meta(archive)
        config = _read_config(archive, meta)
        network = Network(config.input, config.layers, config.loss)
        shapes = network.parameter_shapes()
        vector = (size(shapes),)
        expected = {name: Header("<f4", shape) for name, shape in (shapes | network.state_shapes()).items()}
        expected |= {f"optimizer.{name}": Header("<f4", vector) for name in config.train.optimizer.state(0, np.float32)}
        if config.train.ema:
            expected["stepped"] = Header("<f4", (size(shapes | network.state_shapes()),))
        expected["metrics"] = Header("<f8", (meta.epoch - 1, len(EpochMetrics._fields)))
        if meta.format_version >= 2:
            expected["health"] = Header("<f8", (meta.epoch, len(columns(network))))
        expected["meta"] = archive.header("meta")
        archive.expect(expected)

        params = network.zeros()
        for name, array in params.arrays.items():
            array[...] = archive.read(name, expected[name])
        raw_params = params
        if config.train.ema:
            raw_params = params.like()
            raw_params.whole[...] = archive.read("stepped", expected["stepped"])
        optimizer = config.train.optimizer.state(params.flat.size, np.float32)
        for name, array in optimizer.items():
            array[...] = archive.read(f"optimizer.{name}", expected[f"optimizer.{name}"])
        metrics = archive.read("metrics", expected["metrics"])
        health = archive.read("health", expected["health"]) if "health" in expected else None
        for problem in _impossible(meta, config, (params, raw_params), optimizer, metrics, health):
            raise archive.wrong(problem)
    state = State(
        params,
        raw_params,
        optimizer,
        _health(network, meta, health),
        meta.epoch,
        meta.batch,
        meta.cost,
        meta.seconds,
        rows=_rows(metrics),
        best=meta.best.epoch if meta.best else 0,
    )
    return Checkpoint(path, config, network, state, meta.data, meta.cnnbp, meta.numpy, meta.arithmetic)


def _read_meta(archive: Archive) -> Meta:
    declared = archive.header("meta")
    if len(declared.shape) != 1 or declared.shape[0] > MAX_META:
        raise archive.wrong(f"its meta is {declared}, not at most {MAX_META:,} bytes")
    text = archive.read("meta", Header("|u1", declared.shape)).tobytes()
    try:
        version = _AnyMeta.model_validate_json(text).format_version
        if version > FORMAT_VERSION:
            raise NewerFormat(
                f"saved by a newer cnnbp, in format version {version}; this is cnnbp {__version__}, "
                f"which reads versions up to {FORMAT_VERSION}",
                where=str(archive.path),
                hint="Upgrade: pip install --upgrade cnnbp",
            )
        return Meta.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        complaint = " ".join([*map(str, first["loc"]), first["msg"]])
        raise archive.wrong(f"its meta is invalid: {printable(complaint, 200)}") from None


def _read_config(archive: Archive, meta: Meta) -> Config:
    try:
        return config_from_data(meta.config, "")
    except ConfigError as error:
        raise archive.wrong(f"its config is invalid: {error.mistakes[0].described}") from None


def _rows(metrics: Array) -> list[EpochMetrics]:
    return [EpochMetrics(int(epoch), *rest) for epoch, *rest in metrics.tolist()]


def _health(network: Network, meta: Meta, saved: Array | None) -> Health:
    """The health as saved; all NaN (not measured) for format version 1."""
    health = Health(columns(network))
    if saved is None:
        saved = np.full((meta.epoch, len(health.columns)), np.nan)
        saved[-1] = np.nan if meta.batch else 0.0  # an epoch is measured completely or not at all
    *health.rows, _ = saved.tolist()
    health.sums[:] = saved[-1]
    return health


def _best(rows: Sequence[EpochMetrics], epoch: int) -> Best | None:
    if not epoch:
        return None
    row = rows[epoch - 1]
    return Best(epoch=epoch, validation_accuracy=row.validation_accuracy, validation_loss=row.validation_loss)


def _impossible(
    meta: Meta,
    config: Config,
    weights: Sequence[Parameters],
    optimizer: Mapping[str, Array],
    metrics: Array,
    health: Array | None,
) -> Iterator[str]:
    """Contradictions between parts that are valid by themselves."""
    if not all(np.isfinite(params.whole).all() for params in weights):
        yield "a weight is NaN or infinite"
    for name, array in ((name, array) for params in weights for name, array in params.state.items()):
        if name.endswith(".running_var") and (array < 0).any():
            yield f"{name} has a negative variance"
    for name, vector in optimizer.items():
        if not np.isfinite(vector).all():
            yield f"the optimizer's {name} is NaN or infinite"
    if not np.isfinite(metrics).all() or not np.array_equal(metrics[:, 0], np.arange(1, meta.epoch)):
        yield "metrics does not have one finite row per finished epoch"
    if health is not None and not (np.isnan(health) | (health >= 0) & (health < np.inf)).all():
        yield "health has a negative or infinite number"
    if meta.epoch > config.train.epochs + 1:
        yield f"it is in epoch {meta.epoch} of {config.train.epochs}"
    if (meta.best is None) != (meta.epoch == 1):
        yield "it must have a best epoch if, and only if, an epoch is finished"
    if meta.best:
        rows = _rows(metrics[meta.best.epoch - 1 : meta.best.epoch])  # none, where the epoch is not finished
        reached = [(row.validation_accuracy, row.validation_loss) for row in rows]
        if reached != [(meta.best.validation_accuracy, meta.best.validation_loss)]:
            yield "metrics has no row that matches the best epoch"
