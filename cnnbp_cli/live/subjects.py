"""The subject of a live page, from a config, a checkpoint, or a run folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeAlias

from cnnbp_cli.config import Config, load_config
from cnnbp_cli.errors import CnnbpError
from cnnbp_cli.files.text import printable
from cnnbp_cli.live.explored import Explored, Weights
from cnnbp_cli.network import Network, Parameters
from cnnbp_cli.training.checkpoint import Checkpoint, load_checkpoint
from cnnbp_cli.training.data import Data
from cnnbp_cli.training.runs import Run, find_checkpoint
from cnnbp_cli.training.state import State

ReadData: TypeAlias = Callable[[Config], Data]
"""Reads the images for a config."""

Moment: TypeAlias = tuple[int, int]
"""When a checkpoint was saved: `State.epoch` and `State.batch`."""


def of_config(path: Path, overrides: Sequence[str], read: ReadData) -> Explored:
    """Freshly initialised weights."""
    config = load_config(path, overrides)
    source = f"{printable(str(path))} with freshly initialised weights (seed {config.train.seed})"
    return Explored(source, config, _network(config), (_initial(config),), 0, read(config))


def of_checkpoint(path: Path, read: ReadData) -> Explored:
    """The weights of one checkpoint."""
    saved = load_checkpoint(find_checkpoint(path))
    params = saved.state.params
    weights = Weights(_name(saved), lambda: params)
    return Explored(printable(str(saved.path)), saved.config, saved.network, (weights,), 0, read(saved.config))


def of_run(folder: Path, read: ReadData) -> Explored:
    """The weights of a run before its first step, and of each save that it kept; the best ones first.

    Raises
    ------
    CnnbpError
        The folder has no checkpoint that can be read.
    """
    best = load_checkpoint(find_checkpoint(folder))
    run = Run(folder)
    saves = {_moment(best): best.path}
    for path in (run.last, *run.generations):
        with suppress(CnnbpError):  # a damaged save, or none
            saves.setdefault(_moment(load_checkpoint(path)), path)
    stops = [_initial(best.config), *_stops(saves, _moment(best) if best.path == run.best else None)]
    first = 1 + sorted(saves).index(_moment(best))
    source = printable(str(folder))
    return Explored(source, best.config, best.network, tuple(stops), first, read(best.config))


def _network(config: Config) -> Network:
    return Network(config.input, config.layers, config.loss)


def _initial(config: Config) -> Weights:
    return Weights("before training", lambda: State.new(config, _network(config)).params)


def _stops(saves: dict[Moment, Path], best: Moment | None) -> Iterator[Weights]:
    for moment, path in sorted(saves.items()):
        yield Weights(_words(moment) + (", the best" if moment == best else ""), _Save(path, moment))


class _Save:
    """Loads a checkpoint, if it still is the one that was found."""

    def __init__(self, path: Path, moment: Moment) -> None:
        self._path, self._moment = path, moment

    def __call__(self) -> Parameters:
        saved = load_checkpoint(self._path)
        if _moment(saved) != self._moment:
            raise CnnbpError("the run has replaced this save since", hint="Start cnnbp explore again.")
        return saved.state.params


def _moment(saved: Checkpoint) -> Moment:
    return saved.state.epoch, saved.state.batch


def _name(saved: Checkpoint) -> str:
    return _words(_moment(saved))


def _words(moment: Moment) -> str:
    epoch, step = moment
    return f"epoch {epoch}, step {step}" if step else f"epoch {epoch - 1}"
