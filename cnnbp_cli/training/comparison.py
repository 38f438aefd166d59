"""Compare runs: their histories, their results, and the config values in which they differ."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from cnnbp_cli.config import Config, to_values
from cnnbp_cli.files.text import printable
from cnnbp_cli.training.history import History, read_history
from cnnbp_cli.training.summary import Summary, read_summary


@dataclass(frozen=True, eq=False)
class Compared:
    """One of the compared runs.

    Attributes
    ----------
    label
        The name of its folder, or the whole path if two folders have the same name.
    history
        Its epochs.
    summary
        Its test results and environment; None until it has finished.
    """

    label: str
    history: History
    summary: Summary | None


def compare(folders: Sequence[Path]) -> list[Compared]:
    """Load runs for a comparison, in the given order. Needs no images: all results are in the run folders.

    Raises
    ------
    CnnbpError
        A folder is not a run folder, or one of its files cannot be read.
    """
    histories = [read_history(folder) for folder in folders]
    names = [folder.resolve().name for folder in folders]
    often = Counter(names)
    labels = [printable(str(folder) if often[name] > 1 else name) for folder, name in zip(folders, names, strict=True)]
    return [Compared(label, one, read_summary(one.run, Summary)) for label, one in zip(labels, histories, strict=True)]


@dataclass(frozen=True, eq=False)
class SeedGroup:
    """Runs whose configs differ in the seed only.

    Attributes
    ----------
    label
        The run's, or the first and the last run's.
    runs
        One per seed, in the given order.
    """

    label: str
    runs: Sequence[Compared]

    def mean(self, value: Callable[[Compared], float | None]) -> tuple[float | None, float | None]:
        """Mean and standard deviation (with n − 1) over the runs; without a value for all runs, None.

        A single run has no deviation.
        """
        found = [each for run in self.runs if (each := value(run)) is not None]
        if len(found) < len(self.runs):
            return None, None
        return fmean(found), stdev(found) if len(found) > 1 else None


def seed_groups(runs: Sequence[Compared]) -> list[SeedGroup]:
    """The runs in groups that differ in the seed only, in the order of the first of each.

    Runs with the same seed are no group: they are the same training.
    """
    groups: dict[str, list[Compared]] = {}
    for run in runs:
        values = {key: value for key, value in to_values(run.history.config).items() if key not in APART_FROM}
        groups.setdefault(json.dumps(values), []).append(run)
    return [
        SeedGroup(_group_label(some), some)
        for group in groups.values()
        for some in ([group] if _seeds(group) == len(group) else [[run] for run in group])
    ]


def _seeds(runs: Sequence[Compared]) -> int:
    return len({run.history.config.train.seed for run in runs})


APART_FROM = {"name", "train.seed", "data.dir"}
"""Config keys in which the runs of a group may differ."""


def _group_label(runs: Sequence[Compared]) -> str:
    if len(runs) == 1:
        return runs[0].label
    return f"{runs[0].label} … {runs[-1].label} ({len(runs)} seeds)"


def differences(configs: Sequence[Config]) -> dict[str, list[Any]]:
    """The values in which configs differ: by path, one value per config, None for a config without that key.

    Keys have the order of a config, with the keys of each layer together.
    """
    values = [to_values(config) for config in configs]
    keys = {key: _section(key) for one in values for key in one}
    sections = list(dict.fromkeys(name for name, _ in keys.values()))
    ordered = sorted(keys, key=lambda key: (sections.index(keys[key][0]), keys[key][1]))
    found = {key: [one.get(key) for one in values] for key in ordered}
    return {key: each for key, each in found.items() if any(value != each[0] for value in each[1:])}


def _section(key: str) -> tuple[str, int]:
    """`layers` and 2 for `layers[2].filters`."""
    name, _, index = key.partition(".")[0].rstrip("]").partition("[")
    return name, int(index or 0)
