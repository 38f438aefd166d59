"""Shell completion: configs, runs and their checkpoints, presets, entries to explain.

The shell starts a process at each Tab, so nothing heavy is imported unless the proposals need it. If completion fails,
it proposes nothing and prints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import typer

CONFIG_FOLDER = Path("configs")
"""Its configs are proposed too, as long as no other folder is typed."""


def silent(complete: Callable[..., Iterable[str]]) -> Callable[..., list[str]]:
    """`complete` in alphabetical order, and nothing if it fails: a traceback would garble the line being typed."""

    @wraps(complete)
    def completed(*arguments: Any, **named: Any) -> list[str]:
        try:
            return sorted(complete(*arguments, **named))
        except Exception:
            return []

    return completed


@silent
def complete_config(incomplete: str) -> Iterable[str]:
    """YAML files of the folder typed so far; if none is typed, those of configs/ too."""
    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    for searched in {folder, CONFIG_FOLDER} if folder == Path() else {folder}:
        yield from (str(file) for file in searched.glob("*.y*ml") if _continues(file, incomplete))


@silent
def complete_run(incomplete: str) -> Iterable[str]:
    """Run folders."""
    from cnnbp_cli.training.runs import RUNS

    return (str(run.parent) for run in RUNS.glob("*/config.yaml") if _continues(run.parent, incomplete))


@silent
def complete_checkpoint(incomplete: str) -> Iterable[str]:
    """Run folders; once one is typed, the checkpoints in it."""
    from cnnbp_cli.training.runs import BEST, LAST, RUNS

    folder = Path(incomplete)
    if folder.is_dir() and folder.parent == RUNS:
        return (str(folder / name) for name in (BEST, LAST) if (folder / name).exists())
    checkpoints = (str(path) for path in RUNS.glob("*/*.npz") if "/" in incomplete.removeprefix(f"{RUNS}/"))
    return [*complete_run(incomplete), *(path for path in checkpoints if path.startswith(incomplete))]


@silent
def complete_preset(incomplete: str) -> Iterable[str]:
    """The names of the presets."""
    from cnnbp_cli.commands.presets import presets

    return (name for name in presets() if name.startswith(incomplete))


@silent
def complete_set(incomplete: str) -> Iterable[str]:
    """The names of the published data sets."""
    from cnnbp_cli.mnist.published import PUBLISHED

    return (name for name in PUBLISHED if name.startswith(incomplete))


@silent
def complete_entry(context: typer.Context, incomplete: str) -> Iterable[str]:
    """The first entry of each array of the network given on the line, as `inspect-gradients --explain` takes it."""
    from cnnbp_cli.config import load_config
    from cnnbp_cli.gradients.entries import first_entries
    from cnnbp_cli.network import Network
    from cnnbp_cli.training.checkpoint import load_checkpoint
    from cnnbp_cli.training.runs import find_checkpoint

    if config := context.params.get("config"):
        loaded = load_config(config, context.params.get("overrides") or ())
        network = Network(loaded.input, loaded.layers, loaded.loss)
    else:
        network = load_checkpoint(find_checkpoint(Path(context.params["checkpoint"]))).network
    return (entry for entry in first_entries(network) if entry.startswith(incomplete))


def _continues(path: Path, incomplete: str) -> bool:
    return str(path).startswith(incomplete)
