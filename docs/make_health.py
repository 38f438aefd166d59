"""The table of docs/health.md: the numbers that training health is judged by, from run folders.

python docs/make_health.py runs/seed-001 runs/tiny-001 …
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from cnnbp_cli.show.health import headline
from cnnbp_cli.training.history import History, read_health
from cnnbp_cli.training.symptoms import Epoch


def numbers(history: History) -> Iterator[str]:
    """The most extreme value for each symptom, over all layers and epochs; for ratios to the last layer, the lowest."""
    epochs = [
        Epoch(history.network, row, measured, history.health.columns)
        for row, measured in zip(history.rows, history.health.rows, strict=True)
    ]
    hidden = [name for name in history.network.names if name != epochs[0].output]
    pairs = [(epoch, layer) for epoch in epochs for layer in epochs[0].layers]
    yield f"{max(epoch.of(layer, 'update_ratio') for epoch, layer in pairs):.2g}"
    yield f"{max(epoch.of(layer, 'grad_norm') / epoch.of(layer, 'weight_norm') for epoch, layer in pairs):.2g}"
    yield f"{min(_of_last(epoch, layer) for epoch, layer in pairs):.2g}"
    for quantity in ("dead", "saturated"):
        known = [value for epoch in epochs for layer in hidden if (value := epoch.of(layer, quantity)) == value]
        yield f"{max(known):.0%}" if known else "–"


def _of_last(epoch: Epoch, layer: str) -> float:
    last = epoch.gradient(epoch.layers[-1])
    return epoch.gradient(layer) / last if last else 1.0


def main(folders: list[str]) -> None:
    """Print the table."""
    print("| run | epochs | accuracy | ‖ΔW‖/‖W‖ | ‖∂C/∂W‖/‖W‖ | RMS/last | dead | saturated | findings |")
    print("|---|---|---|---|---|---|---|---|---|")
    for folder in folders:
        history = read_health(Path(folder))
        found = "; ".join(f"{headline(one)}{' (note)' * (one.severity == 'note')}" for one in history.findings)
        accuracy = max(row.validation_accuracy for row in history.rows)
        cells = [Path(folder).name, str(len(history.rows)), f"{accuracy:.1%}", *numbers(history), found or "none"]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1:])
