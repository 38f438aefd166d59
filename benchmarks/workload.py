"""The work that both sides do: same config, data set, order of images, and learning rate at each step."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnbp_cli.mnist.batches import batches, epoch_order
from cnnbp_cli.mnist.dataset import Images, Part, load
from cnnbp_cli.mnist.splits import split
from cnnbp_cli.optimizers import SCHEDULES


@dataclass(frozen=True)
class Workload:
    """A training or an evaluation, as plain data that is sent through a pipe as JSON.

    The PyTorch side imports nothing else of cnnbp, and this module needs only NumPy, so the peak memory of a side is
    its own.

    Attributes
    ----------
    config
        The resolved config, as `cnnbp_cli.config.to_data` gives it.
    data
        The folder of the data set.
    threads
        How many threads each side may use.
    limit
        The maximum number of images of each part of the data set.
    """

    config: dict[str, Any]
    data: str
    threads: int
    limit: int = 60_000

    @classmethod
    def of(cls, config: Path | str, threads: int, *overrides: str, limit: int | None = None) -> Workload:
        """The workload of a config file; with `limit`, it trains on `limit` − 1 images and validates on one."""
        from cnnbp_cli.config import load_config, to_data  # not for the PyTorch side
        from cnnbp_cli.mnist.source import find

        few = [] if limit is None else ["data.validation=1"]
        loaded = load_config(config, [*overrides, *few])
        return cls(to_data(loaded), str(find(None, loaded.data.dir).absolute()), threads, limit or cls.limit)

    @property
    def name(self) -> str:
        return str(self.config["name"])

    @property
    def batch(self) -> int:
        return int(self.config["train"]["batch_size"])

    def images(self, part: Part) -> Images:
        """A part of the data set. If the network expects larger images, every pixel becomes a square of pixels."""
        whole = load(Path(self.data), part)
        images, labels = whole.images[: self.limit], whole.labels[: self.limit]
        times = self.config["input"][1] // images.shape[1]
        return Images(images.repeat(times, axis=1).repeat(times, axis=2) if times > 1 else images, labels)

    @cached_property
    def places(self) -> NDArray[np.int64]:
        """The indices of the training images, by the config's split."""
        return split(self.limit, self.config["data"]["validation"], self.config["train"]["seed"])[0]

    @property
    def steps_per_epoch(self) -> int:
        return -(-len(self.places) // self.batch)

    def epochs(self) -> Iterator[list[NDArray[np.int64]]]:
        """The batches of each epoch, as indices of images, endlessly."""
        epoch = 0
        while True:
            epoch += 1
            yield list(batches(epoch_order(self.places, self.config["train"]["seed"], epoch), self.batch))

    def learning_rate(self, number: int) -> float:
        """η of a step, counted from 1; constant after the last epoch."""
        train = self.config["train"]
        number = min(number, self.steps_per_epoch * train["epochs"])
        return float(
            train["optimizer"]["learning_rate"] * self._schedule.factor(number, self.steps_per_epoch, train["epochs"])
        )

    @cached_property
    def _schedule(self) -> Any:
        given = dict(self.config["train"]["schedule"])
        (kind,) = (schedule for schedule in SCHEDULES if schedule.type == given["type"])
        return kind(**given)
