"""Subjects of live pages, and servers for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from cnnbp_cli.config import Config
from cnnbp_cli.live.exploration import Exploration
from cnnbp_cli.live.explored import Explored
from cnnbp_cli.live.server import LiveServer
from cnnbp_cli.live.subjects import of_config
from cnnbp_cli.training.data import Data
from tests.support.pages import ROOT


def read(config: Config) -> Data:
    """The images that come with the project."""
    return Data.read(ROOT / "data", config)


@cache
def subject(name: str = "seed") -> Explored:
    """A shipped config with freshly initialised weights."""
    return of_config(ROOT / "configs" / f"{name}.yaml", (), read)


@contextmanager
def served(subject: Explored) -> Iterator[tuple[LiveServer, Exploration]]:
    """A server for a subject, until the `with` block ends."""
    exploration = Exploration(subject)
    with LiveServer(exploration.app).in_background() as server:
        yield server, exploration
