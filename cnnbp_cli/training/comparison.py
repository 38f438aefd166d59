"""Compare runs: their histories, their results, and the config values in which they differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnbp_cli.config import to_values
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


def differences(runs: Sequence[Compared]) -> dict[str, list[Any]]:
    """The config values in which the runs differ: by path, one value per run, None for a config without that key.

    Keys have the order of a config, with the keys of each layer together.
    """
    values = [to_values(run.history.config) for run in runs]
    keys = {key: _section(key) for one in values for key in one}
    sections = list(dict.fromkeys(name for name, _ in keys.values()))
    ordered = sorted(keys, key=lambda key: (sections.index(keys[key][0]), keys[key][1]))
    found = {key: [one.get(key) for one in values] for key in ordered}
    return {key: each for key, each in found.items() if any(value != each[0] for value in each[1:])}


def _section(key: str) -> tuple[str, int]:
    """`layers` and 2 for `layers[2].filters`."""
    name, _, index = key.partition(".")[0].rstrip("]").partition("[")
    return name, int(index or 0)
