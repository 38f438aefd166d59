"""What the shell offers after Tab: configs, runs and their checkpoints, presets, numbers to explain.

A shell asks at each Tab, in a process of its own: nothing heavy is imported save where the answer needs it, and where
there is no answer nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from pathlib import Path
from typing import Any

import typer

CONFIGS = Path("configs")
"""Offered from, beside the current folder, where nothing is typed yet."""


def silent(complete: Callable[..., Iterable[str]]) -> Callable[..., list[str]]:
    """`complete` in alphabetical order, and nothing where it fails: a traceback would run into what is being typed."""

    @wraps(complete)
    def completed(*arguments: Any, **named: Any) -> list[str]:
        try:
            return sorted(complete(*arguments, **named))
        except Exception:
            return []

    return completed


@silent
def complete_config(incomplete: str) -> Iterable[str]:
    """YAML files of the folder that is typed; where none is, those of configs/ too."""
    typed = Path(incomplete)
    folder = typed if incomplete.endswith("/") else typed.parent
    for place in {folder, CONFIGS} if folder == Path() else {folder}:
        yield from (str(file) for file in place.glob("*.y*ml") if _continues(file, incomplete))


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
    held = (str(path) for path in RUNS.glob("*/*.npz") if "/" in incomplete.removeprefix(f"{RUNS}/"))
    return [*complete_run(incomplete), *(path for path in held if path.startswith(incomplete))]


@silent
def complete_preset(incomplete: str) -> Iterable[str]:
    """The configs that come with the program, by name."""
    from cnnbp_cli.commands.presets import presets

    return (name for name in presets() if name.startswith(incomplete))


@silent
def complete_entry(context: typer.Context, incomplete: str) -> Iterable[str]:
    """The first number of each array of the network that is named before, as `inspect-gradients --explain` takes it."""
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
