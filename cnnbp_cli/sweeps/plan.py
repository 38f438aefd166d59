"""The plan of a sweep: its points, its seeds, and the config of each run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cnnbp_cli.config import Config, ConfigError, load_config
from cnnbp_cli.config.document import Document
from cnnbp_cli.config.problems import ConfigProblem
from cnnbp_cli.sweeps.file import SweepFile
from cnnbp_cli.sweeps.points import Point, points

CHECKED = 256
"""Points whose configs are checked before the first run starts, some 2 ms each; further ones when their turn comes."""


@dataclass(frozen=True, order=True)
class RunName:
    """A run of a sweep: one point with one seed. As text, the name of its folder."""

    point: int
    seed: int

    def __str__(self) -> str:
        return f"{self.point:03d}-seed{self.seed}"


@dataclass(frozen=True)
class SweepPlan:
    """What a sweep trains.

    Attributes
    ----------
    file
        The sweep.
    base
        The path of the base config.
    """

    file: SweepFile
    base: Path

    @cached_property
    def points(self) -> list[Point]:
        """All points, in order."""
        return points(self.file)

    @cached_property
    def common(self) -> Config:
        """The base config with the overrides that all points share.

        Raises
        ------
        ConfigError
            It is no valid config.
        """
        return load_config(self.base, self.file.set)

    @property
    def name(self) -> str:
        """Of the sweep."""
        return self.file.name or self.common.name

    @cached_property
    def seeds(self) -> tuple[int, ...]:
        """Of each point."""
        return self.file.seed_list or (self.common.train.seed,)

    def runs(self, point: Point) -> list[RunName]:
        """The runs of a point: one per seed."""
        return [RunName(point.number, seed) for seed in self.seeds]

    def overrides(self, point: Point) -> list[str]:
        """What turns the base config into that of a point, as `--set` takes it."""
        return [*self.file.set, *point.overrides]

    def config(self, point: Point, seed: int) -> Config:
        """The config of a run. Raises ConfigError if the values of the point do not make a valid one."""
        return load_config(self.base, [*self.overrides(point), f"train.seed={seed}"])

    def check(self, document: Document) -> None:
        """Check the base config and the first points.

        A point may be invalid, say a kernel that is larger than its image: it will be reported as failed. A value with
        which every point is invalid is a mistake.

        Raises
        ------
        ConfigError
            With the places in `document`, from which the sweep was read.
        """
        self.common  # noqa: B018
        mistakes: dict[str, tuple[ConfigProblem, ...]] = {}
        fine: set[str] = set()
        for point in self.points[:CHECKED]:
            try:
                self.config(point, self.seeds[0])
            except ConfigError as error:
                mistakes |= dict.fromkeys(point.overrides, error.mistakes)
            else:
                fine.update(point.overrides)
        found: dict[str, ConfigProblem] = {}
        for override, problems in mistakes.items():
            if override not in fine:
                for one in problems:
                    found[str(one)] = _placed(one, document)
        if found:
            raise ConfigError(found.values())


def _placed(problem: ConfigProblem, document: Document) -> ConfigProblem:
    """The problem where the sweep file, or the option, has the value."""
    key = str(problem.place).removeprefix("--set ").partition("=")[0]
    if str(problem.place).startswith("--set ") and ("parameters", key) in document.places:
        return replace(problem, place=document.place(("parameters", key)))
    return problem
