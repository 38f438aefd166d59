"""The sweep file as a pydantic model, in the words of Weights & Biases and Optuna."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel, ConfigDict, Field

Method: TypeAlias = Literal["grid", "random", "halving"]
Number: TypeAlias = int | float
Seed: TypeAlias = Annotated[int, Ge(0), Le(2**32 - 1)]

DEFAULT_RUNS = 20

NAME = "A name of 1 to 64 letters, digits, - and _, starting with a letter or digit."


class _SweepSection(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class Variation(_SweepSection):
    """The values that a config key takes: a list, or a range to draw from."""

    values: Annotated[tuple[Any, ...], MinLen(1), MaxLen(1000)] | None = None
    """The values to try."""

    min: Number | None = None
    """The lower end of a range. If both ends are whole numbers, so is what is drawn."""

    max: Number | None = None
    """The upper end, which is included."""

    log: bool = False
    """Whether to draw evenly on a logarithmic scale, as suits learning rates."""


class SweepFile(_SweepSection):
    """Which trainings a sweep consists of."""

    config: str
    """The base config: a path, relative to the sweep file."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$", description=NAME)] | None = None
    """A name for the sweep's folder. If left out, the config's."""

    method: Method = "grid"
    """grid tries all combinations, random draws some, halving stops the worse ones early (ASHA, Li et al. 2020)."""

    parameters: Annotated[dict[str, Variation], MaxLen(50)] = {}
    """Config keys, such as train.batch_size or layers[0].filters, each with the values to try."""

    seeds: Annotated[int, Ge(1), Le(1000)] | Annotated[tuple[Seed, ...], MinLen(1), MaxLen(1000)] | None = None
    """Random seeds of each point: how many (3 means 0, 1 and 2) or which. If left out, the config's own."""

    runs: Annotated[int, Ge(1), Le(100_000)] = DEFAULT_RUNS
    """How many points random and halving draw."""

    seed: Seed = 0
    """Random seed of the points that are drawn."""

    min_epochs: Annotated[int, Ge(1), Le(100_000)] = 1
    """For halving: epochs after which the first points are stopped."""

    reduction_factor: Annotated[int, Ge(2), Le(100)] = 4
    """For halving: one point in so many goes on to so many times the epochs."""

    set: Annotated[tuple[str, ...], MaxLen(1000)] = ()
    """Overrides of the base config, KEY=VALUE, which all points share."""

    @property
    def seed_list(self) -> tuple[int, ...] | None:
        """The seeds, None for the config's own."""
        return tuple(range(self.seeds)) if isinstance(self.seeds, int) else self.seeds


@cache
def sweep_schema() -> dict[str, Any]:
    """The JSON Schema of a sweep file."""
    return SweepFile.model_json_schema()
